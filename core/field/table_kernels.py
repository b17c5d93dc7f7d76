"""Values between the samples of a `core.field.template_table.TemplateTable`, compiled on first use and kept on disk."""

from __future__ import annotations

import math

import numba
import numpy as np

from facewright.core.field.template_table import BRICK


@numba.njit(nogil=True, fastmath={"contract"}, inline="always")
def _cubic(t):  # type: ignore[no-untyped-def]
    """Catmull-Rom weights of four samples for a point between the second and the third, at 0 ≤ t < 1."""
    half = np.float32(0.5)
    u = np.float32(1.0) - t
    return (
        -half * t * u * u,
        np.float32(1.0) - half * t * t * (np.float32(5.0) - np.float32(3.0) * t),
        np.float32(1.0) - half * u * u * (np.float32(5.0) - np.float32(3.0) * u),
        -half * u * t * t,
    )


@numba.njit(nogil=True, fastmath={"contract"})
def _interpolated(table, x, y, z):  # type: ignore[no-untyped-def]
    """SDFNet at a point from the first of the table's lattices that has it, NaN if none does."""
    for lattice in range(len(table.start)):
        u = (x + np.float32(1.0)) / table.spacing[lattice]
        v = (y + np.float32(1.0)) / table.spacing[lattice]
        w = (z + np.float32(1.0)) / table.spacing[lattice]
        i, j, k = math.floor(u), math.floor(v), math.floor(w)
        shape = table.shape[lattice]
        place = ((i // BRICK) * shape[1] + j // BRICK) * shape[2] + k // BRICK
        if min(i, j, k) < 0 or i >= BRICK * shape[0] or j >= BRICK * shape[1] or k >= BRICK * shape[2]:
            continue
        number = table.directory[table.start[lattice] + place]
        if number < 0:
            continue
        brick = table.values[number]
        across, up = _cubic(np.float32(v - j)), _cubic(np.float32(w - k))
        i, j, k = i % BRICK, j % BRICK, k % BRICK
        first = second = third = fourth = np.float32(0.0)
        for a, along in enumerate(_cubic(np.float32(u - math.floor(u)))):
            for b in range(4):
                share, row = along * across[b], brick[i + a, j + b]
                first += share * row[k]
                second += share * row[k + 1]
                third += share * row[k + 2]
                fourth += share * row[k + 3]
        value = up[0] * first + up[1] * second + up[2] * third + up[3] * fourth
        if not np.isnan(value):
            return value
    return np.float32(np.nan)


@numba.njit(nogil=True, cache=True)
def interpolate(table, points, out):  # type: ignore[no-untyped-def]
    """SDFNet into out (N,) at points (N, 3) of the template's space; which points (M,) the table does not have."""
    missing, count = np.empty(len(points), np.int64), 0
    for point in range(len(points)):
        out[point] = _interpolated(table, points[point, 0], points[point, 1], points[point, 2])
        if np.isnan(out[point]):
            missing[count] = point
            count += 1
    return missing[:count].copy()
