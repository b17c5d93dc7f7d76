"""From parameters to a surface, off the GUI thread: the newest head wins.

Three numbers say it all: what is wanted (the newest head, numbered by *generation*), what is shown
(generation and voxel size), and what runs. Whenever one of them changes, `next_level` says what to run next;
the newest head is thereby always the one that waits.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import torch
from PySide6.QtCore import QObject, Signal

from core.errors import FacewrightError
from core.live import LiveSurface
from core.normals import renewed_normals, vertex_normals
from core.surface import Cancelled
from editor.background import Background

if TYPE_CHECKING:
    from concurrent.futures import Future

    import numpy as np

    from core.head_model import HeadModel
    from core.mesh import Mesh
    from core.parameters import Parameters

VOXELS_MM = (5.0, 1.5)
"""Voxel size of each level of detail, coarse to full."""
FULL = len(VOXELS_MM) - 1


@dataclass(frozen=True)
class Job:
    """One surface to compute: a numbered head at one level of detail."""

    generation: int
    model: HeadModel
    parameters: Parameters
    level: int
    cancelled: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass(frozen=True)
class Evaluation:
    """A computed surface.

    normals : (V, 3) float32, unit length, out of the head; seconds : what computing it took.
    """

    job: Job
    mesh: Mesh
    normals: np.ndarray
    seconds: float

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
        self._last: dict[int, tuple[Mesh, np.ndarray]] = {}

    def shaded(self, job: Job) -> tuple[Mesh, np.ndarray]:
        """The job's surface and its unit normals (V, 3) float32; raises what `LiveSurface.update` raises."""
        if job.model is not self._model:
            self._model, self._levels, self._last = job.model, {}, {}
        if job.level not in self._levels:
            self._levels[job.level] = LiveSurface(job.model, VOXELS_MM[job.level])
        mesh = self._levels[job.level].update(job.parameters, job.cancelled.is_set)
        last = self._last.get(job.level)
        normals = renewed_normals(mesh, *last) if last else vertex_normals(mesh)
        self._last[job.level] = mesh, normals
        return mesh, normals


def evaluate(job: Job, surfaces: LiveSurfaces | None = None) -> Evaluation:
    """Compute a job's surface, from nothing or from what `surfaces` remember.

    Raises Cancelled once `job.cancelled` is set, FacewrightError if there is no surface.
    """
    torch.set_num_threads(1)  # of this thread; fields have threads of their own, and more would wait for each other
    start = time.perf_counter()
    mesh, normals = (surfaces or LiveSurfaces()).shaded(job)
    return Evaluation(job, mesh, normals, time.perf_counter() - start)


def next_level(wanted: int, shown: int, shown_level: int, *, in_gesture: bool) -> int | None:
    """Level of detail at which the wanted generation is to be computed next; None if nothing is to be done.

    A head is always shown coarsely first; it is refined once the hand rests.
    """
    if shown < wanted:
        return 0
    if in_gesture or shown_level == FULL:
        return None
    return shown_level + 1


class Evaluator(QObject):
    """Keeps the shown surface up with the wanted head: one job runs, one waits, the newest replaces it.

    A coarse job that has begun is finished and shown even if a newer head is wanted by then, so that a long
    drag shows every surface there is time for; a finer one is cancelled, since its time is the newer head's.
    """

    evaluated = Signal(object)
    """An `Evaluation` newer or finer than any before it."""
    failed = Signal(str)
    """Why a head has no surface; the same message comes once until a surface succeeds."""
    busy_changed = Signal(bool)
    """Whether a job runs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background("evaluation", self)
        self._surfaces = LiveSurfaces()
        self._wanted: Job | None = None
        self._shown: Evaluation | None = None
        self._running: Job | None = None
        self._failed_generation = 0
        self._message = ""
        self._in_gesture = False

    def want(self, model: HeadModel, parameters: Parameters) -> None:
        """Show this head as soon as possible; it replaces any that waits."""
        generation = self._wanted.generation + 1 if self._wanted else 1
        self._wanted = Job(generation, model, parameters, level=0)
        if self._running and (self._running.level > 0 or self._running.model is not model):
            self._running.cancelled.set()
        self._advance()

    def set_in_gesture(self, in_gesture: bool) -> None:
        """Stay coarse while a slider is held, refine when it is let go."""
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
        next_ = next_level(wanted.generation, generation, level, in_gesture=self._in_gesture)
        return None if next_ is None else Job(wanted.generation, wanted.model, wanted.parameters, next_)

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
            self._tell(str(error))
        finally:
            self._advance()

    def _show(self, evaluation: Evaluation) -> None:
        self._shown = evaluation
        self._message = ""
        self.evaluated.emit(evaluation)

    def _tell(self, message: str) -> None:
        if message != self._message:
            self._message = message
            self.failed.emit(message)
