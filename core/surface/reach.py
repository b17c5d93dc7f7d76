"""What is known about a part's window, whatever the part's code: the samples in it, and what its stage reads there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from facewright.core.parts import CodeName

MARGIN = 4
"""Samples between a part's window, as far as it is known, and the sides of the box in which its states are kept."""


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

    def with_margin(self, shape: tuple[int, ...]) -> Box:
        """The box and `MARGIN` samples more on every side, within a grid."""
        low = (max(0, n - MARGIN) for n in self.low)
        high = (min(end - 1, n + MARGIN) for n, end in zip(self.high, shape, strict=True))
        return Box(tuple(low), tuple(high))

    def holds(self, indices: np.ndarray) -> bool:
        """Whether samples (N, 3) are in the box."""
        return bool(((indices >= self.low) & (indices <= self.high)).all())

    @property
    def slices(self) -> tuple[slice, ...]:
        """The box as an index into the grid."""
        return tuple(slice(low, high + 1) for low, high in zip(self.low, self.high, strict=True))

    def samples(self, chosen: np.ndarray) -> np.ndarray:
        """The samples (N, 3) of the grid that are chosen, bool of the box's shape."""
        flat = np.flatnonzero(chosen)  # many times faster than `argwhere`
        return np.column_stack(np.unravel_index(flat, chosen.shape)) + np.asarray(self.low)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of samples along each axis."""
        return tuple(high + 1 - low for low, high in zip(self.low, self.high, strict=True))


@dataclass(frozen=True, eq=False)
class Reach:
    """What is known, whatever the code of one part, about a box of the grid that holds its window.

    states : (…, 3) float32 what the part's stage reads, NaN where unknown; inside : which samples are known to be
    inside the window. The arrays have the box's shape.
    """

    part: CodeName
    box: Box
    states: np.ndarray
    inside: np.ndarray

    @classmethod
    def of(cls, part: CodeName, box: Box) -> Reach:
        """Nothing is known yet."""
        return cls(part, box, np.full((*box.shape, 3), np.nan, np.float32), np.zeros(box.shape, dtype=bool))

    def read(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The states (N, 3) at samples (N, 3) of the grid, and which (M,) of them are unknown."""
        return _read(self.states, indices, np.array(self.box.low))

    def write(self, indices: np.ndarray, states: np.ndarray, inside: np.ndarray) -> None:
        """Note what is known at samples (N, 3) of the grid."""
        _write(self.states, self.inside, indices, np.array(self.box.low), states, inside)

    def grown(self, box: Box) -> Reach:
        """The same, with room for another box as well."""
        larger = Reach.of(self.part, self.box | box)
        inner = tuple(
            slice(a - b, a - b + n) for a, b, n in zip(self.box.low, larger.box.low, self.box.shape, strict=True)
        )
        larger.states[inner], larger.inside[inner] = self.states, self.inside
        return larger

    def known(self) -> np.ndarray:
        """The samples (N, 3) of the grid that are known to be inside."""
        return self.box.samples(self.inside)

    def touched(self, cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Which cells (N,), as in `core.surface.continuation`, of a grid of that shape have a corner inside."""
        return _touched(cells, np.array(shape), self.inside, np.array(self.box.low), 0)

    def near(self, cells: np.ndarray, shape: tuple[int, ...], apart: int) -> np.ndarray:
        """Which cells (N,) are at most so many cells from one that is touched."""
        return _touched(cells, np.array(shape), self.inside, np.array(self.box.low), apart)


@numba.njit(nogil=True, cache=True)
def _touched(cells, shape, inside, low, apart):  # type: ignore[no-untyped-def]
    """Which cells (N,) of a grid, made larger by so many on all sides, have a corner that is set in `inside`.

    `inside` is a box of the grid's samples that begins at `low`.
    """
    touched = np.zeros(len(cells), np.bool_)
    for number in range(len(cells)):
        x = cells[number] // (shape[1] * shape[2]) - low[0]
        y = cells[number] // shape[2] % shape[1] - low[1]
        z = cells[number] % shape[2] - low[2]
        for i in range(max(x - apart, 0), min(x + 2 + apart, inside.shape[0])):
            for j in range(max(y - apart, 0), min(y + 2 + apart, inside.shape[1])):
                for k in range(max(z - apart, 0), min(z + 2 + apart, inside.shape[2])):
                    touched[number] |= inside[i, j, k]
    return touched


@numba.njit(nogil=True, cache=True)
def mark_corners(cells, shape, marks, low):  # type: ignore[no-untyped-def]
    """Set those corners of cells (N,) of a grid that lie in `marks`, a box of its samples that begins at `low`."""
    for cell in cells:
        x, y = cell // (shape[1] * shape[2]) - low[0], cell // shape[2] % shape[1] - low[1]
        z = cell % shape[2] - low[2]
        for corner in range(8):
            i, j, k = x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)
            if 0 <= i < marks.shape[0] and 0 <= j < marks.shape[1] and 0 <= k < marks.shape[2]:
                marks[i, j, k] = True


@numba.njit(nogil=True, cache=True)
def extent(indices, chosen):  # type: ignore[no-untyped-def]
    """The lowest and the highest index (3,) along each axis of the samples (N, 3) that are chosen (N,)."""
    low, high = np.full(3, 1 << 60), np.full(3, -1)
    for number in range(len(indices)):
        if chosen[number]:
            for axis in range(3):
                low[axis] = min(low[axis], indices[number, axis])
                high[axis] = max(high[axis], indices[number, axis])
    return low, high


@numba.njit(nogil=True, cache=True)
def _read(states, indices, low):  # type: ignore[no-untyped-def]
    """`Reach.read`."""
    points, unknown, count = np.empty((len(indices), 3), np.float32), np.empty(len(indices), np.int64), 0
    for number in range(len(indices)):
        i, j, k = indices[number, 0] - low[0], indices[number, 1] - low[1], indices[number, 2] - low[2]
        for axis in range(3):
            points[number, axis] = states[i, j, k, axis]
        if np.isnan(points[number, 0]):
            unknown[count] = number
            count += 1
    return points, unknown[:count]


@numba.njit(nogil=True, cache=True)
def _write(states, inside, indices, low, new_states, new_inside):  # type: ignore[no-untyped-def]
    """`Reach.write`."""
    for number in range(len(indices)):
        i, j, k = indices[number, 0] - low[0], indices[number, 1] - low[1], indices[number, 2] - low[2]
        inside[i, j, k] = new_inside[number]
        for axis in range(3):
            states[i, j, k, axis] = new_states[number, axis]
