"""Marching cubes over a list of cells: `core.surface.cube_cases` on a CPU, compiled on first use and kept on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from facewright.core.surface.cube_cases import COUNTS, EDGES, TRIANGLES

if TYPE_CHECKING:
    from facewright.core.surface.sampling import Grid

_ENDS = np.ascontiguousarray(EDGES)
_AXIS = np.repeat(np.arange(3), 4)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Piece(NamedTuple):
    """Some of a grid's surface.

    keys : (V,) int64, the grid edge that each vertex lies on: three times the flat index of its lower sample, plus its
    axis; vertices : (V, 3) float32, mm, head frame; faces : (F, 3) int32; cells : (F,) int64, the cell of each face.
    """

    keys: np.ndarray
    vertices: np.ndarray
    faces: np.ndarray
    cells: np.ndarray


def march(values: np.ndarray, cells: np.ndarray, grid: Grid, known: np.ndarray | None = None) -> Piece:
    """The surface in cells (N,) int64 of a grid's values, all of whose corners are known.

    known : (K,) int64, edges whose vertices exist already. They are vertices 0 to K − 1 of the faces and not among
    those that are returned, which are numbered from K on.
    """
    known = np.empty(0, np.int64) if known is None else known
    slots = 1 << (4 * (len(known) + len(cells)) + 64).bit_length()
    while True:
        full, *piece = _march(values, cells, known, slots, np.array(grid.low), grid.voxel_mm, COUNTS, TRIANGLES)
        if not full:
            return Piece(*piece)
        slots *= 4


@numba.njit(nogil=True, cache=True, inline="always")
def _slot(table, key):  # type: ignore[no-untyped-def]
    """Where a key is in an open-addressing hash table, or where it belongs."""
    mask = np.uint64(len(table) - 1)
    slot = ((np.uint64(key) * _MULTIPLIER) >> np.uint64(32)) & mask
    while table[slot] not in (-1, key):
        slot = (slot + np.uint64(1)) & mask
    return slot


@numba.njit(nogil=True, cache=True)
def _march(values, cells, known, slots, low, voxel_mm, counts, triangles):  # type: ignore[no-untyped-def]
    """Whether more slots (a power of two) are needed; `Piece`'s fields."""
    along = np.array([values.shape[1] * values.shape[2], values.shape[2], 1])
    cases, face_count = np.empty(len(cells), np.uint8), 0
    flat = values.ravel()
    for number in range(len(cells)):
        case = 0
        for corner in range(8):
            at = cells[number] + (corner >> 2) * along[0] + ((corner >> 1) & 1) * along[1] + (corner & 1)
            case |= (flat[at] < 0.0) << corner
        cases[number] = case
        face_count += counts[case]

    table, ids = np.full(slots, -1, np.int64), np.empty(slots, np.int32)
    for vertex in range(len(known)):
        slot = _slot(table, known[vertex])
        table[slot], ids[slot] = known[vertex], vertex
    most = slots // 2  # so full is the table at most: where cells share their edges, a third of it suffices
    keys, vertices = np.empty(most, np.int64), np.empty((most, 3), np.float32)
    faces, owners = np.empty((face_count, 3), np.int32), np.empty(face_count, np.int64)
    count, face = 0, 0
    for number in range(len(cells)):
        if len(known) + count + 12 > most:
            return True, keys, vertices, faces, owners
        cell = cells[number]
        for triangle in range(counts[cases[number]]):
            for place in range(3):
                edge = triangles[cases[number], triangle, place]
                corner, axis = _ENDS[edge, 0], _AXIS[edge]
                near = cell + (corner >> 2) * along[0] + ((corner >> 1) & 1) * along[1] + (corner & 1)
                slot = _slot(table, 3 * near + axis)
                if table[slot] < 0:
                    table[slot], ids[slot] = 3 * near + axis, len(known) + count
                    keys[count] = 3 * near + axis
                    here, there = abs(np.float64(flat[near])), abs(np.float64(flat[near + along[axis]]))
                    for a in range(3):
                        whole = np.float64(near // along[0] if a == 0 else near // along[1] % values.shape[1] if a == 1
                                           else near % along[1])  # fmt: skip
                        share = here / (here + there) if a == axis else 0.0
                        vertices[count, a] = (whole + low[a] + share) * voxel_mm  # the same from any first sample
                    count += 1
                faces[face, place] = ids[slot]
            owners[face] = cell
            face += 1
    return False, keys[:count].copy(), vertices[:count].copy(), faces, owners
