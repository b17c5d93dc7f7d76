"""From parameters to a surface, off the GUI thread: the newest head wins.

Three numbers say it all: what is wanted (the newest head, numbered by *generation*), what is shown
(generation and level of detail), and what runs. Whenever one of them changes, `_next_job` says what to run next;
the newest head is thereby always the one that waits.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PySide6.QtCore import QObject, Signal

from facewright.core.device import DeviceLost
from facewright.core.errors import FacewrightError
from facewright.core.normals import vertex_normals
from facewright.core.openness import OpennessMap, openness
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.engine import engine_for
from facewright.core.surface.live import LiveSurface
from facewright.core.surface.patched_mesh import Surface
from facewright.editor.live.detail import FINEST, FULL, LevelPace, voxel_mm
from facewright.editor.live.newest import Newest, Task

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from facewright.core.mesh import Mesh
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.surface.engine import Engine


@dataclass(frozen=True)
class Job:
    """One surface to compute: a numbered head at one level of detail.

    local : whether it is the last surface of that level but for one part; draft : whether a hand moves it meanwhile, so
    that the surface may be a little off; gesture : number of the gesture that asked for it, 0 outside any; asked : when
    it was asked for (`time.perf_counter`).
    """

    generation: int
    model: HeadModel
    parameters: Parameters
    level: int
    local: bool = False
    draft: bool = False
    gesture: int = 0
    asked: float = field(default_factory=time.perf_counter, compare=False)


@dataclass(frozen=True)
class HeadEvaluation:
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

    @cached_property
    def openness(self) -> np.ndarray:
        """How much light reaches each vertex, (V,) float32 (`core.openness`); takes some tenths of a second."""
        model, parameters = self.job.model, self.job.parameters
        before = head_warp(model, parameters).undone(self.mesh.vertices).astype(np.float32)
        return openness(model.field(parameters), before, self.normals)

    @cached_property
    def light(self) -> OpennessMap:
        """The openness of its surroundings, for heads that move on from this one."""
        return OpennessMap.of(self.mesh.vertices, self.openness)

    @property
    def is_shaded(self) -> bool:
        """Whether its openness was worked out by now."""
        return "light" in self.__dict__

    @property
    def voxel_mm(self) -> float:
        """Voxel size of the mesh."""
        return voxel_mm(self.job.level, self.job.model.device.type == "cpu")


class LiveSurfaces:
    """A live surface for every voxel size of one model: what a head shares with the last one is kept.

    For one thread alone, the one that evaluates.
    """

    def __init__(self) -> None:
        """No model yet."""
        self._model: HeadModel | None = None
        self._engines: dict[float, Engine] = {}

    def at(self, job: Job) -> Engine:
        """The live surface of the job's model and level."""
        if job.model is not self._model:
            self._model, self._engines = job.model, {}
        voxel = voxel_mm(job.level, job.model.device.type == "cpu")
        if voxel not in self._engines:
            self._engines[voxel] = engine_for(job.model, voxel)
        return self._engines[voxel]

    def make_ready(self, job: Job, cancelled: Callable[[], bool]) -> None:
        """Make ready for a hand that drags a part of the job's head; raises Cancelled once `cancelled` answers true."""
        torch.set_num_threads(1)
        self.at(job).make_ready(cancelled)


def evaluate(
    job: Job, surfaces: LiveSurfaces | None = None, cancelled: Callable[[], bool] = lambda: False
) -> HeadEvaluation:
    """Compute a job's surface, from nothing or from what `surfaces` remember.

    Raises Cancelled once `cancelled` answers true, FacewrightError if there is no surface.
    """
    torch.set_num_threads(1)  # of this thread; fields have threads of their own, and more would wait for each other
    start = time.perf_counter()
    live = (surfaces or LiveSurfaces()).at(job)
    surface = live.update(job.parameters.bare, cancelled, draft=job.draft)
    if job.level == FINEST and isinstance(live, LiveSurface):
        surface = live.refined(cancelled)
    surface = _moved(surface, job)
    end = time.perf_counter()
    return HeadEvaluation(job, surface, end - start, end - job.asked, live.local_parts)


def _moved(surface: Surface, job: Job) -> Surface:
    """The surface with the head's operations carried out on it, and what a brush did to it."""
    mesh = head_warp(job.model, job.parameters).of_mesh(surface.mesh)
    if mesh is surface.mesh:
        return surface
    return Surface(mesh, vertex_normals(mesh.vertices, mesh.faces))


class HeadEvaluator(QObject):
    """Keeps the shown surface up with the wanted head: one job runs, one waits, the newest replaces it.

    A new head is shown first at the finest level that keeps up with a hand (`detail`), and refined step by step
    once the hand rests. The first surface of a head that has begun is finished and shown even if a newer head is wanted
    by then, so that a long drag shows every surface there is time for; one that refines it is cancelled, since its time
    is the newer head's.
    """

    evaluated = Signal(object)
    """An `HeadEvaluation` newer or finer than any before it."""
    failed = Signal(str)
    """Why a head has no surface; the same message comes once until a surface succeeds."""
    lost = Signal(object, str)
    """A model whose device has failed, and what to say of it; its surface stays as it is."""
    busy_changed = Signal(bool)
    """Whether a job runs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Newest("evaluation", self, self._next_task)
        self._worker.busy_changed.connect(self.busy_changed)
        self._surfaces = LiveSurfaces()
        self._wanted: Job | None = None
        self._shown: HeadEvaluation | None = None
        self._last: dict[float, HeadEvaluation] = {}
        self._pace = LevelPace()
        self._running: Job | None = None
        self._failed_generation = 0
        self._skips_coarse = False
        self._message = ""
        self._in_gesture = False
        self._gestures = 0
        self._made_ready: HeadEvaluation | None = None

    def want(self, model: HeadModel, parameters: Parameters, *, anew: bool = False) -> None:
        """Show this head as soon as possible; it replaces any that waits.

        anew : it is another head than the last, and nothing more of that is to be seen.
        """
        generation = self._wanted.generation + 1 if self._wanted else 1
        self._wanted = Job(generation, model, parameters, 0, gesture=self._gestures if self._in_gesture else 0)
        running = self._running
        if anew or running is None or self._refines(running) or running.model is not model:
            self._worker.drop()
        self._worker.advance()

    def skip_coarse(self) -> None:
        """Begin in full detail: the first head is seen by other means."""
        self._skips_coarse = True

    def set_in_gesture(self, in_gesture: bool) -> None:
        """Stay coarse while a slider is held, refine when it is let go."""
        self._gestures += in_gesture
        self._in_gesture = in_gesture
        if in_gesture and self._running is None:  # the hand is here already
            self._worker.drop()
        self._worker.advance()

    @property
    def busy(self) -> bool:
        """Whether a surface is being computed."""
        return self._worker.busy

    def full_mesh(self, model: HeadModel, parameters: Parameters) -> Mesh | None:
        """The shown mesh if it is this head's at the finest level of detail."""
        shown = self._shown
        if shown and shown.job.level == FINEST and shown.job.model is model and shown.job.parameters == parameters:
            return shown.mesh
        return None

    def close(self) -> None:
        """Cancel what runs and end the thread; nothing is emitted afterwards."""
        self._worker.close()

    def _next_task(self) -> Task[Any] | None:
        """The next surface to compute, if one is due."""
        job = self._running = self._next_job()
        if job is None:
            return self._readying()

        def work(cancelled: threading.Event) -> HeadEvaluation:
            return evaluate(job, self._surfaces, cancelled.is_set)

        return Task(work, self._show, partial(self._fail, job))

    def _readying(self) -> Task[None] | None:
        """Make ready for the next drag while the hand rests, once for what is shown."""
        shown = self._shown
        if shown is None or self._in_gesture or shown.job.level != FINEST or shown is self._made_ready:
            return None

        def work(cancelled: threading.Event) -> None:
            self._surfaces.make_ready(shown.job, cancelled.is_set)

        def done(_: object) -> None:
            self._made_ready = shown

        return Task(work, done, done)

    def _next_job(self) -> Job | None:
        wanted, shown = self._wanted, self._shown
        if wanted is None or wanted.generation == self._failed_generation:
            return None
        local = frozenset(level for level in range(FINEST + 1) if self._is_local(wanted, level))
        if shown is None or shown.job.generation < wanted.generation:
            level = self._pace.first_level(local, moving=self._in_gesture)
            if shown is None and self._skips_coarse and not self._in_gesture:
                level = FULL
        elif self._in_gesture or shown.job.level == FINEST:
            return None
        else:
            level = max(shown.job.level + 1, FULL)  # one step: what lies between would be seen to melt
        draft = self._in_gesture and level < FINEST
        return replace(wanted, level=level, local=level in local, draft=draft)

    def _is_local(self, wanted: Job, level: int) -> bool:
        """Whether a head differs from the last surface of that level in one part at most, whose window is known."""
        last = self._last.get(voxel_mm(level, wanted.model.device.type == "cpu"))
        if last is None or last.job.model is not wanted.model:
            return False
        changed = wanted.parameters.changed_from(last.job.parameters)
        return len(changed) <= 1 and last.local_parts.issuperset(changed)

    def _refines(self, job: Job) -> bool:
        """Whether a job is not the first surface of its head."""
        return self._shown is not None and self._shown.job.generation == job.generation

    def _show(self, evaluation: HeadEvaluation) -> None:
        self._shown = self._last[evaluation.voxel_mm] = evaluation
        self._pace.note(evaluation.job.level, evaluation.job.local, evaluation.seconds)
        self._message = ""
        self.evaluated.emit(evaluation)

    def _fail(self, job: Job, error: Exception) -> None:
        """Try that head no more, and tell why."""
        self._failed_generation = job.generation
        if isinstance(error, DeviceLost):
            self.lost.emit(job.model, str(error))
        elif isinstance(error, FacewrightError) and str(error) != self._message:
            self._message = str(error)
            self.failed.emit(self._message)
