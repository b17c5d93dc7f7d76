"""The surface of a head that changes a little at a time.

A part's code has influence inside that part's window only (`core.window`). So when it alone changes, every other
sample of the grid keeps its value to the last bit, and the samples inside start from where the stages before the
part's had carried them. What is evaluated is a small box of the grid about the window, sampled as a whole grid is
(`core.sampling`); what is meshed are the bricks in which a sample changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.parts import CODES
from core.sampling import COARSE, Grid, reader, refine
from core.surface import BRICK, bricks, join, memory_for, patch

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.field import Traced
    from core.mesh import Mesh
    from core.parameters import Parameters
    from core.parts import CodeName
    from core.sampling import Read
    from core.surface import Patch

    Cancel = Callable[[], bool] | None


class TracedField(Protocol):
    """What is needed of `core.field.Field`, where its functions are explained."""

    def states(self, points: np.ndarray, code: CodeName = ..., /) -> np.ndarray:
        """Where points are when the stage of `code` reads them."""

    def trace(self, states: np.ndarray, code: CodeName = ..., /) -> Traced:
        """Follow them on from there."""

    def inside(self, states: np.ndarray, part: CodeName, /) -> np.ndarray:
        """Which are inside the part's window."""


class TracedModel(Protocol):
    """What is needed of `core.head_model.HeadModel`."""

    @property
    def bounds_mm(self) -> np.ndarray:
        """(2, 3), mm, head frame: a box that holds every head."""

    def field(self, parameters: Parameters, /) -> TracedField:
        """The field of one head."""


@dataclass(frozen=True)
class Box:
    """Samples from `low` to `high`, both included, counted from the grid's first."""

    low: tuple[int, ...]
    high: tuple[int, ...]

    @classmethod
    def around(cls, indices: np.ndarray) -> Box:
        """The smallest box about samples (N, 3)."""
        return cls(tuple(indices.min(axis=0).tolist()), tuple(indices.max(axis=0).tolist()))

    def __or__(self, other: Box) -> Box:
        """The smallest box about two."""
        return Box(tuple(map(min, self.low, other.low)), tuple(map(max, self.high, other.high)))

    def within(self, other: Box) -> bool:
        """Whether the other box holds this one."""
        return self | other == other

    def meets(self, other: Box) -> bool:
        """Whether the two share a sample."""
        apart = (a > d or c > b for a, b, c, d in zip(self.low, self.high, other.low, other.high, strict=True))
        return not any(apart)

    def in_cells(self, shape: tuple[int, ...]) -> Box:
        """The box and one sample more, widened to whole cells of the coarsest lattice, within a grid."""
        low = (max(0, (n - 1) // COARSE * COARSE) for n in self.low)
        high = (min(end - 1, -(-(n + 1) // COARSE) * COARSE) for n, end in zip(self.high, shape, strict=True))
        return Box(tuple(low), tuple(high))

    @property
    def slices(self) -> tuple[slice, ...]:
        """The box as an index into the grid."""
        return tuple(slice(low, high + 1) for low, high in zip(self.low, self.high, strict=True))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of samples along each axis."""
        return tuple(high + 1 - low for low, high in zip(self.low, self.high, strict=True))


@dataclass(frozen=True, eq=False)
class _Reach:
    """All that is known, whatever the code of one part, about a box of the grid that holds its window.

    fixed : values outside the window, ∞ where unknown; states : (…, 3) what the part's stage reads, NaN where
    unknown; inside : which samples are known to be inside the window. The arrays have the box's shape.
    """

    part: CodeName
    box: Box
    fixed: np.ndarray
    states: np.ndarray
    inside: np.ndarray

    @classmethod
    def of(cls, part: CodeName, box: Box) -> _Reach:
        """Nothing is known yet."""
        fixed, states = np.full(box.shape, np.inf, np.float32), np.full((*box.shape, 3), np.nan, np.float32)
        return cls(part, box, fixed, states, np.zeros(box.shape, dtype=bool))

    def at(self, indices: np.ndarray) -> tuple[np.ndarray, ...]:
        """Samples (N, 3) of the grid as an index into the arrays."""
        return tuple((indices - np.asarray(self.box.low)).T)

    def remembering(self, read: Read) -> Read:
        """Answer for samples counted from the box's first, reading only what is not fixed."""

        def remembered(indices: np.ndarray) -> np.ndarray:
            values = self.fixed[tuple(indices.T)]
            asked = indices[np.isinf(values)]
            values[np.isinf(values)] = answers = read(asked + np.asarray(self.box.low))
            outside = ~self.inside[tuple(asked.T)]
            self.fixed[tuple(asked[outside].T)] = answers[outside]
            return values

        return remembered


class LiveSurface:
    """The surface of one head after another, at one resolution; each is `core.surface.head_mesh` of its head."""

    def __init__(self, model: TracedModel, voxel_mm: float) -> None:
        """Nothing is evaluated yet.

        Raises FacewrightError if the voxel is not a length, or so small that the grid could not be held.
        """
        self._model = model
        self._grid = Grid.covering(model.bounds_mm, voxel_mm)
        self._parameters: Parameters | None = None
        self._values = np.empty(0, np.float32)
        self._patches: dict[tuple[int, ...], Patch] = {}
        self._windows: dict[CodeName, Box] = {}
        self._reach: _Reach | None = None
        self.evaluated = 0
        """Points whose distance the last update asked for."""

    def update(self, parameters: Parameters, cancelled: Cancel = None) -> Mesh:
        """The head as one connected closed surface, in mm and head frame.

        Raises Cancelled once `cancelled` answers true; the next update then starts from the head before.
        Raises FacewrightError if there is no surface, a distance is not a number or memory runs out.
        """
        self.evaluated = 0
        with memory_for(self._grid.voxel_mm):
            if parameters != self._parameters:
                part = self._edited(parameters)
                if part is None or not self._edit(part, parameters, cancelled):
                    self._renew(parameters, cancelled)
            return join([self._patches[brick] for brick in sorted(self._patches)], self._grid).largest_component()

    def _edited(self, parameters: Parameters) -> CodeName | None:
        """The part whose code alone is new, if its window is known."""
        if self._parameters is None:
            return None
        changed = [code for code in CODES if parameters.code(code) != self._parameters.code(code)]
        return changed[0] if len(changed) == 1 and changed[0] in self._windows else None

    def _renew(self, parameters: Parameters, cancelled: Cancel) -> None:
        """Evaluate the whole head."""
        field = self._model.field(parameters)
        windows: dict[CodeName, Box] = {}

        def distance(indices: np.ndarray) -> np.ndarray:
            traced = field.trace(field.states(self._grid.points(indices)))
            return self._noted(traced, indices, windows)

        values = refine(reader(distance, self._grid, cancelled), self._grid.shape)
        self._parameters, self._values, self._patches, self._reach = None, values, {}, None
        self._march(Box((0, 0, 0), tuple(n - 1 for n in self._grid.shape)))
        self._parameters, self._windows = parameters, windows

    def _edit(self, part: CodeName, parameters: Parameters, cancelled: Cancel) -> bool:
        """Evaluate what the part's code reaches; answer whether that is enough.

        It is not if the surface newly passes through a side of the box, where it would have to be followed on.
        """
        field, windows = self._model.field(parameters), dict(self._windows)
        self._reach = reach = self._reach_of(part, field)

        def distance(indices: np.ndarray) -> np.ndarray:
            at = reach.at(indices)
            states = reach.states[at]
            unknown = np.isnan(states[:, 0])
            if unknown.any():
                states[unknown] = field.states(self._grid.points(indices[unknown]), part)
                reach.states[at] = states
            traced = field.trace(states, part)
            reach.inside[at] = traced.inside[part]
            return self._noted(traced, indices, windows)

        values = refine(reach.remembering(reader(distance, self._grid, cancelled)), reach.box.shape)
        box = self._values[reach.box.slices]
        before = box.copy()
        rim = np.ones(values.shape, dtype=bool)
        rim[1:-1, 1:-1, 1:-1] = False
        np.copyto(values, before, where=rim & np.isinf(values))  # known from the cells beyond the box
        self._parameters = None  # what follows belongs to no head until it is complete
        box[...] = values
        if _leaves(self._values, reach.box):
            return False
        changed = np.argwhere(values != before)
        if len(changed):
            self._march(Box.around(changed + np.asarray(reach.box.low)))
        self._parameters, self._windows = parameters, windows
        return True

    def _noted(self, traced: Traced, indices: np.ndarray, windows: dict[CodeName, Box]) -> np.ndarray:
        """The distances of traced samples (N, 3), after widening the boxes of the windows that they are in."""
        self.evaluated += len(indices)
        for part, inside in traced.inside.items():
            if inside.any():
                found = Box.around(indices[inside])
                windows[part] = windows[part] | found if part in windows else found
        return traced.distance

    def _reach_of(self, part: CodeName, field: TracedField) -> _Reach:
        """What is known about the part's window, from the last update if that edited the same part."""
        window = self._windows[part]
        box = window.in_cells(self._grid.shape)
        if self._reach and self._reach.part == part and box.within(self._reach.box):
            return self._reach
        reach = _Reach.of(part, box)
        reach.fixed[...] = self._values[box.slices]
        known = np.argwhere(np.isfinite(self._values[window.slices])) + np.asarray(window.low)
        at = reach.at(known)
        reach.states[at] = states = field.states(self._grid.points(known), part)
        reach.inside[at] = field.inside(states, part)
        reach.fixed[reach.inside | np.isinf(reach.fixed)] = np.inf
        return reach

    def _march(self, box: Box) -> None:
        """Mesh the bricks that hold a sample of the box."""
        for brick in bricks(self._grid.shape):
            if Box(brick, tuple(start + BRICK for start in brick)).meets(box):
                self._patches.pop(brick, None)
                if found := patch(self._values, brick):
                    self._patches[brick] = found


def _leaves(values: np.ndarray, box: Box) -> bool:
    """Whether the surface goes on, beside a side of the box, in a cell of two voxels that was not evaluated."""
    for axis in range(3):
        for side in (box.low[axis], box.high[axis]):
            beside = list(box.slices)
            beside[axis] = slice(max(side - 2, 0), side + 3)
            cells = np.lib.stride_tricks.sliding_window_view(values[tuple(beside)], (3, 3, 3))[::2, ::2, ::2]
            negative, unknown = cells < 0.0, np.isinf(cells)
            corners = (3, 4, 5)
            if (negative.any(corners) & ~negative.all(corners) & unknown.any(corners)).any():
                return True
    return False
