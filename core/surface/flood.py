"""Which samples of a grid the surface asks for: the unknown corners of the cells that it passes through.

A sample is unknown where its value is ±∞; its sign is then the one it was last seen with, or its neighbours'. A cell
whose corners have both signs needs all their values. Evaluating them may turn signs, whereupon other cells need
theirs, and so on until every cell with both signs is known. All of the surface that hangs together with a cell known
from the start is then sampled: where it leaves one cell it crosses the face of another, which has both signs too.
"""

from __future__ import annotations

import numba
import numpy as np

ASKED = np.float32(1e30)
"""Magnitude that a sample has while its value is asked for, with the sign that it had."""


@numba.njit(nogil=True, cache=True)
def _ask(values, x, y, z, found, count):  # type: ignore[no-untyped-def]
    """List the unknown corners of the cell at x, y, z if its corners have both signs; the new length of the list."""
    negative = 0
    for corner in range(8):
        negative += values[x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)] < 0.0
    if negative in (0, 8):
        return count
    for corner in range(8):
        i, j, k = x + (corner >> 2), y + ((corner >> 1) & 1), z + (corner & 1)
        if np.isinf(values[i, j, k]):
            values[i, j, k] = ASKED if values[i, j, k] > 0.0 else -ASKED
            found[count, 0], found[count, 1], found[count, 2] = i, j, k
            count += 1
    return count


@numba.njit(nogil=True, cache=True)
def asked(values, samples):  # type: ignore[no-untyped-def]
    """Samples (N, 3) int64 that the cells about `samples` (M, 3) need, now marked `ASKED` in values, the whole grid."""
    found, count = np.empty((27 * len(samples), 3), np.int64), 0
    for sample in range(len(samples)):
        for corner in range(8):
            x = samples[sample, 0] - (corner >> 2)
            y = samples[sample, 1] - ((corner >> 1) & 1)
            z = samples[sample, 2] - (corner & 1)
            if 0 <= x < values.shape[0] - 1 and 0 <= y < values.shape[1] - 1 and 0 <= z < values.shape[2] - 1:
                count = _ask(values, x, y, z, found, count)
    return found[:count].copy()
