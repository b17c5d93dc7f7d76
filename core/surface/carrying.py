"""Points of the template carried to a head by its compiled field: the cascade's inverse, in a tenth of a second.

Newton's method as in `core.surface.cascade`, with the Jacobian of differences: three evaluations more, by the kernels
that evaluate every sample of a grid, in place of derivatives carried through all layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.surface.on_surface import onto_surface

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.field.field import Field

    Cancel = Callable[[], bool] | None

_DIFFERENCE_MM = 0.05
_ROUNDS = 24
_LONGEST_MM = 4.0
"""Newton's steps are cut to this length: far from the answer the cascade is not linear."""

_CONVERGED_MM = 2e-3
"""A point whose step was shorter than this stays."""

_ONTO_MM = 2.0
"""Longest step onto the surface."""


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
        values, jacobian = _slopes(field, here)
        error = template[moving] - values
        off[moving] = np.linalg.norm(error, axis=1)
        moving_on = off[moving] > _CONVERGED_MM
        if not moving_on.any():
            break
        moving, error, jacobian = moving[moving_on], error[moving_on], jacobian[moving_on]
        steps = _solved(jacobian, error)
        length = np.linalg.norm(steps, axis=1, keepdims=True)
        points[moving] += steps * np.minimum(1.0, _LONGEST_MM / np.maximum(length, 1e-9))
    return Carried(points, off)


def brought(field: Field, points: np.ndarray, longest_mm: float = _ONTO_MM, cancelled: Cancel = None) -> np.ndarray:
    """Points (N, 3) near a head's surface brought onto it along ∇Φ: (N, 3) float32; raises as `onto_surface`."""

    def probe(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return field.distance(at), np.zeros(len(at), np.uint8)

    return onto_surface(probe, points.astype(np.float32), longest_mm, cancelled).points


def _slopes(field: Field, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where points (n, 3) lie on the template, and the Jacobian (n, 3, 3), rows what moves."""
    ahead = np.repeat(points[:, None], 4, axis=1)
    axes = np.arange(3)
    ahead[:, axes + 1, axes] += np.float32(_DIFFERENCE_MM)
    lengths = ahead[:, axes + 1, axes].astype(np.float64) - points  # as rounded
    there = field.to_template(ahead.reshape(-1, 3)).reshape(-1, 4, 3).astype(np.float64)
    slopes = (there[:, 1:] - there[:, :1]) / lengths[:, :, None]
    return there[:, 0], slopes.transpose(0, 2, 1)


def _solved(jacobian: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Steps (n, 3) of Jacobians (n, 3, 3), by Cramer's rule; none where one is singular."""
    a, b, c = jacobian.transpose(2, 0, 1)  # columns
    volume = np.einsum("nc,nc->n", a, np.cross(b, c))
    sound = np.abs(volume) > 1e-6
    rows = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    steps: np.ndarray = np.einsum("nrc,nc->nr", rows, error) / np.where(sound, volume, 1.0)[:, None]
    return np.where(sound[:, None], steps, 0.0)
