"""Displacements of a face's space that are known everywhere, and can be undone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.mesh import Mesh

if TYPE_CHECKING:
    from facewright.core.anthropometry.rays import Distance

_UNDOING_STEPS, _SETTLED_MM, _LONGEST_UNDOING_MM = 20, 2e-3, 4.0


class Warp(ABC):
    """Points of a face moved by what is known of every place."""

    @property
    @abstractmethod
    def is_still(self) -> bool:
        """Whether nothing moves."""

    @abstractmethod
    def shift(self, points: np.ndarray) -> np.ndarray:
        """The displacement (N, 3) float64, mm, of points (N, 3), mm; exactly 0 where nothing is to move."""

    def moved(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) mm where they are moved to, in their own dtype; those that stay keep every bit."""
        shift = self.shift(points)
        result = np.array(points)
        rows = shift.any(axis=1)
        result[rows] = (points[rows] + shift[rows]).astype(result.dtype)
        return result

    def of_mesh(self, mesh: Mesh) -> Mesh:
        """A mesh with its vertices where they are moved to; the same one if nothing moves."""
        return mesh if self.is_still else Mesh(self.moved(mesh.vertices), mesh.faces)

    def undone(self, points: np.ndarray) -> np.ndarray:
        """Where points (N, 3) of the moved face were before: p = q − D(p), iterated.

        Each point's step is Anderson's (1965) of its last two: it ends sooner than the plain one, and where that
        would not end at all.
        """
        points = np.asarray(points, dtype=np.float64)
        if self.is_still:
            return points
        origin = points - self.shift(points)
        moving = np.flatnonzero((origin != points).any(axis=1))
        residual_before = step = np.zeros((len(moving), 3))
        for turn in range(_UNDOING_STEPS):
            if not len(moving):
                break
            residual = points[moving] - origin[moving] - self.shift(origin[moving])
            change = residual - residual_before
            share = (residual * change).sum(axis=1) / np.maximum(np.square(change).sum(axis=1), 1e-12)
            step = residual - (turn > 0) * share[:, None] * (step + change)
            length = np.linalg.norm(step, axis=1, keepdims=True)
            step *= np.minimum(1.0, _LONGEST_UNDOING_MM / np.maximum(length, 1e-12))
            origin[moving] += step
            unsettled = np.abs(residual).max(axis=1) > _SETTLED_MM
            moving, residual_before, step = moving[unsettled], residual[unsettled], step[unsettled]
        return origin

    def field(self, distance: Distance) -> Distance:
        """Φ of the moved face from Φ of the face before: the same at the place where a point was."""
        return distance if self.is_still else lambda points: distance(self.undone(points))


@dataclass(frozen=True, eq=False)
class Chain(Warp):
    """One displacement, and then another of what came of it."""

    first: Warp
    second: Warp

    @property
    def is_still(self) -> bool:
        """Whether nothing moves."""
        return self.first.is_still and self.second.is_still

    def shift(self, points: np.ndarray) -> np.ndarray:
        """The displacement (N, 3) float64, mm, of points (N, 3), mm."""
        own = self.first.shift(points)
        return own + self.second.shift(np.asarray(points, dtype=np.float64) + own)

    def undone(self, points: np.ndarray) -> np.ndarray:
        """Where points (N, 3) of the moved face were before."""
        return self.first.undone(self.second.undone(points))
