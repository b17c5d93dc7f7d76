"""Points near a head's surface brought onto it, and the surface's normals there.

Newton's step along ∇Φ, and another where the first was long. The gradient is that of differences: an evaluation more
for each axis, by the same compiled network as every sample of the grid, in place of derivatives carried through all
its layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from facewright.core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    Probe = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    """points (N, 3) float32, mm, head frame → Φ (N,) float32, mm, and a set of bits (N,) uint8."""

DIFFERENCE_MM = 0.02
"""Length of a difference. Against the network's derivatives (`core.surface.cascade`), at vertices of the parts of a
random head, its direction is off by 0.07° on average and 1.6° at most; at 0.01 mm it is the rounding, at 0.05 the
lids' curvature that makes it worse."""

_LONG_MM, _OFF_MM = 0.01, 1e-4
"""A second step is for points that the first moved further than this, or left further off than that."""

_CHUNK = 8192
"""Points brought onto the surface at a time; between them, whether to go on."""


class OnSurface(NamedTuple):
    """Points on the surface.

    points : (N, 3) float32, mm; normals : (N, 3) float32, unit length, out of the head; bits : (N,) uint8, those that
    the probe gave for any point that was evaluated on the way.
    """

    points: np.ndarray
    normals: np.ndarray
    bits: np.ndarray


def onto_surface(
    probe: Probe, points: np.ndarray, longest_mm: float, cancelled: Callable[[], bool] | None = None
) -> OnSurface:
    """Bring points (N, 3) float32 onto the surface by one or two steps of up to `longest_mm`.

    No step is kept that leads away from it, to a larger |Φ|. Each point's result is the same to the last bit whatever
    points it comes with. Raises Cancelled once `cancelled` answers true.
    """
    chunks = []
    for start in range(0, len(points), _CHUNK):
        if cancelled is not None and cancelled():
            raise Cancelled
        chunks.append(_onto(probe, np.ascontiguousarray(points[start : start + _CHUNK]), longest_mm))
    empty = OnSurface(np.empty((0, 3), np.float32), np.empty((0, 3), np.float32), np.empty(0, np.uint8))
    return OnSurface(*(np.concatenate(each) for each in zip(empty, *chunks, strict=True)))


def _onto(probe: Probe, points: np.ndarray, longest: float) -> OnSurface:
    """`onto_surface` of one chunk."""
    distance, bits = probe(points)
    slope, bits = _slope(probe, points, distance, bits)
    first = _step(probe, points, distance, slope, longest)
    points, distance, bits = first.points, first.distance, bits | first.bits
    again = (first.length > _LONG_MM) | (np.abs(distance) > _OFF_MM)
    if again.any():
        slope[again], held = _slope(probe, points[again], distance[again], bits[again])
        second = _step(probe, points[again], distance[again], slope[again], longest)
        points[again], bits[again] = second.points, held | second.bits
    return OnSurface(points, _unit(slope), bits)


class _Step(NamedTuple):
    """Points (N, 3) after a step, Φ (N,) and bits (N,) there, and how long (N,) the step was that was tried, mm."""

    points: np.ndarray
    distance: np.ndarray
    bits: np.ndarray
    length: np.ndarray


def _step(probe: Probe, points: np.ndarray, distance: np.ndarray, slope: np.ndarray, longest: float) -> _Step:
    """Newton's step, where it leads no further away."""
    moved, length = _moved(points, distance, slope, longest)
    there, bits = probe(moved)
    nearer = np.abs(there) < np.abs(distance)
    return _Step(np.where(nearer[:, None], moved, points), np.where(nearer, there, distance), bits, length)


def _slope(probe: Probe, points: np.ndarray, distance: np.ndarray, bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """∇Φ (N, 3) float64 by forward differences, and the bits with those of the points evaluated for it."""
    ahead = np.repeat(points[:, None], 3, axis=1)
    axes = np.arange(3)
    ahead[:, axes, axes] += np.float32(DIFFERENCE_MM)
    lengths = ahead[:, axes, axes].astype(np.float64) - points  # as rounded
    there, held = probe(ahead.reshape(-1, 3))
    slope = (there.reshape(-1, 3).astype(np.float64) - distance[:, None]) / lengths
    return slope, bits | np.bitwise_or.reduce(held.reshape(-1, 3), axis=1)


@numba.njit(nogil=True, cache=True)
def _moved(points, distance, slope, longest):  # type: ignore[no-untyped-def]
    """Points (N, 3) after −Φ ∇Φ/|∇Φ|², cut to a length, and the length (N,)."""
    moved, lengths = np.empty_like(points), np.empty(len(points))
    for number in range(len(points)):
        size = np.sqrt(max(slope[number, 0] ** 2 + slope[number, 1] ** 2 + slope[number, 2] ** 2, 1e-12))
        lengths[number] = min(abs(distance[number]) / size, longest)
        share = -np.sign(distance[number]) * lengths[number] / size
        for axis in range(3):
            moved[number, axis] = points[number, axis] + share * slope[number, axis]
    return moved, lengths


@numba.njit(nogil=True, cache=True)
def _unit(slope):  # type: ignore[no-untyped-def]
    """Directions (N, 3) float32 of vectors (N, 3) float64."""
    unit = np.empty(slope.shape, np.float32)
    for number in range(len(slope)):
        square = slope[number, 0] ** 2 + slope[number, 1] ** 2 + slope[number, 2] ** 2
        for axis in range(3):
            unit[number, axis] = slope[number, axis] / np.sqrt(max(square, 1e-300))
    return unit
