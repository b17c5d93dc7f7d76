"""Eyeballs seated in their lids: the sphere that a head's surface is between the lids."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_ROUNDS = 6
_NOISE_MM, _CENTRE_MM, _RADIUS_MM = 0.6, 2.0, 0.5
"""Standard deviations: of points off the sphere, whose errors go together, and of the sphere that is expected."""


class Sphere(NamedTuple):
    """centre : (3,) float64, mm; radius in mm."""

    centre: np.ndarray
    radius: float


def fitted_sphere(points: np.ndarray, expected: Sphere | None = None) -> Sphere:
    """The sphere nearest to points (n, 3), mm, and, if one is expected, not far from that (Gauss-Newton)."""
    points = points.astype(np.float64)
    rows = np.column_stack([2.0 * points, np.ones(len(points))])
    if expected is None:
        *centre, rest = np.linalg.lstsq(rows, np.square(points).sum(axis=1))[0]
        return Sphere(np.array(centre), float(np.sqrt(rest + np.square(centre).sum())))
    start = np.array([*expected.centre, expected.radius])
    prior = np.diag(np.array([_CENTRE_MM] * 3 + [_RADIUS_MM]) ** -2.0)
    sphere = start
    for _ in range(_ROUNDS):
        out = points - sphere[:3]
        far = np.linalg.norm(out, axis=1, keepdims=True)
        slopes = np.column_stack([-out / far, -np.ones(len(out))])
        error = far[:, 0] - sphere[3]
        step = slopes.T @ error / _NOISE_MM**2 + prior @ (sphere - start)
        sphere = sphere - np.linalg.solve(slopes.T @ slopes / _NOISE_MM**2 + prior, step)
    return Sphere(sphere[:3], float(sphere[3]))
