"""How a head's parts are turned and scaled against the topology's neutral head: what carries displacements over to it.

Deformation transfer (Sumner and Popović 2004) to first order: a displacement d of the neutral head is J d on another,
with J the similarity of the surroundings. For a part that is rigid it is the part's own, so that the part stays rigid.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.production.followers import nearest_means
from facewright.core.production.similarity import similarity

if TYPE_CHECKING:
    from facewright.core.production.followers import Followers, Frames

_AROUND_MM = 45.0
"""How wide the surroundings are, as the standard deviation of a normal distribution by √2."""

_NEAREST = 6
_LEAST_MM = 2.0

_LIDS_MM = 12.0
"""Up to about so far from the margins of the lids, displacements go with the lids."""


class LocalFrames:
    """The maps J of one topology."""

    def __init__(self, followers: Followers) -> None:
        """Weights, once; they are the neutral head's."""
        self._followers, topology = followers, followers.topology
        neutral, self._probes = topology.neutral.astype(np.float64), topology.probes
        at = neutral[self._probes]
        shares = np.exp(-np.square(np.linalg.norm(at[:, None] - at, axis=2) / _AROUND_MM))
        self._shares = shares / shares.sum(axis=1, keepdims=True)
        self._blend = nearest_means(neutral, at, _NEAREST, _LEAST_MM)
        margins = followers.lids.margins
        self._lids = [np.exp(-np.square(cKDTree(neutral[m]).query(neutral)[0] / _LIDS_MM)) for m in margins]

    def maps(self, vertices: np.ndarray, frames: Frames) -> np.ndarray:
        """J at every vertex, (V, 3, 3) float64, for a head (V, 3) and its frames."""
        neutral = self._followers.topology.neutral
        around = _similarities(neutral[self._probes].astype(np.float64), vertices[self._probes], self._shares)
        maps = (self._blend @ around.reshape(-1, 9)).reshape(-1, 3, 3)
        for margin, weights in zip(self._followers.lids.margins, self._lids, strict=True):
            lids = similarity(neutral[margin], vertices[margin])
            maps += weights[:, None, None] * (lids.scale * lids.rotation - maps)
        for name, piece in self._followers.rigid.items():
            frame = getattr(frames, name)
            maps[piece] = frame.scale * frame.rotation
        return maps


@lru_cache(maxsize=1)
def local_frames(followers: Followers) -> LocalFrames:
    """Those of a topology, made once."""
    return LocalFrames(followers)


def _similarities(at: np.ndarray, there: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Turned and scaled axes (p, 3, 3) of the similarities that carry points (n, 3) to others, weighted (p, n)."""
    here = at - (shares @ at)[:, None]
    goal = there - (shares @ there)[:, None]
    u, strength, v = np.linalg.svd(np.einsum("pn,pni,pnj->pij", shares, goal, here))
    sign = np.sign(np.linalg.det(u @ v))
    strength[:, 2] *= sign
    u[:, :, 2] *= sign[:, None]
    scale = strength.sum(axis=1) / np.einsum("pn,pni,pni->p", shares, here, here)
    turned: np.ndarray = scale[:, None, None] * (u @ v)
    return turned
