"""Points of the template carried to a head by its compiled field: the cascade's inverse, in a tenth of a second.

Newton's method as in `core.surface.cascade`, with the Jacobian of differences: three evaluations more, by the kernels
that evaluate every sample of a grid, in place of derivatives carried through all layers. From a head nearby the
Jacobian of that one does (the chord method), in a tenth of that time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.surface.on_surface import onto_surface

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.field.field import Field
    from facewright.core.surface.sampling import Distance

    Cancel = Callable[[], bool] | None

_DIFFERENCE_MM = 0.05
_ROUNDS = 24
_LONGEST_MM = 4.0
"""Newton's steps are cut to this length: far from the answer the cascade is not linear."""

_CONVERGED_MM = 2e-3
"""A point whose step was shorter than this stays."""

_ONTO_MM = 2.0
"""Longest step onto the surface."""

_CHORDS, _NEAR_MM, _ASTRAY_MM = 3, 0.04, 0.1
"""Steps by another head's Jacobian; a point so near to its place stays, and one that is further off by then is looked
for by its own."""


class Carried(NamedTuple):
    """Points of a head.

    points : (N, 3) float32, mm; off : (N,) float32, mm, how far the cascade carries each from its place.
    """

    points: np.ndarray
    off: np.ndarray


def carried(field: Field, template: np.ndarray, start: np.ndarray) -> Carried:
    """The points of a head that its cascade carries to `template` (N, 3), mm, looked for from `start` (N, 3)."""
    points = start.astype(np.float32)
    off = np.full(len(points), np.inf, dtype=np.float32)
    moving = np.arange(len(points))
    for _ in range(_ROUNDS):
        here = points[moving]
        values, jacobian = slopes(field, here)
        error = template[moving] - values
        off[moving] = np.linalg.norm(error, axis=1)
        moving_on = off[moving] > _CONVERGED_MM
        if not moving_on.any():
            break
        moving, error, jacobian = moving[moving_on], error[moving_on], jacobian[moving_on]
        points[moving] += _step(jacobian, error)
    return Carried(points, off)


def followed(field: Field, template: np.ndarray, start: np.ndarray, jacobian: np.ndarray) -> np.ndarray:
    """The points (N, 3) float32, mm, that the cascade carries to `template` (N, 3), within 0.1 mm, from those nearby.

    start, jacobian : where they are on another head, (N, 3) mm, and its `slopes`, (N, 3, 3). What is not found goes
    along with what is found beside it.
    """
    points, moving, error = start.astype(np.float32), np.arange(len(start)), template - field.to_template(start)
    for _ in range(_CHORDS):
        moving_on = np.linalg.norm(error, axis=1) > _NEAR_MM
        moving, error = moving[moving_on], error[moving_on]
        if not len(moving):
            break
        points[moving] += _step(jacobian[moving], error)
        error = template[moving] - field.to_template(points[moving])
    astray = moving[np.linalg.norm(error, axis=1) > _ASTRAY_MM]
    if len(astray):
        there = carried(field, template[astray], start[astray])
        points[astray] = there.points
        found = np.ones(len(points), dtype=bool)
        found[astray] = there.off < _ASTRAY_MM
        if found.any() and not found.all():
            beside = np.flatnonzero(found)[cKDTree(template[found]).query(template[~found])[1]]
            points[~found] = start[~found] + points[beside] - start[beside]
    return points


def brought(
    distance: Distance, points: np.ndarray, longest_mm: float = _ONTO_MM, cancelled: Cancel = None
) -> np.ndarray:
    """Points (N, 3) near a head's surface brought onto it along ∇Φ: (N, 3) float32; raises as `onto_surface`."""

    def probe(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return distance(at), np.zeros(len(at), np.uint8)

    return onto_surface(probe, points.astype(np.float32), longest_mm, cancelled).points


def slopes(field: Field, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where points (n, 3) lie on the template, and the Jacobian (n, 3, 3), rows what moves."""
    ahead = np.repeat(points[:, None], 4, axis=1)
    axes = np.arange(3)
    ahead[:, axes + 1, axes] += np.float32(_DIFFERENCE_MM)
    lengths = ahead[:, axes + 1, axes].astype(np.float64) - points  # as rounded
    there = field.to_template(ahead.reshape(-1, 3)).reshape(-1, 4, 3).astype(np.float64)
    slopes = (there[:, 1:] - there[:, :1]) / lengths[:, :, None]
    return there[:, 0], slopes.transpose(0, 2, 1)


def _step(jacobian: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Newton's steps (n, 3), none longer than the cascade is linear."""
    steps = _solved(jacobian, error)
    length = np.linalg.norm(steps, axis=1, keepdims=True)
    short: np.ndarray = steps * np.minimum(1.0, _LONGEST_MM / np.maximum(length, 1e-9))
    return short


def _solved(jacobian: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Steps (n, 3) of Jacobians (n, 3, 3), by Cramer's rule; none where one is singular."""
    a, b, c = jacobian.transpose(2, 0, 1)  # columns
    volume = np.einsum("nc,nc->n", a, np.cross(b, c))
    sound = np.abs(volume) > 1e-6
    rows = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    steps: np.ndarray = np.einsum("nrc,nc->nr", rows, error) / np.where(sound, volume, 1.0)[:, None]
    return np.where(sound[:, None], steps, 0.0)
