"""A signed distance on a regular grid, evaluated only where its surface is.

The distance is read on a coarse lattice first. Cells of it that may hold the surface are halved, their new
samples evaluated, and so on down to the voxel. Wherever the samples then show the surface leaving the halved
cells, the cell that it enters is halved too, until it leaves none: a surface of which any lattice met a part is
sampled whole, as on a grid that was evaluated everywhere. About 5 % of a head's grid of 1.5 mm is evaluated.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.field.workers import in_chunks
from facewright.core.surface.continuation import Continuation

if TYPE_CHECKING:
    from collections.abc import Callable

    Distance = Callable[[np.ndarray], np.ndarray]
    """points (N, 3) float32, mm, head frame → signed distances (N,) float32, mm, negative inside."""

    Read = Callable[[np.ndarray], np.ndarray]
    """samples (N, 3) counted from a grid's first one → their values (N,) float32, as `Samples` holds them."""

COARSE = 16
"""Voxels between the samples of the coarsest lattice."""

REACH = 1.2 * COARSE
"""A cell of the coarsest lattice may hold the surface if a corner is within so many voxels of it. √3/2 of the
width is as far as any point can be from the nearest corner; the rest allows for a learnt distance that is too large.
"""

SMALLEST, LARGEST = 1e-3, 32.0
"""Distances kept are moved to between these, in voxels. Then the surface crosses no edge within 3e-5 of an end:
every vertex has one edge to itself, known from its coordinates alone, and no triangle is degenerate."""

_FAR = np.float32(4.0)
"""Voxels to which a longer distance is shortened, where signs are guessed."""

CHUNK = 32_768
"""Points asked for at a time; between them, whether to go on."""

MAX_SAMPLES = 500_000_000
"""Samples of the largest grid, 2 GB."""

_HALVED = np.array(list(itertools.product(range(3), repeat=3)))
"""The 27 samples of a halved cell."""


@dataclass(frozen=True)
class Grid:
    """Samples at multiples of `voxel_mm` in the head frame, so that all heads of a model share them.

    low : index of the first sample, a multiple of `COARSE`; shape : samples along x, y, z, each one more than
    a multiple of `COARSE`; bounds_mm : (2, 3), head frame; beyond them everything counts as outside.
    """

    voxel_mm: float
    low: tuple[int, int, int]
    shape: tuple[int, int, int]
    bounds_mm: np.ndarray

    @classmethod
    def covering(cls, bounds_mm: np.ndarray, voxel_mm: float) -> Grid:
        """The grid over a box (2, 3) in mm, head frame, and at least one sample beyond it on each side.

        Raises FacewrightError if the voxel is not a length, or so small that the grid could not be held.
        """
        if not (math.isfinite(voxel_mm) and voxel_mm > 0.0):
            raise FacewrightError(f"A voxel of {voxel_mm:g} mm is not possible: give a length above 0.")
        step = COARSE * voxel_mm
        low = np.ceil(np.asarray(bounds_mm[0], dtype=float) / step) - 1
        high = np.floor(np.asarray(bounds_mm[1], dtype=float) / step) + 1
        if np.prod((high - low) * COARSE + 1) > MAX_SAMPLES:
            raise FacewrightError(f"Voxels of {voxel_mm:g} mm are too many to hold: choose a larger voxel.")
        x, y, z = (low * COARSE).astype(int).tolist()
        nx, ny, nz = ((high - low) * COARSE + 1).astype(int).tolist()
        return cls(voxel_mm, (x, y, z), (nx, ny, nz), np.asarray(bounds_mm))

    def points(self, indices: np.ndarray) -> np.ndarray:
        """Positions (N, 3) float32, mm, head frame, of samples (N, 3) counted from the first one."""
        return ((indices + np.asarray(self.low)) * self.voxel_mm).astype(np.float32)


@dataclass(frozen=True)
class Samples:
    """A signed distance on a grid.

    values : `grid.shape` float32, voxels, negative inside, of magnitude `SMALLEST` to `LARGEST`; where it was
    not evaluated, for no surface is near, ±∞ with the right sign.
    """

    grid: Grid
    values: np.ndarray

    @property
    def evaluated(self) -> int:
        """Number of samples whose distance was asked for."""
        return int(np.isfinite(self.values).sum())


def sample(distance: Distance, grid: Grid, cancelled: Callable[[], bool] | None = None) -> Samples:
    """Evaluate a distance on a grid where its surface is.

    Raises Cancelled as soon as `cancelled` answers true between two chunks of points, and FacewrightError if
    the distance is not a number somewhere.
    """
    read = reader(lambda indices: distance(grid.points(indices)), grid, cancelled)
    return Samples(grid, refine(read, grid.shape).values)


def reader(distance: Callable[[np.ndarray], np.ndarray], grid: Grid, cancelled: Callable[[], bool] | None) -> Read:
    """Read a distance (mm) at samples (N, 3) of a grid, chunk by chunk, into values as `Samples` holds them.

    What it returns raises what `sample` raises.
    """
    low, bounds = np.array(grid.low, dtype=np.float64), np.asarray(grid.bounds_mm, dtype=np.float64)

    def chunk(indices: np.ndarray) -> np.ndarray:
        if cancelled is not None and cancelled():
            raise Cancelled
        values, finite = _kept(np.asarray(distance(indices)), indices, low, grid.voxel_mm, bounds)
        if not finite:
            raise FacewrightError("The model gives distances that are not numbers: choose another model file.")
        return values

    def read(indices: np.ndarray) -> np.ndarray:
        starts = range(0, len(indices), CHUNK)
        return np.concatenate([np.empty(0, np.float32), *(chunk(indices[start : start + CHUNK]) for start in starts)])

    return read


@numba.njit(nogil=True, cache=True)
def _kept(distances, indices, low, voxel_mm, bounds):  # type: ignore[no-untyped-def]
    """Distances (N,) in mm at samples (N, 3) as `Samples` holds them, and whether all are numbers."""
    values, finite = np.empty(len(distances), np.float32), True
    for number in range(len(distances)):
        value = distances[number] / voxel_mm
        finite &= bool(np.isfinite(value))
        beyond = False
        for axis in range(3):
            place = np.float32((indices[number, axis] + low[axis]) * voxel_mm)
            beyond |= place <= bounds[0, axis] or place >= bounds[1, axis]
        size = min(max(abs(value), SMALLEST), LARGEST)
        values[number] = -size if value < 0.0 and not beyond else size
    return values, finite


class Refined(NamedTuple):
    """Values of a grid, and the cells (N,) int64 that the surface passes through, as in `core.surface.continuation`."""

    values: np.ndarray
    cells: np.ndarray


def refine(
    read: Read,
    shape: tuple[int, ...],
    *,
    draft: bool = False,
    then: Callable[[np.ndarray], object] = lambda values: None,
) -> Refined:
    """A grid of that shape, read where the surface is, from the coarsest lattice to the voxel.

    draft : read less of the last lattice, as `core.surface.continuation` has it; then : is given the values once all
    are read, before the cells are listed, and may begin to change them if no sign changes.
    """
    values = np.empty([(n - 1) // COARSE + 1 for n in shape], dtype=np.float32)
    _fill(read, values, COARSE, np.arange(values.size))
    near = _along_axes(np.abs(values), np.minimum) < REACH
    values = _halve(read, values, COARSE // 2, _crossed(values) | near)
    values = _halve(read, values, COARSE // 4, _crossed(values))
    refined = Refined(values, _flat(_crossed(values), values.shape))
    stride = COARSE // 8
    while stride:
        last = stride == 1
        refined = _followed(read, refined, stride, draft or not last, then if last else lambda values: None)
        stride //= 2
    return refined


def _flat(cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Cells (x, y, z) bool of a lattice of that shape as `core.surface.continuation` gives them."""
    wide = np.zeros(shape, dtype=bool)
    wide[:-1, :-1, :-1] = cells
    return np.flatnonzero(wide)


def _followed(read: Read, coarse: Refined, stride: int, draft: bool, then: Callable[[np.ndarray], object]) -> Refined:
    """The lattice of half the stride, read where the coarse one's surface leads: two thirds of what `_halve` reads.

    That surface is interpolated, to see which samples it asks for; then it asks for more where it was wrong.
    """
    values = _doubled(coarse.values)
    continuation = Continuation(values, np.zeros(values.shape, dtype=bool), draft=draft)
    continuation.run(_interpolated(values, coarse.cells), lambda samples: read(samples * stride))
    then(values)
    return Refined(values, continuation.close())


@numba.njit(nogil=True, cache=True)
def _interpolated(values, cells):  # type: ignore[no-untyped-def]
    """Give unknown samples of halved cells (N,) the sign of their known neighbours' mean; the halves (8 N,) int64."""
    halves = np.empty(8 * len(cells), np.int64)
    along_y, along_z = (values.shape[1] + 1) // 2, (values.shape[2] + 1) // 2
    for number in range(len(cells)):
        x, y = 2 * (cells[number] // (along_y * along_z)), 2 * (cells[number] // along_z % along_y)
        z = 2 * (cells[number] % along_z)
        for i in range(3):
            for j in range(3):
                for k in range(3):
                    if i == 1 or j == 1 or k == 1:
                        mean = 0.0
                        for corner in range(8):  # each end of an axis along which the sample lies between two
                            a = (2 if corner & 4 else 0) if i == 1 else i
                            b = (2 if corner & 2 else 0) if j == 1 else j
                            c = (2 if corner & 1 else 0) if k == 1 else k
                            mean += min(max(values[x + a, y + b, z + c], -_FAR), _FAR)  # ±∞ where it is not known
                        values[x + i, y + j, z + k] = -np.inf if mean < 0.0 else np.inf
        for corner in range(8):
            i, j, k = x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)
            halves[8 * number + corner] = (i * values.shape[1] + j) * values.shape[2] + k
    return halves


def _fill(read: Read, values: np.ndarray, stride: int, flat: np.ndarray) -> None:
    """Read samples of a lattice, given by their flat index."""
    values.reshape(-1)[flat] = read(np.column_stack(np.unravel_index(flat, values.shape)) * stride)


def _halve(read: Read, coarse: np.ndarray, stride: int, cells: np.ndarray) -> np.ndarray:
    """The lattice of half the stride, read in `cells` of the coarse one and wherever the surface goes on."""
    values = _doubled(coarse)
    halved = np.zeros_like(cells)
    while cells.any():
        halved |= cells
        _fill(read, values, stride, _unknown(values, np.argwhere(cells)))
        cells = _entered(values, np.argwhere(_grown(cells) & ~halved), halved.shape)
    return values


def _along_axes(values: np.ndarray, merge: np.ufunc) -> np.ndarray:
    """Merge the eight corners of every cell: (n, …) samples → (n − 1, …) cells."""
    for axis in range(3):
        ahead, behind = [slice(None)] * 3, [slice(None)] * 3
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        values = merge(values[tuple(behind)], values[tuple(ahead)])
    return values


def _crossed(values: np.ndarray) -> np.ndarray:
    """Cells with corners on both sides of the surface."""
    negative = values < 0.0
    return _along_axes(negative, np.logical_or) & ~_along_axes(negative, np.logical_and)


def _doubled(values: np.ndarray) -> np.ndarray:
    """The lattice of half the stride: known samples kept, those between at ±∞ with a neighbour's sign."""
    x, y, z = (2 * n - 1 for n in values.shape)
    doubled = _room(x, y, z)
    in_chunks(
        lambda layers: _double(values, doubled, layers.start, layers.stop), x, 1, x
    )  # it is memory that it waits for
    return doubled


@numba.njit(nogil=True, cache=True)
def _room(x, y, z):  # type: ignore[no-untyped-def]
    """An array without values. NumPy would ask for huge pages, which a virtual machine takes 30 ms to find."""
    return np.empty((x, y, z), np.float32)


@numba.njit(nogil=True, cache=True)
def _double(values, doubled, first, end):  # type: ignore[no-untyped-def]
    """`_doubled`, some layers of it."""
    signs = np.empty(values.shape[2], np.float32)
    for i in range(first, end):
        for j in range(doubled.shape[1]):
            row, target = values[i >> 1, j >> 1], doubled[i, j]
            for k in range(len(row)):
                signs[k] = math.copysign(np.float32(np.inf), row[k])
            sampled = signs if (i | j) & 1 else row
            for k in range(len(row) - 1):  # without a branch, so that it is compiled to vectors
                target[2 * k], target[2 * k + 1] = sampled[k], signs[k]
            target[2 * len(row) - 2] = sampled[len(row) - 1]


def _unknown(values: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Flat indices, each once and ascending, of the samples of halved cells (M, 3) that are yet to evaluate."""
    wanted = np.zeros(values.size, dtype=bool)
    for offset in _HALVED:
        wanted[np.ravel_multi_index(tuple((2 * cells + offset).T), values.shape)] = True
    flat = np.flatnonzero(wanted)
    return flat[np.isinf(values.reshape(-1)[flat])]


def _grown(cells: np.ndarray) -> np.ndarray:
    """Cells and all their neighbours."""
    return _along_axes(_along_axes(np.pad(cells, 1), np.logical_or), np.logical_or)


def _entered(values: np.ndarray, cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Which of the unhalved cells (M, 3) the surface enters: those with samples on both of its sides."""
    sums = np.zeros(len(cells), dtype=np.int8)
    for offset in _HALVED:
        sums += values[tuple((2 * cells + offset).T)] < 0.0
    entered = np.zeros(shape, dtype=bool)
    entered[tuple(cells[(sums > 0) & (sums < len(_HALVED))].T)] = True
    return entered
