"""Newton's method onto Φ = 0."""

from __future__ import annotations

import numpy as np

_FLATTEST = 0.1
"""Least |∇Φ|² that a step is divided by: where the distance is flat a step would lead anywhere."""


def newton_step(distance: np.ndarray, gradient: np.ndarray, longest: float | None = None) -> np.ndarray:
    """Steps (N, 3) −Φ ∇Φ / |∇Φ|² to where Φ is 0, if it is linear, from points with Φ (N,) and ∇Φ (N, 3).

    longest : steps are cut to this length, in the unit of Φ.
    """
    square = np.square(gradient).sum(axis=1, keepdims=True).clip(min=_FLATTEST)
    steps: np.ndarray = -distance[:, None] * gradient / square
    if longest is not None:
        lengths = np.linalg.norm(steps, axis=1, keepdims=True)
        steps *= np.minimum(1.0, longest / lengths.clip(min=1e-9))
    return steps
