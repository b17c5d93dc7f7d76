"""Samples whose sign is known before their distance: a third of the arithmetic where the surface does not pass.

Which cells a surface passes through is a matter of signs, and away from it a table of SDFNet gives them for certain
(`core.field.field.Field.approach`). Marching cubes reads distances at the ends of the edges that it crosses and nowhere
else, so the network is asked at those alone. They are what they would be had it been asked everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from facewright.core.field.kernels import TILE
from facewright.core.field.workers import WORKERS, in_chunks
from facewright.core.surface.sampling import reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from facewright.core.field.compiled_stages import Approached
    from facewright.core.surface.sampling import Grid

    Approach = Callable[[np.ndarray], Approached]
    """samples (N, 3) → what is known of them, distances in mm."""

    Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]
    """p₅ (N, 3) and ε (N,) of samples → their distances (N,), mm."""


class CertifiedSamples:
    """Reads samples of a grid, first their signs, then the distances that matter."""

    def __init__(
        self, approach: Approach, measure: Measure, grid: Grid, cancelled: Callable[[], bool] | None = None
    ) -> None:
        """Nothing is read yet."""
        self._approach, self._measure, self._grid, self._cancelled = approach, measure, grid, cancelled
        self._certain: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._settling: Iterator[bool] = iter(())

    def read(self, samples: np.ndarray) -> np.ndarray:
        """As `core.surface.sampling.reader` has it, but for the magnitude of what is certain. Raises the same."""
        values = np.empty(len(samples), np.float32)

        def read(chunk: slice) -> None:
            values[chunk] = reader(self._distance, self._grid, self._cancelled)(samples[chunk])

        in_chunks(read, len(samples), TILE)
        return values

    def _distance(self, samples: np.ndarray) -> np.ndarray:
        there = self._approach(samples)
        certain = np.flatnonzero(~there.exact)
        flat = np.ravel_multi_index(tuple(samples.take(certain, axis=0).T), self._grid.shape)
        self._certain.append((flat, there.template.take(certain, axis=0), there.correction.take(certain)))
        return there.distance

    def settle(self, values: np.ndarray) -> None:
        """Begin to ask for the distances of samples that were read into `values`, the whole grid, where they matter.

        That is beside a sample of other sign. The others are ±∞ from then on, as samples are that were never read.
        """
        self._settling = WORKERS.map(lambda piece: self._settle(values, *piece), self._certain)

    def settled(self) -> bool:
        """Wait until that is done: whether all have the sign that they were said to have. Raises what `read` raises."""
        return all(self._settling)

    def _settle(self, values: np.ndarray, flat: np.ndarray, template: np.ndarray, correction: np.ndarray) -> bool:
        ends = _ends(values, flat)
        chosen = np.flatnonzero(ends)
        samples = np.column_stack(np.unravel_index(flat.take(chosen), values.shape))
        distance = self._measure(template.take(chosen, axis=0), correction.take(chosen))
        settled = reader(lambda _: distance, self._grid, self._cancelled)(samples)
        return bool(_put(values, flat, ends, settled))


@numba.njit(nogil=True, cache=True)
def _ends(values, flat):  # type: ignore[no-untyped-def]
    """Which of samples (N,) of a grid have a neighbour along an axis with another sign."""
    ends = np.empty(len(flat), np.bool_)
    along = (values.shape[1] * values.shape[2], values.shape[2], 1)
    of = values.reshape(-1)
    for number in range(len(flat)):
        at, below, end = flat[number], of[flat[number]] < 0.0, False
        for axis in range(3):
            place = at // along[axis] % values.shape[axis]
            if place > 0:
                end |= (of[at - along[axis]] < 0.0) != below
            if place < values.shape[axis] - 1:
                end |= (of[at + along[axis]] < 0.0) != below
        ends[number] = end
    return ends


@numba.njit(nogil=True, cache=True)
def _put(values, flat, ends, settled):  # type: ignore[no-untyped-def]
    """Set samples (N,) that are `ends` to what is settled (M,), the others to ±∞; whether all signs stay."""
    of, at, same = values.reshape(-1), 0, True
    for number in range(len(flat)):
        below = of[flat[number]] < 0.0
        if ends[number]:
            same &= (settled[at] < 0.0) == below
            of[flat[number]] = settled[at]
            at += 1
        else:
            of[flat[number]] = -np.inf if below else np.inf
    return same


def unknown_corners(values: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The corners (M, 3) of a grid's cells (N,), as in `core.surface.continuation`, that have no value, each once."""
    x, y, z = np.unravel_index(cells, values.shape)
    flat = [np.ravel_multi_index((x + i, y + j, z + k), values.shape) for i, j, k in np.ndindex(2, 2, 2)]
    corners = np.unique(np.concatenate(flat))
    unknown = corners[np.isinf(values.reshape(-1)[corners])]
    return np.column_stack(np.unravel_index(unknown, values.shape))
