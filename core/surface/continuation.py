"""Which samples of a grid the surface asks for: the unknown corners of the cells that it passes through.

A sample is unknown where its value is ±∞; its sign is then the one it was last seen with, or its neighbours'. A cell
whose corners have both signs needs all their values. Evaluating them may turn signs, whereupon other cells need
theirs, and so on until every cell with both signs is known. All of the surface that hangs together with a cell known
from the start is then sampled: where it leaves one cell it crosses the face of another, which has both signs too.

A draft asks for less: for the two ends of every cell edge that the surface crosses, which is all that marching cubes
reads. A corner without such an edge keeps the sign that it was taken to have. That is two thirds of the samples, and
misses what is thinner than a voxel and came to the surface's side without crossing it.

A cell is given by the flat index of its lowest corner, which has bit 0 of `core.surface.cube_cases`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from facewright.core.field.workers import in_chunks

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED = np.float32(1e30)
"""Magnitude that a sample has while its value is asked for, with the sign that it had."""

_SHARE = 16_384
"""Fewest cells or samples for a thread of their own."""


class Continuation:
    """The cells of a grid of values that the surface was followed through."""

    def __init__(self, values: np.ndarray, marks: np.ndarray, *, draft: bool = False) -> None:
        """No cell yet; values : the grid; marks : (same shape) bool, all false, work space until `close`."""
        self.values = values
        self._marks, self._draft = marks, draft
        self._visited = [np.empty(0, np.int64)]

    def run(self, cells: np.ndarray, read: Callable[[np.ndarray], np.ndarray]) -> None:
        """Follow the surface from cells (N,), reading the samples (N, 3) int64 that it asks for into the values.

        All cells that have both signs and whose values are not known are to be among them. Whether another has both
        changes where a sample turns out to have another sign than it was taken to have, and there alone.
        What `read` raises leaves values of ±`ASKED`.
        """
        samples = self._visited_by(_visit_cells, cells)
        while len(samples):
            turned = _put(self.values, samples, read(samples))
            samples = self._visited_by(_visit_about, samples[turned])

    def _visited_by(self, visit: Callable[..., tuple[np.ndarray, np.ndarray]], places: np.ndarray) -> np.ndarray:
        """Visit cells by or about some places (N, …), on all cores; the samples (M, 3) that they need.

        What two threads reach at once is listed by both.
        """
        seen: dict[int, tuple[np.ndarray, np.ndarray]] = {}

        def look(chunk: slice) -> None:
            seen[chunk.start] = visit(self.values, places[chunk], self._marks, self._draft)

        in_chunks(look, len(places), _SHARE, len(places))
        lists = [seen[start] for start in sorted(seen)]
        self._visited += [cells for cells, _ in lists]
        return np.concatenate([np.empty((0, 3), np.int64), *(samples for _, samples in lists)])

    def close(self) -> np.ndarray:
        """The cells (N,) int64, ascending, whose corners have both signs; the marks are all false again."""
        visited = np.sort(np.concatenate(self._visited))
        crossed = np.empty(len(visited), bool)
        in_chunks(
            lambda chunk: _crossed(self.values, visited, self._marks, chunk.start, chunk.stop, crossed),
            len(visited),
            _SHARE,
            len(visited),
        )
        return visited[crossed]


@numba.njit(nogil=True, cache=True)
def _visit(values, marks, draft, x, y, z, cells, cell_count, missing, count):  # type: ignore[no-untyped-def]
    """Mark the cell at x, y, z and list its unknown corners if it has both signs; the new lengths of both lists."""
    if marks[x, y, z] and not draft:
        return cell_count, count
    below = 0
    for corner in range(8):
        below |= (values[x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)] < 0.0) << corner
    if below in (0, 255):
        return cell_count, count
    if not marks[x, y, z]:
        marks[x, y, z] = True
        cells[cell_count] = (x * values.shape[1] + y) * values.shape[2] + z
        cell_count += 1
    wanted = 255
    if draft:  # corners that differ from one beside them
        wanted = below ^ ((below & 0x55) << 1 | (below & 0xAA) >> 1)
        wanted |= below ^ ((below & 0x33) << 2 | (below & 0xCC) >> 2)
        wanted |= below ^ ((below & 0x0F) << 4 | (below & 0xF0) >> 4)
    for corner in range(8):
        i, j, k = x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)
        if (wanted >> corner) & 1 and np.isinf(values[i, j, k]):
            values[i, j, k] = ASKED if values[i, j, k] > 0.0 else -ASKED
            missing[count, 0], missing[count, 1], missing[count, 2] = i, j, k
            count += 1
    return cell_count, count


@numba.njit(nogil=True, cache=True)
def _visit_cells(values, cells, marks, draft):  # type: ignore[no-untyped-def]
    """Those of the cells (N,) that have both signs, now marked, and samples (N, 3) int64 that they need."""
    visited, missing = np.empty(len(cells), np.int64), np.empty((8 * len(cells), 3), np.int64)
    cell_count, count = np.int64(0), np.int64(0)  # not literals, for which all would be compiled once more
    along_y, along_z = values.shape[1], values.shape[2]
    for cell in cells:
        x, y, z = cell // (along_y * along_z), cell // along_z % along_y, cell % along_z
        cell_count, count = _visit(values, marks, draft, x, y, z, visited, cell_count, missing, count)
    return visited[:cell_count].copy(), missing[:count].copy()


@numba.njit(nogil=True, cache=True)
def _put(values, samples, read):  # type: ignore[no-untyped-def]
    """Set samples (N, 3) to what was read (N,); which of them have another sign now."""
    turned = np.empty(len(samples), np.bool_)
    for sample in range(len(samples)):
        x, y, z = samples[sample, 0], samples[sample, 1], samples[sample, 2]
        turned[sample] = (values[x, y, z] < 0.0) != (read[sample] < 0.0)
        values[x, y, z] = read[sample]
    return turned


@numba.njit(nogil=True, cache=True)
def _visit_about(values, samples, marks, draft):  # type: ignore[no-untyped-def]
    """The same of the cells about samples (M, 3)."""
    visited, missing = np.empty(8 * len(samples), np.int64), np.empty((27 * len(samples), 3), np.int64)
    cell_count, count = np.int64(0), np.int64(0)
    for sample in range(len(samples)):
        for corner in range(8):
            x = samples[sample, 0] - (corner >> 2)
            y = samples[sample, 1] - ((corner >> 1) & 1)
            z = samples[sample, 2] - (corner & 1)
            if 0 <= x < values.shape[0] - 1 and 0 <= y < values.shape[1] - 1 and 0 <= z < values.shape[2] - 1:
                cell_count, count = _visit(values, marks, draft, x, y, z, visited, cell_count, missing, count)
    return visited[:cell_count].copy(), missing[:count].copy()


@numba.njit(nogil=True, cache=True)
def _crossed(values, cells, marks, first, end, crossed):  # type: ignore[no-untyped-def]
    """Which of the cells (N,), ascending, have both signs, each once, from `first` to `end`; their marks go."""
    along_y, along_z = values.shape[1], values.shape[2]
    for number in range(first, end):
        cell = cells[number]
        x, y, z = cell // (along_y * along_z), cell // along_z % along_y, cell % along_z
        marks[x, y, z] = False
        negative = 0
        for corner in range(8):
            negative += values[x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)] < 0.0
        crossed[number] = negative not in (0, 8) and (number == 0 or cells[number - 1] != cell)
