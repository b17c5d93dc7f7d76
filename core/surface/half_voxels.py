"""Some cells of a surface's grid at half the voxel, without cracks towards the others.

The halved cells are meshed on samples of their own. Where one shares a face with a cell that is not halved, the nine
samples of that face are not the distance's but interpolated between the four that both cells have: its contour then
begins and ends where the coarse one does, and between these two points it bends. The coarse triangle on the other
side is split at each bend, so that every edge lies in two faces.

Cells that the surface does not enter are halved, too, where they touch one that is: at half the voxel it may.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numba
import numpy as np

from facewright.core.surface.chains import split
from facewright.core.surface.continuation import Continuation
from facewright.core.surface.marching import Piece, march
from facewright.core.surface.sampling import SMALLEST

if TYPE_CHECKING:
    from facewright.core.surface.sampling import Grid, Read

HALVED = 2
"""Kind of a cell that is halved; others have less."""

_UNREAD = 1.0
"""Magnitude of samples that no surface is near, where a number is needed: one coarse voxel."""


def halved_grid(grid: Grid) -> Grid:
    """The grid of half the voxel over the same box: sample i of `grid` is its sample 2 i."""
    x, y, z = grid.low
    nx, ny, nz = grid.shape
    return replace(
        grid,
        voxel_mm=grid.voxel_mm / 2.0,
        low=(2 * x, 2 * y, 2 * z),
        shape=(2 * nx - 1, 2 * ny - 1, 2 * nz - 1),
    )


class HalfVoxels:
    """A surface some of whose cells are to be halved.

    low : (3,) int64, where the box about them begins, a sample of `halved_grid`; shape : the samples of that box.
    """

    def __init__(self, values: np.ndarray, whole: Piece, chosen: np.ndarray, grid: Grid) -> None:
        """Halve those of a surface's cells that are `chosen` (N,) int64, N > 0; values : as its grid holds them."""
        self._values, self._whole, self._chosen, self._grid = values, whole, chosen, grid
        self._kinds, self._cells = _kinds(values, whole.cells, chosen)
        places = np.column_stack(np.unravel_index(self._cells, values.shape))
        low, high = places.min(axis=0), places.max(axis=0)
        self.low = 2 * low
        self.shape: tuple[int, int, int] = tuple((2 * (high - low) + 3).tolist())

    def surface(self, read: Read) -> Piece:
        """The whole surface, some of it at half the voxel.

        read : samples of `halved_grid` → their values, as `core.surface.sampling.Samples` holds them. Faces' cells
        are those of the coarse grid; keys of vertices on edges of `halved_grid` are −1 minus that edge's.
        """
        grid = self._grid
        half = halved_grid(grid)
        x, y, z = (self.low + half.low).tolist()
        box = replace(half, low=(x, y, z), shape=self.shape)
        values, marks = _predicted(self._values, self._kinds, self._cells, self.low, self.shape)
        continuation = Continuation(values, marks)
        continuation.run(_halves(self._chosen, self._values.shape, self.low, self.shape), lambda s: read(s + self.low))
        fine = march(values, continuation.close(), box)
        return self._joined(values, fine, half)

    def _joined(self, values: np.ndarray, fine: Piece, half: Grid) -> Piece:
        """The coarse surface without the halved cells, and theirs."""
        whole, kinds = self._whole, self._kinds
        kept = kinds.reshape(-1)[whole.cells] != HALVED
        faces, origin = split(whole.keys, whole.faces[kept], whole.cells[kept], kinds, values, self.low)
        cells = whole.cells[kept][origin]
        keys, on_coarse = _global_keys(fine.keys, np.array(self.shape), self.low, np.array(half.shape), kinds)
        own = on_coarse < 0
        number = np.empty(len(fine.keys), np.int64)
        number[own] = len(whole.keys) + np.arange(np.count_nonzero(own))
        number[~own] = _positions(whole.keys, on_coarse[~own])
        bends = faces < 0
        faces[bends] = number[_positions(fine.keys, -1 - faces[bends])]
        fine_cells = _coarse_cells(fine.cells, np.array(self.shape), self.low, np.array(self._values.shape))
        return Piece(
            np.concatenate([whole.keys, -1 - keys[own]]),
            np.concatenate([whole.vertices, fine.vertices[own]]),
            np.concatenate([faces, number[fine.faces]]).astype(np.int32),
            np.concatenate([cells, fine_cells]),
        )


def _positions(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Where in keys (N,), in any order, those that are wanted (M,) are."""
    order = np.argsort(keys)
    positions: np.ndarray = order[np.searchsorted(keys, wanted, sorter=order)]
    return positions


@numba.njit(nogil=True, cache=True)
def _kinds(values, active, chosen):  # type: ignore[no-untyped-def]
    """What each cell is (of the values' shape, uint8), and the halved ones (N,): those chosen, then what they touch."""
    kinds = np.zeros(values.shape, np.uint8)
    flat = kinds.reshape(-1)
    for cell in active:
        flat[cell] = 1
    cells, count = np.empty(27 * len(chosen), np.int64), len(chosen)
    for number in range(len(chosen)):
        flat[chosen[number]] = HALVED
        cells[number] = chosen[number]
    along_y, along_z = values.shape[1], values.shape[2]
    for cell in chosen:
        x, y, z = cell // (along_y * along_z), cell // along_z % along_y, cell % along_z
        for i in range(max(x - 1, 0), min(x + 2, values.shape[0] - 1)):
            for j in range(max(y - 1, 0), min(y + 2, along_y - 1)):
                for k in range(max(z - 1, 0), min(z + 2, along_z - 1)):
                    if kinds[i, j, k] == 0 and _one_sign(values, i, j, k):
                        kinds[i, j, k] = HALVED
                        cells[count] = (i * along_y + j) * along_z + k
                        count += 1
    return kinds, cells[:count].copy()


@numba.njit(nogil=True, cache=True)
def _one_sign(values, x, y, z):  # type: ignore[no-untyped-def]
    """Whether all corners of a cell have the same sign."""
    negative = 0
    for corner in range(8):
        negative += values[x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)] < 0.0
    return negative in (0, 8)


@numba.njit(nogil=True, cache=True)
def _predicted(values, kinds, cells, low, shape):  # type: ignore[no-untyped-def]
    """The box's samples before any is read, and marks as `Continuation` takes them, set where it is not to go."""
    half, marks = np.zeros(shape, np.float32), np.ones(shape, np.bool_)
    along_y, along_z = values.shape[1], values.shape[2]
    for cell in cells:
        x, y, z = 2 * (cell // (along_y * along_z)), 2 * (cell // along_z % along_y), 2 * (cell % along_z)
        for i in range(x, x + 3):
            for j in range(y, y + 3):
                for k in range(z, z + 3):
                    a, b, c = i - low[0], j - low[1], k - low[2]
                    if half[a, b, c] == 0.0:  # no sample has this value
                        half[a, b, c] = _sample(values, kinds, i, j, k)
                    if i < x + 2 and j < y + 2 and k < z + 2:
                        marks[a, b, c] = False
    return half, marks


@numba.njit(nogil=True, cache=True)
def _sample(values, kinds, i, j, k):  # type: ignore[no-untyped-def]
    """A sample of the halved grid: known, fixed as it lies on a face towards a cell that is not halved, or ±∞."""
    inner, total, count, first, across = True, 0.0, 0, 0.0, True
    for x in range((i - 1) >> 1, (i >> 1) + 1):  # the cells about it
        for y in range((j - 1) >> 1, (j >> 1) + 1):
            for z in range((k - 1) >> 1, (k >> 1) + 1):
                inner &= min(x, y, z) >= 0 and kinds[x, y, z] == HALVED
    for x in range(i >> 1, ((i + 1) >> 1) + 1):  # the samples about it
        for y in range(j >> 1, ((j + 1) >> 1) + 1):
            for z in range(k >> 1, ((k + 1) >> 1) + 1):
                value = np.float64(values[x, y, z])
                if count == 0:
                    first = value
                across &= ((value < 0.0) == (first < 0.0)) == (count in (0, 3))
                total += value
                count += 1
    mean = total / count
    if count == 1 and np.isfinite(mean):
        return np.float32(2.0 * mean)
    if inner:
        return np.float32(-np.inf if mean < 0.0 else np.inf)
    size = 2.0 * abs(mean) if np.isfinite(mean) else 2.0 * _UNREAD
    magnitude = np.float32(max(size, SMALLEST))
    if count == 4 and across:  # as `core.surface.cube_cases` has it, what is outside stays connected
        return magnitude
    return -magnitude if mean < 0.0 else magnitude


@numba.njit(nogil=True, cache=True)
def _halves(cells, shape, low, box):  # type: ignore[no-untyped-def]
    """The eight halves of each cell of a grid, as cells (8 N,) of the box."""
    halves = np.empty(8 * len(cells), np.int64)
    for number in range(len(cells)):
        x = 2 * (cells[number] // (shape[1] * shape[2])) - low[0]
        y = 2 * (cells[number] // shape[2] % shape[1]) - low[1]
        z = 2 * (cells[number] % shape[2]) - low[2]
        for corner in range(8):
            i, j, k = x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)
            halves[8 * number + corner] = (i * box[1] + j) * box[2] + k
    return halves


@numba.njit(nogil=True, cache=True)
def _coarse_cells(cells, box, low, shape):  # type: ignore[no-untyped-def]
    """The cells (N,) of a grid that hold cells (N,) of the box."""
    coarse = np.empty(len(cells), np.int64)
    for number in range(len(cells)):
        x = (cells[number] // (box[1] * box[2]) + low[0]) >> 1
        y = (cells[number] // box[2] % box[1] + low[1]) >> 1
        z = (cells[number] % box[2] + low[2]) >> 1
        coarse[number] = (x * shape[1] + y) * shape[2] + z
    return coarse


@numba.njit(nogil=True, cache=True)
def _global_keys(keys, box, low, half, kinds):  # type: ignore[no-untyped-def]
    """Edges (N,) of the box as edges of the halved grid, and the coarse edge that each shares its vertex with, or −1.

    It shares it where it lies on an edge of a cell that is not halved.
    """
    everywhere, on_coarse = np.empty(len(keys), np.int64), np.full(len(keys), -1)
    place, cell = np.empty(3, np.int64), np.empty(3, np.int64)
    for number in range(len(keys)):
        sample, axis = keys[number] // 3, keys[number] % 3
        place[0], place[1] = sample // (box[1] * box[2]) + low[0], sample // box[2] % box[1] + low[1]
        place[2] = sample % box[2] + low[2]
        everywhere[number] = 3 * ((place[0] * half[1] + place[1]) * half[2] + place[2]) + axis
        one, other = (axis + 1) % 3, (axis + 2) % 3
        if place[one] % 2 == 0 and place[other] % 2 == 0:
            inner = True
            for a in range(3):
                place[a] >>= 1
                cell[a] = place[a]
            for around in range(4):
                cell[one], cell[other] = place[one] - (around & 1), place[other] - (around >> 1)
                inner &= min(cell[0], cell[1], cell[2]) >= 0 and kinds[cell[0], cell[1], cell[2]] == HALVED
            if not inner:
                on_coarse[number] = 3 * ((place[0] * kinds.shape[1] + place[1]) * kinds.shape[2] + place[2]) + axis
    return everywhere, on_coarse
