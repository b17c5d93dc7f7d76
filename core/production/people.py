"""How what is inside a head varies with its skin, over people: a linear model, fitted to the skin of a head at hand.

Displacements d of the probes from the neutral head are B c + noise, with c the coefficients of the topology's
variation, each N(0, 1), and of a similarity, which may be large. The handles' are M c, c being the most likely one, and
what of the probes' B c leaves over, from the nearest ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from facewright.core.production.topology import Topology

_NOISE_MM = 0.5
_SIMILAR = (30.0, 30.0, 30.0, 0.1, 0.1, 0.1, 0.3)
"""Standard deviations of a similarity's translation, mm, rotation, radians, and logarithm of scale."""

_NEAREST = 6


class People:
    """What the probes of a head say of its handles."""

    def __init__(self, topology: Topology) -> None:
        """Solve for the most likely coefficients of any head, once."""
        probes, handles = topology.neutral[topology.probes], topology.neutral[topology.handles]
        centre, count = probes.mean(axis=0), len(probes)
        similar = _similar(np.concatenate([probes, handles]) - centre)
        both = np.concatenate([topology.variation, similar]).astype(np.float64)  # (k + 7, p + h, 3)
        self._probes, self._handles = topology.probes, topology.handles
        self._neutral = topology.neutral
        self._seen = both[:, :count].reshape(len(both), -1)
        self._moves = both[:, count:].reshape(len(both), -1)
        spread = np.concatenate([np.ones(len(topology.variation)), _SIMILAR])
        precision = self._seen @ self._seen.T / _NOISE_MM**2 + np.diag(spread**-2.0)
        self._gain = np.linalg.solve(precision, self._seen) / _NOISE_MM**2
        away, self._near = cKDTree(probes).query(handles, k=_NEAREST)
        weights = 1.0 / away.clip(1.0) ** 2
        self._share = weights / weights.sum(axis=1, keepdims=True)

    def handles(self, vertices: np.ndarray) -> np.ndarray:
        """Where the handles (h, 3) float64, mm, are in a head (V, 3) of which the probes are read."""
        seen = (vertices[self._probes] - self._neutral[self._probes]).astype(np.float64)
        likely = self._gain @ seen.ravel()
        left = seen - (likely @ self._seen).reshape(-1, 3)
        moved = (likely @ self._moves).reshape(-1, 3) + np.einsum("hn,hnc->hc", self._share, left[self._near])
        placed: np.ndarray = self._neutral[self._handles] + moved
        return placed


def _similar(points: np.ndarray) -> np.ndarray:
    """How points (n, 3) move with a translation, a rotation and a scale: (7, n, 3)."""
    axes = np.eye(3)
    translations = [np.tile(axis, (len(points), 1)) for axis in axes]
    rotations = [np.cross(axis, points) for axis in axes]
    return np.stack([*translations, *rotations, points])
