"""The surface of a head that changes a little at a time.

A part's code has influence inside that part's window only (`core.network.window`). So when it alone changes, every
other sample of the grid keeps its value to the last bit, and the samples inside start from where the stages before
the part's had carried them. Which of them to evaluate the last surface says: its cells, and from there as far as the
surface has moved (`core.surface.continuation`). Cells without a corner in the window keep their faces.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from facewright.core.errors import Cancelled
from facewright.core.mesh import Mesh
from facewright.core.parts import CODES
from facewright.core.surface.certified import CertifiedSamples
from facewright.core.surface.continuation import Continuation
from facewright.core.surface.extraction import memory_for
from facewright.core.surface.marching import march
from facewright.core.surface.patched_mesh import Rest, Surface
from facewright.core.surface.reach import Box, Reach, extent, mark_corners
from facewright.core.surface.refined import RefinedSamples, Refiner
from facewright.core.surface.sampling import Grid, reader, refine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.field.compiled_stages import Approached
    from facewright.core.field.field import Traced
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.surface.marching import Piece
    from facewright.core.surface.sampling import Refined

    Cancel = Callable[[], bool] | None


class TracedField(Protocol):
    """What is needed of `core.field.field.Field`, where its functions are explained."""

    def carried(self, points: np.ndarray, code: CodeName = ..., /) -> tuple[np.ndarray, Mapping[CodeName, np.ndarray]]:
        """Where points are when the stage of `code` reads them, and which were in the windows on the way."""

    def trace(self, states: np.ndarray, code: CodeName = ..., /, *, draft: bool = ...) -> Traced:
        """Follow them on from there."""

    def inside(self, states: np.ndarray, part: CodeName, /) -> np.ndarray:
        """Which are inside the part's window."""

    @property
    def knows_signs(self) -> bool:
        """Whether `approach` can be asked."""

    def approach(self, points: np.ndarray, /) -> tuple[Approached, Mapping[CodeName, np.ndarray]]:
        """The signs of points, and distances where that takes them."""

    def settled(self, template: np.ndarray, correction: np.ndarray, /) -> np.ndarray:
        """The other distances."""

    def prepare(self) -> None:
        """Wait until drafts are ready."""


class TracedModel(Protocol):
    """What is needed of `core.model.head_model.HeadModel`."""

    @property
    def bounds_mm(self) -> np.ndarray:
        """(2, 3), mm, head frame: a box that holds every head."""

    def field(self, parameters: Parameters, like: Any, /) -> TracedField:
        """The field of one head, which shares with another's what is the same."""


class LiveSurface:
    """The surface of one head after another, at one resolution.

    Each has the vertices and faces that the same grid, evaluated for that head alone, would give, in an order that
    changes as little as it can.
    """

    def __init__(self, model: TracedModel, voxel_mm: float) -> None:
        """Nothing is evaluated yet.

        Raises FacewrightError if the voxel is not a length, or so small that the grid could not be held.
        """
        self._model = model
        self._grid = Grid.covering(model.bounds_mm, voxel_mm)
        self._parameters: Parameters | None = None
        self._field: TracedField | None = None
        self._drafts: frozenset[CodeName] = frozenset()
        self._values = self._marks = np.empty(0, np.float32)
        self._windows: dict[CodeName, Box] = {}
        self._whole: Piece | None = None
        self._patch: _Patch | None = None
        self._surface: Surface | None = None
        self._refiner = Refiner(self._grid)
        self._at_rest: Parameters | None = None
        self._ready: dict[CodeName, _Patch] = {}
        self.evaluated = 0
        """Points whose distance the last update asked for."""

    def update(self, parameters: Parameters, cancelled: Cancel = None, *, draft: bool = False) -> Surface:
        """The head as one connected closed surface, in mm and head frame.

        draft : while a hand moves, distances may be interpolated (`core.field.template_table`); the next update that
        is none puts them right.
        Raises Cancelled once `cancelled` answers true; the next update then goes on from the parts that were done.
        Raises FacewrightError if there is no surface, a distance is not a number or memory runs out.
        """
        self.evaluated = 0
        with memory_for(self._grid.voxel_mm):
            changed = parameters.changed_from(self._parameters)
            drafts = () if draft else tuple(code for code in CODES if code in self._drafts and code not in changed)
            edited = (*changed, *drafts)  # what is new first: done by halves, the rest of the head is the last one's
            if self._surface is not None and len(changed) <= 1 and self.local_parts.issuperset(edited):
                for part in edited:
                    self._surface = self._edit(part, parameters, cancelled, draft)
            else:
                self._surface = self._renewed(parameters, cancelled, draft)
            return self._surface

    def refined(self, cancelled: Cancel = None) -> Surface:
        """The last head as `core.surface.refined` shows it, no longer a draft. Raises what `update` raises."""
        assert self._parameters is not None
        if self._drafts:
            self.update(self._parameters, cancelled)
        with memory_for(self._grid.voxel_mm):
            surface = self._refiner.refine(self._refinable(), cancelled)
        self._at_rest = self._parameters
        return surface

    def make_ready(self, cancelled: Cancel = None) -> None:
        """Make ready for hands: while one drags a part, all that its code does not change then stays refined.

        Does nothing if the last head was not refined. Raises what `update` raises.
        """
        if self._parameters is None or self._at_rest != self._parameters or self._drafts:
            return
        with memory_for(self._grid.voxel_mm):
            head = self._refinable()
            for part in sorted(self.local_parts - self._ready.keys()):
                _go_on(cancelled)
                own = self._patch is not None and self._patch.reach.part == part
                patch = self._patch if own and self._patch is not None else self._parted(part, head.whole, head.field)
                if patch.shown is None:
                    _go_on(cancelled)
                    piece, normals = self._refiner.rest(head, patch.reach, cancelled)
                    _go_on(cancelled)
                    shown = Rest(piece, patch.reach.touched(piece.cells, self._grid.shape), normals)
                    patch.shown = shown if np.array_equal(shown.seam, patch.rest.seam) else None
                if not own:
                    self._ready[part] = patch

    def _refinable(self) -> RefinedSamples:
        """The last head, as the refiner takes it."""
        assert self._parameters is not None
        assert self._field is not None
        return RefinedSamples(self._parameters, self._field, self._values, self._all())

    def prepare(self) -> None:
        """Wait until a draft of the last head would be interpolated; before that it is evaluated as any other."""
        if self._field is not None:
            self._field.prepare()

    @property
    def local_parts(self) -> frozenset[CodeName]:
        """The parts of which an edit would cost their window alone."""
        return frozenset(self._windows)

    def _renewed(self, parameters: Parameters, cancelled: Cancel, draft: bool) -> Surface:
        """Evaluate the whole head."""
        field = self._model.field(parameters, self._field)
        windows: dict[CodeName, Box] = {}
        refined = self._certified(field, windows, cancelled) if field.knows_signs and not draft else None
        if refined is None:

            def distance(indices: np.ndarray) -> np.ndarray:
                traced = field.trace(field.carried(self._grid.points(indices))[0], draft=draft)
                self._note(traced.inside, indices, windows)
                self.evaluated += len(indices)
                return traced.distance

            refined = refine(reader(distance, self._grid, cancelled), self._grid.shape, draft=draft)
        whole = march(refined.values, refined.cells, self._grid)
        surface = Surface.of(Mesh(whole.vertices, whole.faces))
        self._values, self._marks = refined.values, np.zeros(self._grid.shape, dtype=bool)
        self._windows, self._whole, self._patch, self._ready = windows, whole, None, {}
        self._parameters, self._field, self._drafts = parameters, field, frozenset(CODES if draft else ())
        return surface

    def _certified(self, field: TracedField, windows: dict[CodeName, Box], cancelled: Cancel) -> Refined | None:
        """The whole head, its distances asked for only where they matter; None if a sign was not what it seemed."""
        lock = threading.Lock()

        def approach(indices: np.ndarray) -> Approached:
            there, inside = field.approach(self._grid.points(indices))
            with lock:
                self._note(inside, indices, windows)
                self.evaluated += len(indices)
            return there

        samples = CertifiedSamples(approach, field.settled, self._grid, cancelled)
        refined = refine(samples.read, self._grid.shape, then=samples.settle)
        return refined if samples.settled() else None

    def _edit(self, part: CodeName, parameters: Parameters, cancelled: Cancel, draft: bool) -> Surface:
        """Evaluate and mesh what the part's code reaches."""
        field = self._model.field(parameters, self._field)
        before: list[tuple[np.ndarray, np.ndarray]] = []
        try:
            patch = self._patch_of(part, field)
            cells = self._followed(patch, field, cancelled, draft, before)
            region = march(self._values, cells, self._grid, patch.rest.seam)
            rest = patch.shown if draft and patch.shown is not None else patch.rest
            surface = rest.with_region(region)
        except BaseException:
            for samples, values in reversed(before):
                self._values[tuple(samples.T)] = values
            raise
        patch.region, patch.cells, self._ready = region, cells, {}
        self._parameters, self._field = parameters, field
        self._drafts = self._drafts | {part} if draft else self._drafts - {part}
        return surface

    def _patch_of(self, part: CodeName, field: TracedField) -> _Patch:
        """What is known about the part's window, from the last update if that edited the same part."""
        if self._patch is not None and self._patch.reach.part == part:
            return self._patch
        patch = self._ready.pop(part, None) or self._parted(part, self._all(), field)
        self._whole, self._patch = None, patch
        return patch

    def _parted(self, part: CodeName, whole: Piece, field: TracedField) -> _Patch:
        """All of the surface, parted by what the part's window reaches."""
        window = self._windows[part].with_margin(self._grid.shape)
        reach = Reach.of(part, window)
        samples = self._classified(whole.cells, window)
        states = field.carried(self._grid.points(samples), part)[0]
        reach.write(samples, states, field.inside(states, part))
        return _Patch.of(whole, reach, self._grid.shape)

    def _classified(self, cells: np.ndarray, box: Box) -> np.ndarray:
        """The samples (N, 3) of a box whose values are known, and the other corners of cells (M,) in it."""
        evaluated = np.isfinite(self._values[box.slices])
        mark_corners(cells, np.array(self._grid.shape), evaluated, np.array(box.low))
        return box.samples(evaluated)

    def _all(self) -> Piece:
        """All components of the surface."""
        whole = self._patch.rest.whole(self._patch.region) if self._patch is not None else self._whole
        assert whole is not None
        return whole

    def _followed(
        self,
        patch: _Patch,
        field: TracedField,
        cancelled: Cancel,
        draft: bool,
        before: list[tuple[np.ndarray, np.ndarray]],
    ) -> np.ndarray:
        """Evaluate the surface inside the part's window: its cells (N,); `before` gets samples and what they were."""
        part, reach, grid, values = patch.reach.part, patch.reach, self._grid, self._values

        def distance(indices: np.ndarray) -> np.ndarray:
            states, unknown = reach.read(indices)
            if len(unknown):
                states[unknown], inside = field.carried(grid.points(indices[unknown]), part)
                self._note(inside, indices[unknown], self._windows)
            traced = field.trace(states, part, draft=draft)
            reach.write(indices, states, traced.inside[part])
            self._note(traced.inside, indices, self._windows)
            self.evaluated += len(indices)
            return traced.distance

        read = reader(distance, grid, cancelled)

        def read_within(samples: np.ndarray) -> np.ndarray:
            nonlocal reach
            before.append((samples, np.copysign(np.float32(np.inf), values[tuple(samples.T)])))
            if not reach.box.holds(samples):
                reach = patch.reach = reach.grown(Box.around(samples).with_margin(grid.shape))
            return read(samples)

        inside = reach.known()
        before.append((inside, values[tuple(inside.T)]))
        values[tuple(inside.T)] = np.copysign(np.float32(np.inf), before[0][1])
        continuation = Continuation(values, self._marks, draft=draft)
        try:
            continuation.run(patch.cells, read_within)
        finally:
            cells = continuation.close()
        return patch.own(cells)

    @staticmethod
    def _note(missing: Mapping[CodeName, np.ndarray], indices: np.ndarray, windows: dict[CodeName, Box]) -> None:
        """Widen the boxes of the windows that samples (N, 3) were found in."""
        for part, inside in missing.items():
            low, high = extent(indices, inside)
            if low[0] <= high[0]:
                box = Box(tuple(low.tolist()), tuple(high.tolist()))
                windows[part] = windows[part] | box if part in windows else box


def _go_on(cancelled: Cancel) -> None:
    """Raise Cancelled if it is asked for."""
    if cancelled is not None and cancelled():
        raise Cancelled


@dataclass(eq=False)
class _Patch:
    """A surface while one part is edited.

    reach : what is known about its window; rest : the faces of cells without a corner in it, which no code of the
    part changes; region, cells : the faces of all others as they are now, and those cells (N,) int64, ascending;
    fixed : (of the grid's shape) bool, the rest's cells; shown : the rest as it was refined, for as long as a hand
    moves the part.
    """

    reach: Reach
    rest: Rest
    region: Piece
    cells: np.ndarray
    fixed: np.ndarray
    shown: Rest | None = None

    @classmethod
    def of(cls, whole: Piece, reach: Reach, shape: tuple[int, ...]) -> _Patch:
        """A whole surface, parted by what the window reaches."""
        rest = Rest(whole, reach.touched(whole.cells, shape))
        fixed = np.zeros(shape, dtype=bool)
        fixed.reshape(-1)[rest.cells] = True
        return cls(reach, rest, rest.region, np.unique(rest.region.cells), fixed)

    def own(self, cells: np.ndarray) -> np.ndarray:
        """Those of cells (N,) with a surface that are not the rest's."""
        return cells[~self.fixed.reshape(-1)[cells]]
