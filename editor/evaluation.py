"""From parameters to a surface, off the GUI thread: the newest head wins.

Three numbers say it all: what is wanted (the newest head, numbered by *generation*), what is shown
(generation and voxel size), and what runs. Whenever one of them changes, `next_level` says what to run next;
the newest head is thereby always the one that waits.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from PySide6.QtCore import QObject, Signal

from core.device import DeviceLost
from core.errors import FacewrightError
from core.parts import CODES
from core.surface.extraction import Cancelled
from core.surface.live import LiveSurface
from editor.background import Background

if TYPE_CHECKING:
    from concurrent.futures import Future

    import numpy as np

    from core.mesh import Mesh
    from core.model.head_model import HeadModel
    from core.parameters import Parameters
    from core.parts import CodeName
    from core.surface.patched_mesh import Surface

VOXELS_MM = (5.0, 3.0, 1.5)
"""Voxel size of each level of detail, coarse to full."""
FULL = len(VOXELS_MM) - 1


@dataclass(frozen=True)
class Job:
    """One surface to compute: a numbered head at one level of detail.

    local : whether it is the last full surface but for one part; gesture : number of the gesture that asked for it,
    0 outside any; asked : when it was asked for (`time.perf_counter`).
    """

    generation: int
    model: HeadModel
    parameters: Parameters
    level: int
    local: bool = False
    gesture: int = 0
    asked: float = field(default_factory=time.perf_counter, compare=False)
    cancelled: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass(frozen=True)
class Evaluation:
    """A computed surface.

    seconds : what computing it took; latency : how long after the sliders moved it was there, in seconds;
    local_parts : the parts of which an edit would cost little.
    """

    job: Job
    surface: Surface
    seconds: float
    latency: float
    local_parts: frozenset[CodeName]

    @property
    def mesh(self) -> Mesh:
        """Its mesh, in mm and head frame."""
        return self.surface.mesh

    @property
    def normals(self) -> np.ndarray:
        """Its normals, (V, 3) float32, unit length, out of the head."""
        return self.surface.normals

    @property
    def voxel_mm(self) -> float:
        """Voxel size of the mesh."""
        return VOXELS_MM[self.job.level]


class LiveSurfaces:
    """A live surface for every level of detail of one model: what a head shares with the last one is kept.

    For one thread alone, the one that evaluates.
    """

    def __init__(self) -> None:
        """No model yet."""
        self._model: HeadModel | None = None
        self._levels: dict[int, LiveSurface] = {}

    def at(self, job: Job) -> LiveSurface:
        """The live surface of the job's model and level."""
        if job.model is not self._model:
            self._model, self._levels = job.model, {}
        if job.level not in self._levels:
            self._levels[job.level] = LiveSurface(job.model, VOXELS_MM[job.level])
        return self._levels[job.level]


def evaluate(job: Job, surfaces: LiveSurfaces | None = None) -> Evaluation:
    """Compute a job's surface, from nothing or from what `surfaces` remember.

    Raises Cancelled once `job.cancelled` is set, FacewrightError if there is no surface.
    """
    torch.set_num_threads(1)  # of this thread; fields have threads of their own, and more would wait for each other
    start = time.perf_counter()
    live = (surfaces or LiveSurfaces()).at(job)
    surface = live.update(job.parameters, job.cancelled.is_set)
    end = time.perf_counter()
    return Evaluation(job, surface, end - start, end - job.asked, live.local_parts)


def next_level(wanted: int, shown: int, shown_level: int, *, in_gesture: bool, local: bool) -> int | None:
    """Level of detail at which the wanted generation is to be computed next; None if nothing is to be done.

    A head that differs from the last full surface in one part (`local`) is shown fully at once. Any other is shown
    coarsely first; it is refined, step by step, once the hand rests.
    """
    if shown < wanted:
        return FULL if local else 0
    if in_gesture or shown_level == FULL:
        return None
    return shown_level + 1


class Evaluator(QObject):
    """Keeps the shown surface up with the wanted head: one job runs, one waits, the newest replaces it.

    A coarse job or one of a part that has begun is finished and shown even if a newer head is wanted by then, so that
    a long drag shows every surface there is time for; a finer one is cancelled, since its time is the newer head's.
    """

    evaluated = Signal(object)
    """An `Evaluation` newer or finer than any before it."""
    failed = Signal(str)
    """Why a head has no surface; the same message comes once until a surface succeeds."""
    lost = Signal(object, str)
    """A model whose device has failed, and what to say of it; its surface stays as it is."""
    busy_changed = Signal(bool)
    """Whether a job runs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background("evaluation", self)
        self._surfaces = LiveSurfaces()
        self._wanted: Job | None = None
        self._shown: Evaluation | None = None
        self._last_full: Evaluation | None = None
        self._running: Job | None = None
        self._failed_generation = 0
        self._message = ""
        self._in_gesture = False
        self._gestures = 0

    def want(self, model: HeadModel, parameters: Parameters) -> None:
        """Show this head as soon as possible; it replaces any that waits."""
        generation = self._wanted.generation + 1 if self._wanted else 1
        gesture = self._gestures if self._in_gesture else 0
        self._wanted = Job(generation, model, parameters, 0, self._is_local(model, parameters), gesture)
        running = self._running
        if running and ((running.level > 0 and not running.local) or running.model is not model):
            running.cancelled.set()
        self._advance()

    def set_in_gesture(self, in_gesture: bool) -> None:
        """Stay coarse while a slider is held, refine when it is let go."""
        self._gestures += in_gesture
        self._in_gesture = in_gesture
        self._advance()

    def full_mesh(self, model: HeadModel, parameters: Parameters) -> Mesh | None:
        """The shown mesh if it is this head's at full resolution."""
        shown = self._shown
        if shown and shown.job.level == FULL and shown.job.model is model and shown.job.parameters == parameters:
            return shown.mesh
        return None

    def close(self) -> None:
        """Cancel what runs and end the thread; nothing is emitted afterwards."""
        if self._running:
            self._running.cancelled.set()
        self._background.close()

    def _advance(self) -> None:
        """Start the next job, if none runs and one is due."""
        if self._running is None and (job := self._next_job()):
            self._running = job
            self._background.run(partial(evaluate, job, self._surfaces), partial(self._finish, job))
        self.busy_changed.emit(self._running is not None)

    def _next_job(self) -> Job | None:
        wanted, shown = self._wanted, self._shown
        if wanted is None or wanted.generation == self._failed_generation:
            return None
        generation, level = (shown.job.generation, shown.job.level) if shown else (0, 0)
        next_ = next_level(wanted.generation, generation, level, in_gesture=self._in_gesture, local=wanted.local)
        return None if next_ is None else replace(wanted, level=next_, cancelled=threading.Event())

    def _is_local(self, model: HeadModel, parameters: Parameters) -> bool:
        """Whether a head differs from the last full surface in one part, whose window is known."""
        full = self._last_full
        if full is None or full.job.model is not model:
            return False
        changed = {code for code in CODES if parameters.code(code) != full.job.parameters.code(code)}
        return len(changed) <= 1 and changed <= full.local_parts

    def _finish(self, job: Job, future: Future[Evaluation]) -> None:
        self._running = None
        try:
            if not job.cancelled.is_set():
                self._show(future.result())
        except Cancelled:
            pass
        except Exception as error:
            self._failed_generation = job.generation  # or it would be tried again without end
            if not isinstance(error, FacewrightError):
                raise
            if isinstance(error, DeviceLost):
                self.lost.emit(job.model, str(error))
            else:
                self._tell(str(error))
        finally:
            self._advance()

    def _show(self, evaluation: Evaluation) -> None:
        self._shown = evaluation
        if evaluation.job.level == FULL:
            self._last_full = evaluation
        self._message = ""
        self.evaluated.emit(evaluation)

    def _tell(self, message: str) -> None:
        if message != self._message:
            self._message = message
            self.failed.emit(message)
