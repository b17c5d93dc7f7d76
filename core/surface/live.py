"""The surface of a head that changes a little at a time.

A part's code has influence inside that part's window only (`core.model.window`). So when it alone changes, every other
sample of the grid keeps its value to the last bit, and the samples inside start from where the stages before the
part's had carried them. Which of them to evaluate the last surface says: its cells, and from there as far as the
surface has moved (`core.surface.flood`). What is meshed is a box about the window; the rest of the mesh stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.parts import CODES
from core.surface.extraction import BRICK, box_patch, bricks, join, joined, memory_for, patch
from core.surface.flood import asked
from core.surface.patched_mesh import Rest, Surface
from core.surface.sampling import Grid, reader, refine

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.parameters import Parameters
    from core.parts import CodeName
    from core.surface.extraction import Patch
    from core.surface.field import Traced

    Cancel = Callable[[], bool] | None

MARGIN = 4
"""Samples between a part's window, as far as it is known, and the sides of the box that is meshed for it."""


class TracedField(Protocol):
    """What is needed of `core.surface.field.Field`, where its functions are explained."""

    def states(self, points: np.ndarray, code: CodeName = ..., /) -> np.ndarray:
        """Where points are when the stage of `code` reads them."""

    def trace(self, states: np.ndarray, code: CodeName = ..., /) -> Traced:
        """Follow them on from there."""

    def inside(self, states: np.ndarray, part: CodeName, /) -> np.ndarray:
        """Which are inside the part's window."""


class TracedModel(Protocol):
    """What is needed of `core.model.head_model.HeadModel`."""

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

    def with_margin(self, shape: tuple[int, ...]) -> Box:
        """The box and `MARGIN` samples more on every side, within a grid."""
        low = (max(0, n - MARGIN) for n in self.low)
        high = (min(end - 1, n + MARGIN) for n, end in zip(self.high, shape, strict=True))
        return Box(tuple(low), tuple(high))

    def holds(self, indices: np.ndarray, shape: tuple[int, ...]) -> bool:
        """Whether samples (N, 3) are in the box and on none of its sides, but those where the grid ends."""
        low = np.array([n if n == 0 else n + 1 for n in self.low])
        high = np.array([n if n == end - 1 else n - 1 for n, end in zip(self.high, shape, strict=True)])
        return bool(((indices >= low) & (indices <= high)).all())

    @property
    def cells(self) -> tuple[slice, ...]:
        """The cells between its samples, as an index into those of the grid."""
        return tuple(slice(low, high) for low, high in zip(self.low, self.high, strict=True))

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
    """What is known, whatever the code of one part, about a box of the grid that holds its window.

    states : (…, 3) float32 what the part's stage reads, NaN where unknown; inside : which samples are known to be
    inside the window. The arrays have the box's shape.
    """

    part: CodeName
    box: Box
    states: np.ndarray
    inside: np.ndarray

    @classmethod
    def of(cls, part: CodeName, box: Box) -> _Reach:
        """Nothing is known yet."""
        return cls(part, box, np.full((*box.shape, 3), np.nan, np.float32), np.zeros(box.shape, dtype=bool))

    def at(self, indices: np.ndarray) -> tuple[np.ndarray, ...]:
        """Samples (N, 3) of the grid as an index into the arrays."""
        return tuple((indices - np.asarray(self.box.low)).T)

    def grown(self, box: Box) -> _Reach:
        """The same, with room for another box as well."""
        larger = _Reach.of(self.part, self.box | box)
        inner = tuple(
            slice(a - b, a - b + n) for a, b, n in zip(self.box.low, larger.box.low, self.box.shape, strict=True)
        )
        larger.states[inner], larger.inside[inner] = self.states, self.inside
        return larger

    def known(self) -> np.ndarray:
        """The samples (N, 3) of the grid that are known to be inside."""
        return np.argwhere(self.inside) + np.asarray(self.box.low)


class LiveSurface:
    """The surface of one head after another, at one resolution.

    Each is that of `core.surface.extraction.head_mesh`: the same vertices and faces, in an order that changes as
    little as it can.
    """

    def __init__(self, model: TracedModel, voxel_mm: float) -> None:
        """Nothing is evaluated yet.

        Raises FacewrightError if the voxel is not a length, or so small that the grid could not be held.
        """
        self._model = model
        self._grid = Grid.covering(model.bounds_mm, voxel_mm)
        self._parameters: Parameters | None = None
        self._values = np.empty(0, np.float32)
        self._patches: dict[tuple[int, ...], Patch | None] = {}
        self._windows: dict[CodeName, Box] = {}
        self._reach: _Reach | None = None
        self._rest: Rest | None = None
        self._surface: Surface | None = None
        self.evaluated = 0
        """Points whose distance the last update asked for."""

    def update(self, parameters: Parameters, cancelled: Cancel = None) -> Surface:
        """The head as one connected closed surface, in mm and head frame.

        Raises Cancelled once `cancelled` answers true; the next update then starts from the head before.
        Raises FacewrightError if there is no surface, a distance is not a number or memory runs out.
        """
        self.evaluated = 0
        with memory_for(self._grid.voxel_mm):
            if self._surface is None or parameters != self._parameters:
                part = self._edited(parameters)
                surface = (
                    self._renewed(parameters, cancelled) if part is None else self._edit(part, parameters, cancelled)
                )
                self._parameters, self._surface = parameters, surface
            return self._surface

    @property
    def local_parts(self) -> frozenset[CodeName]:
        """The parts of which an edit would cost their window alone."""
        return frozenset(self._windows)

    def _edited(self, parameters: Parameters) -> CodeName | None:
        """The part whose code alone is new, if its window is known."""
        if self._parameters is None:
            return None
        changed = [code for code in CODES if parameters.code(code) != self._parameters.code(code)]
        return changed[0] if len(changed) == 1 and changed[0] in self._windows else None

    def _renewed(self, parameters: Parameters, cancelled: Cancel) -> Surface:
        """Evaluate the whole head."""
        field = self._model.field(parameters)
        windows: dict[CodeName, Box] = {}

        def distance(indices: np.ndarray) -> np.ndarray:
            traced = field.trace(field.states(self._grid.points(indices)))
            return self._noted(traced, indices, windows)

        values = refine(reader(distance, self._grid, cancelled), self._grid.shape)
        patches = {brick: patch(values, brick) for brick in bricks(self._grid.shape)}
        surface = Surface.of(join([found for found in patches.values() if found], self._grid))
        self._values, self._patches, self._windows = values, patches, windows
        self._reach = self._rest = None
        return surface

    def _edit(self, part: CodeName, parameters: Parameters, cancelled: Cancel) -> Surface:
        """Evaluate and mesh what the part's code reaches."""
        field = self._model.field(parameters)
        before: list[tuple[np.ndarray, np.ndarray]] = []
        try:
            self._flood(part, field, cancelled, before)
            return self._meshed()
        except BaseException:
            for samples, values in reversed(before):
                self._values[tuple(samples.T)] = values
            raise

    def _flood(
        self, part: CodeName, field: TracedField, cancelled: Cancel, before: list[tuple[np.ndarray, np.ndarray]]
    ) -> None:
        """Evaluate the surface inside the part's window; `before` gets samples and the values that they had."""
        reach = self._reach_of(part, field)

        def distance(indices: np.ndarray) -> np.ndarray:
            at = reach.at(indices)
            states = reach.states[at]
            unknown = np.isnan(states[:, 0])
            if unknown.any():
                states[unknown] = field.states(self._grid.points(indices[unknown]), part)
                reach.states[at] = states
            traced = field.trace(states, part)
            reach.inside[at] = traced.inside[part]
            return self._noted(traced, indices, self._windows)

        read = reader(distance, self._grid, cancelled)
        values, inside = self._values, reach.known()
        inside = inside[np.isfinite(values[tuple(inside.T)])]
        before.append((inside, values[tuple(inside.T)]))
        values[tuple(inside.T)] = np.copysign(np.float32(np.inf), before[0][1])
        samples = asked(values, inside)
        while len(samples):
            before.append((samples, np.copysign(np.float32(np.inf), values[tuple(samples.T)])))
            if not reach.box.holds(samples, self._grid.shape):
                reach = self._reach = reach.grown(Box.around(samples).with_margin(self._grid.shape))
                self._rest = None
            values[tuple(samples.T)] = read(samples)
            samples = asked(values, samples)

    def _meshed(self) -> Surface:
        """The surface with what was found in the box of the edited part."""
        assert self._reach is not None
        cells = self._reach.box.cells
        region = box_patch(self._values, cells) or joined([])
        if self._rest is None:
            self._rest = Rest(self._beside(cells), region, self._grid)
        return self._rest.with_region(region)

    def _beside(self, cells: tuple[slice, ...]) -> list[Patch]:
        """The patches of all bricks, without a box of cells; those of bricks that the box meets are meshed anew."""
        beside = []
        for brick in bricks(self._grid.shape):
            apart = any(
                start >= along.stop or start + BRICK <= along.start for start, along in zip(brick, cells, strict=True)
            )
            if not apart:
                self._patches.pop(brick, None)
                found = patch(self._values, brick, without=cells)
            else:
                if brick not in self._patches:  # a box that has moved on has met it
                    self._patches[brick] = patch(self._values, brick)
                found = self._patches[brick]
            if found:
                beside.append(found)
        return beside

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
        if self._reach is None or self._reach.part != part:
            window = self._windows[part]
            reach = _Reach.of(part, window.with_margin(self._grid.shape))
            known = np.argwhere(np.isfinite(self._values[window.slices])) + np.asarray(window.low)
            reach.states[reach.at(known)] = states = field.states(self._grid.points(known), part)
            reach.inside[reach.at(known)] = field.inside(states, part)
            self._reach, self._rest = reach, None
        return self._reach
