"""The rigid motion between two sets of points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Rigid(NamedTuple):
    """A rotation (3, 3) and a translation (3,): points (N, 3) go to points @ rotationᵀ + translation."""

    rotation: np.ndarray
    translation: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) moved, in their own dtype."""
        moved: np.ndarray = (points @ self.rotation.T + self.translation).astype(points.dtype, copy=False)
        return moved

    @property
    def degrees(self) -> float:
        """The angle of the rotation."""
        return float(np.degrees(np.arccos(np.clip((np.trace(self.rotation) - 1.0) / 2.0, -1.0, 1.0))))


def rigid(source: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> Rigid:
    """The motion that carries points (N, 3) nearest to others (N, 3), weighted (N,) or not (Kabsch 1976)."""
    share = np.full(len(source), 1.0 / len(source)) if weights is None else weights / weights.sum()
    centre, goal = share @ source, share @ target
    u, _, vt = np.linalg.svd(((target - goal) * share[:, None]).T @ (source - centre))
    rotation = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
    return Rigid(rotation, goal - rotation @ centre)
