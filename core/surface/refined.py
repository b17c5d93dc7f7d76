"""A head's surface as it is shown when the hand rests: its parts at half the voxel, all vertices and normals exact.

What is evaluated is kept together with the windows that held the points on their way (`core.network.window`). A part's
edit changes the distance only where that part's window did: elsewhere the last head's samples, vertices and normals
are the new one's to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from facewright.core.mesh import Mesh
from facewright.core.parts import CODES, LOCAL_PARTS
from facewright.core.surface.certified import unknown_corners
from facewright.core.surface.extraction import nothing_found
from facewright.core.surface.half_voxels import HalfVoxels, halved_grid
from facewright.core.surface.on_surface import OnSurface, onto_surface
from facewright.core.surface.patched_mesh import Surface
from facewright.core.surface.sampling import reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.surface.live import TracedField
    from facewright.core.surface.marching import Piece
    from facewright.core.surface.reach import Reach
    from facewright.core.surface.sampling import Grid, Read

    Cancel = Callable[[], bool] | None

_BITS: dict[CodeName, int] = {part: 1 << number for number, part in enumerate(LOCAL_PARTS)}
_APART = 2
"""Cells between those that a moving part's window touches and the first that stay halved; halving reaches one more."""

_KNOWN = 1 << 7
"""Set where it is known which windows hold a sample."""


class RefinedSamples(NamedTuple):
    """A head of which the surface is known at a grid's voxel.

    values : the grid's, as `core.surface.sampling.Samples` holds them, to which may be added;
    whole : all of the surface.
    """

    parameters: Parameters
    field: TracedField
    values: np.ndarray
    whole: Piece


class Refiner:
    """Refines one head after another of one model at one resolution, and keeps what the next may share."""

    def __init__(self, grid: Grid) -> None:
        """Nothing is known yet."""
        self._grid, self._half = grid, halved_grid(grid)
        self._parameters: Parameters | None = None
        self._windowed: frozenset[CodeName] = frozenset()
        self._forget_all()

    def refine(self, head: RefinedSamples, cancelled: Cancel = None) -> Surface:
        """The head as one connected closed surface, mm, head frame: the same for a head whatever came before.

        Cells whose corners are all in windows are halved; all vertices lie on Φ = 0, with the normal ∇Φ/|∇Φ|.
        Raises Cancelled once `cancelled` answers true, and FacewrightError as `core.surface.live` does.
        """
        self._forget(head.parameters)
        piece = self._halved(head, cancelled)
        keys, mesh = _largest(piece)
        exact = self._exact(head.field, keys, mesh.vertices, cancelled)
        return Surface(Mesh(exact.points, mesh.faces), exact.normals)

    def rest(self, head: RefinedSamples, reach: Reach, cancelled: Cancel = None) -> tuple[Piece, np.ndarray]:
        """All of the head that was refined last, ready for a hand that drags the part of `reach`; normals (V, 3).

        As `refine` has it where the part's code changes nothing, and as the grid has it in the cells that the part's
        window touches. Those about them are not halved, so that what these cells hold next fits without cracks.
        Raises Cancelled.
        """
        shape = head.values.shape
        chosen = _within(np.unique(head.whole.cells), self._windows)
        chosen = chosen[~reach.near(chosen, shape, _APART)]
        piece = head.whole
        if len(chosen):
            halves = HalfVoxels(head.values, piece, chosen, self._grid)
            piece = halves.surface(self._read(head.field, self._samples.moved(halves.low, halves.shape), cancelled))
        used = np.unique(piece.faces[~reach.touched(piece.cells, shape)])
        vertices, normals = piece.vertices.copy(), np.zeros_like(piece.vertices)
        exact = self._brought(head.field, piece.keys[used], vertices[used], cancelled)
        vertices[used], normals[used] = exact.points, exact.normals
        return piece._replace(vertices=vertices), normals

    def _forget_all(self) -> None:
        self._windows = np.zeros(self._grid.shape, np.uint8)
        self._samples = _Samples(np.zeros(3, np.int64), np.empty((0, 0, 0), np.float32), np.empty((0, 0, 0), np.uint8))
        self._keys, self._starts = np.empty(0, np.int64), np.empty((0, 3), np.float32)
        self._exact_before = OnSurface(self._starts, self._starts, np.empty(0, np.uint8))

    def _forget(self, parameters: Parameters) -> None:
        """Drop what is another for this head."""
        last, self._parameters = self._parameters, parameters
        changed = parameters.changed_from(last)
        if not self._windowed.issuperset(changed):
            self._forget_all()
        elif changed:
            bits = np.uint8(sum(_BITS[part] for part in changed))
            _clear(self._windows, bits)
            self._samples.values[(self._samples.windows & bits) != 0] = np.nan
            kept = (self._exact_before.bits & bits) == 0
            self._keys, self._starts = self._keys[kept], self._starts[kept]
            self._exact_before = OnSurface(*(each[kept] for each in self._exact_before))

    def _halved(self, head: RefinedSamples, cancelled: Cancel) -> Piece:
        """The surface with the cells of the parts at half the voxel."""
        cells = np.unique(head.whole.cells)
        unknown = _unknown_corners(cells, self._windows)
        held = head.field.carried(self._grid.points(unknown), CODES[-1])[1]
        self._windows[tuple(unknown.T)] = self._bits(held, len(unknown)) | np.uint8(_KNOWN)
        chosen = _within(cells, self._windows)
        if not len(chosen):
            return head.whole
        self._complete(head, chosen, cancelled)
        halves = HalfVoxels(head.values, head.whole, chosen, self._grid)
        self._samples = self._samples.moved(halves.low, halves.shape)
        return halves.surface(self._read(head.field, self._samples, cancelled))

    def _complete(self, head: RefinedSamples, cells: np.ndarray, cancelled: Cancel) -> None:
        """Read what corners of cells (N,) have no value yet, for no edge that the surface crosses ends there."""

        def distance(samples: np.ndarray) -> np.ndarray:
            return head.field.trace(head.field.carried(self._grid.points(samples))[0]).distance

        samples = unknown_corners(head.values, cells)
        head.values[tuple(samples.T)] = reader(distance, self._grid, cancelled)(samples)

    def _read(self, field: TracedField, memory: _Samples, cancelled: Cancel) -> Read:
        """Read samples of the halved grid, those that are known without asking."""

        def distance(samples: np.ndarray) -> np.ndarray:
            traced = field.trace(field.carried(self._half.points(samples))[0])
            memory.windows[tuple((samples - memory.low).T)] = self._bits(traced.inside, len(samples))
            return traced.distance

        ask = reader(distance, self._half, cancelled)

        def read(samples: np.ndarray) -> np.ndarray:
            places = tuple((samples - memory.low).T)
            values: np.ndarray = memory.values[places]
            unknown = np.isnan(values)
            values[unknown] = ask(samples[unknown])
            memory.values[places] = values
            return values

        return read

    def _exact(self, field: TracedField, keys: np.ndarray, starts: np.ndarray, cancelled: Cancel) -> OnSurface:
        """`_brought`, and remembered in the place of all before."""
        exact = self._brought(field, keys, starts, cancelled)
        order = np.argsort(keys)
        self._keys, self._starts = keys[order], starts[order]
        self._exact_before = OnSurface(*(each[order] for each in exact))
        return exact

    def _brought(self, field: TracedField, keys: np.ndarray, starts: np.ndarray, cancelled: Cancel) -> OnSurface:
        """Vertices brought onto the surface, those that are known without asking."""

        def probe(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            traced = field.trace(field.carried(points)[0])
            return traced.distance, self._bits(traced.inside, len(points))

        place = np.minimum(np.searchsorted(self._keys, keys), max(len(self._keys) - 1, 0))
        same = np.zeros(len(keys), dtype=bool)
        if len(self._keys):
            same = (self._keys[place] == keys) & (self._starts[place] == starts).all(axis=1)
        new = onto_surface(probe, starts[~same], self._grid.voxel_mm / 2.0, cancelled)
        return OnSurface(
            *(_merged(same, before[place[same]], now) for before, now in zip(self._exact_before, new, strict=True))
        )

    def _bits(self, inside: Mapping[CodeName, np.ndarray], count: int) -> np.ndarray:
        """Which windows held points, (N,) uint8."""
        self._windowed = frozenset(inside)
        bits = np.zeros(count, np.uint8)
        for part, within in inside.items():
            bits[within] |= np.uint8(_BITS[part])
        return bits


class _Samples(NamedTuple):
    """Samples of a box of the halved grid that begins at sample `low`: values, NaN where unknown, and their windows."""

    low: np.ndarray
    values: np.ndarray
    windows: np.ndarray

    def moved(self, low: np.ndarray, shape: tuple[int, ...]) -> _Samples:
        """What is known of them in another box."""
        new = _Samples(low, np.full(shape, np.nan, np.float32), np.zeros(shape, np.uint8))
        start = np.maximum(low, self.low)
        end = np.minimum(low + shape, self.low + self.values.shape)
        if (start < end).all():
            here = tuple(slice(a, b) for a, b in zip(start - low, end - low, strict=True))
            there = tuple(slice(a, b) for a, b in zip(start - self.low, end - self.low, strict=True))
            new.values[here], new.windows[here] = self.values[there], self.windows[there]
        return new


def _merged(present: np.ndarray, before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Rows of `before` where `present` (N,) bool, the others of `now`."""
    merged = np.empty((len(present), *now.shape[1:]), now.dtype)
    merged[present], merged[~present] = before, now
    return merged


def _largest(piece: Piece) -> tuple[np.ndarray, Mesh]:
    """The component of a surface that encloses most, and the edges of its vertices."""
    if not len(piece.faces):
        raise nothing_found()
    mesh = Mesh(piece.vertices, piece.faces)
    return piece.keys[mesh.in_largest], mesh.largest_component()


@numba.njit(nogil=True, cache=True)
def _clear(windows, bits):  # type: ignore[no-untyped-def]
    """Forget samples that one of the windows held."""
    flat = windows.reshape(-1)
    for number in range(len(flat)):
        if flat[number] & bits:
            flat[number] = 0


@numba.njit(nogil=True, cache=True)
def _unknown_corners(cells, windows):  # type: ignore[no-untyped-def]
    """The corners (M, 3) of cells (N,) whose windows are not known, each once; what is known is not touched."""
    along_y, along_z = windows.shape[1], windows.shape[2]
    corners, count = np.empty((8 * len(cells), 3), np.int64), 0
    for cell in cells:
        x, y, z = cell // (along_y * along_z), cell // along_z % along_y, cell % along_z
        for corner in range(8):
            i, j, k = x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)
            if windows[i, j, k] == 0:
                windows[i, j, k] = 1  # until it is known
                corners[count, 0], corners[count, 1], corners[count, 2] = i, j, k
                count += 1
    for number in range(count):
        windows[corners[number, 0], corners[number, 1], corners[number, 2]] = 0
    return corners[:count].copy()


@numba.njit(nogil=True, cache=True)
def _within(cells, windows):  # type: ignore[no-untyped-def]
    """Those of the cells (N,) whose corners are all held by windows."""
    along_y, along_z = windows.shape[1], windows.shape[2]
    chosen, count = np.empty(len(cells), np.int64), 0
    for cell in cells:
        x, y, z = cell // (along_y * along_z), cell // along_z % along_y, cell % along_z
        held = True
        for corner in range(8):
            held &= (windows[x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)] & 127) != 0
        if held:
            chosen[count] = cell
            count += 1
    return chosen[:count].copy()
