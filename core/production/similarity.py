"""The similarity between two sets of points: a rotation, one scale and a translation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from facewright.core.rigid import rigid


class Similarity(NamedTuple):
    """Points (N, 3) go to scale · points @ rotationᵀ + translation; rotation (3, 3), translation (3,)."""

    rotation: np.ndarray
    scale: float
    translation: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) moved, float64."""
        return self.turned(points) + self.translation

    def turned(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors (..., 3) turned and scaled, float64."""
        moved: np.ndarray = self.scale * (vectors.astype(np.float64) @ self.rotation.T)
        return moved

    def undone(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) moved back, float64."""
        back: np.ndarray = (points.astype(np.float64) - self.translation) @ self.rotation / self.scale
        return back


def similarity(source: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> Similarity:
    """What carries points (N, 3) nearest to others (N, 3), weighted (N,) or not (Umeyama 1991)."""
    share = np.full(len(source), 1.0 / len(source)) if weights is None else weights / weights.sum()
    source, target = source.astype(np.float64), target.astype(np.float64)
    rotation = rigid(source, target, share).rotation
    centre, goal = share @ source, share @ target
    turned, there = (source - centre) @ rotation.T, target - goal
    scale = float((share @ (turned * there)).sum() / (share @ np.square(turned)).sum())
    return Similarity(rotation, scale, goal - scale * rotation @ centre)
