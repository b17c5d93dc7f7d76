"""Marching cubes over a list of cells: `core.surface.cube_cases` on a CPU, compiled on first use and kept on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from facewright.core.field.workers import in_chunks
from facewright.core.surface.cube_cases import COUNTS, EDGES, TRIANGLES

if TYPE_CHECKING:
    from facewright.core.surface.sampling import Grid

_SHARE = 16_384
"""Fewest cells for a thread of their own."""

_ENDS = np.ascontiguousarray(EDGES)
_AXIS = np.repeat(np.arange(3), 4)


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
    """The surface in cells (N,) int64, ascending, of a grid's values: known at both ends of every edge it crosses.

    known : (K,) int64, edges whose vertices exist already. They are vertices 0 to K − 1 of the faces and not among
    those that are returned, which are numbered from K on.
    """
    known = np.empty(0, np.int64) if known is None else known
    order, cases = np.argsort(known), np.empty(len(cells), np.uint8)
    in_chunks(lambda chunk: _classify(values, cells[chunk], cases[chunk]), len(cells), _SHARE, len(cells))
    low = np.array(grid.low)
    return Piece(*_march(values, cells, cases, known[order], order, low, grid.voxel_mm, COUNTS, TRIANGLES))


@numba.njit(nogil=True, cache=True)
def _classify(values, cells, cases):  # type: ignore[no-untyped-def]
    """Which of `core.surface.cube_cases` each cell (N,) is."""
    along_x, along_y, flat = values.shape[1] * values.shape[2], values.shape[2], values.ravel()
    for number in range(len(cells)):
        case = 0
        for corner in range(8):
            at = cells[number] + (corner >> 2) * along_x + ((corner >> 1) & 1) * along_y + (corner & 1)
            case |= (flat[at] < 0.0) << corner
        cases[number] = case


@numba.njit(nogil=True, cache=True)
def _march(values, cells, cases, known, order, low, voxel_mm, counts, triangles):  # type: ignore[no-untyped-def]
    """`Piece`'s fields; known : (K,) ascending, order : (K,) their vertices.

    Cells come layer by layer along x. Which vertex an edge has is remembered by its place in its layer, for two layers
    in turn: what has been there is told apart by its key.
    """
    along = np.array([values.shape[1] * values.shape[2], values.shape[2], 1])
    face_count, flat = 0, values.ravel()
    for number in range(len(cells)):
        face_count += counts[cases[number]]

    slots = 6 * along[0]
    ids, keys_there = np.empty(slots, np.int32), np.full(slots, -1, np.int64)
    keys, vertices = np.empty(3 * face_count, np.int64), np.empty((3 * face_count, 3), np.float32)
    faces, owners = np.empty((face_count, 3), np.int32), np.empty(face_count, np.int64)
    count, face, at_known = 0, 0, 0
    for number in range(len(cells)):
        cell = cells[number]
        end = 3 * (cell // along[0] + 2) * along[0]  # of the layers that the cell is in
        while at_known < len(known) and known[at_known] < end:
            slot = known[at_known] % slots
            keys_there[slot], ids[slot] = known[at_known], order[at_known]
            at_known += 1
        first = 3 * cell % slots
        for triangle in range(counts[cases[number]]):
            for place in range(3):
                edge = triangles[cases[number], triangle, place]
                corner, axis = _ENDS[edge, 0], _AXIS[edge]
                near = cell + (corner >> 2) * along[0] + ((corner >> 1) & 1) * along[1] + (corner & 1)
                key = 3 * near + axis
                slot = first + key - 3 * cell
                if slot >= slots:
                    slot -= slots
                if keys_there[slot] != key:
                    keys_there[slot], ids[slot] = key, len(known) + count
                    keys[count] = key
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
    return keys[:count].copy(), vertices[:count].copy(), faces, owners
