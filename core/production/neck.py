"""The neck's end and the shoulders: what no model gives, joined to the skin above it.

Training heads end below the chin, some of them in a rim that rolls outwards; shoulders are nobody's. Both follow the
neck above: they are the topology's own, by the similarity of a band of it, bent as little as joins them to it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse.linalg import SuperLU, splu
from scipy.spatial import cKDTree

from facewright.core.production.similarity import similarity
from facewright.core.production.topology import SKIN

if TYPE_CHECKING:
    from scipy import sparse

    from facewright.core.production.topology import Topology
    from facewright.core.production.welded import Welded

_BELOW_MM, _BAND_BELOW_MM = -70.0, -60.0
"""Skin above that, on the neutral head, is neither shoulders, nor the band."""

_END_MM, _BAND_MM = 34.0, 35.0
"""How far above the shoulders the neck's end goes, and how wide the band above that is."""

_RIM_MM, _ROLLED_MM = 10.0, 0.5
"""A rim as wide as the first, that is further than the second from where it would join on average, is rolled."""


class _Join(NamedTuple):
    """What is joined: free, outer (n,) vertices; band : vertices of the neck above; how the free follow the outer."""

    free: np.ndarray
    outer: np.ndarray
    band: np.ndarray
    solver: SuperLU
    coupling: sparse.csr_array


class Neck:
    """Of one topology. shoulders, end : (V,) bool, the skin that no surface gives, and what of the neck is above it."""

    def __init__(self, topology: Topology, welded: Welded) -> None:
        """Distances on the neutral head."""
        self._neutral, self._welded = topology.neutral.astype(np.float64), welded
        skin = np.zeros(len(self._neutral), dtype=bool)
        skin[topology.vertices_of(*SKIN)] = True
        self.shoulders = skin & ~topology.on_surface & (self._neutral[:, 1] < _BELOW_MM)
        self._away = np.full(len(skin), np.inf)
        on_surface = topology.on_surface & (self._neutral[:, 1] < _BAND_BELOW_MM)
        self._away[on_surface] = cKDTree(self._neutral[self.shoulders]).query(self._neutral[on_surface])[0]
        self.end = (self._away < _END_MM) & (self._neutral[:, 1] < _BELOW_MM)
        self._join = lru_cache(maxsize=2)(self._joint)

    def joined(self, vertices: np.ndarray, *, end: bool) -> np.ndarray:
        """A head (V, 3) float64, mm, with shoulders, and with a neck's end if that is wanted too."""
        join = self._join(end)
        base = similarity(self._neutral[join.band], vertices[join.band])(self._neutral)
        placed = vertices.astype(np.float64)
        bent = join.solver.solve(join.coupling @ (placed - base)[join.outer])
        placed[join.free] = base[join.free] - bent
        return placed

    def is_rolled(self, vertices: np.ndarray) -> bool:
        """Whether the neck of a head (V, 3), mm, ends in a rim that goes its own way."""
        rim = self._away < _RIM_MM
        way = self.joined(vertices, end=True)[rim] - vertices[rim]
        return bool(np.linalg.norm(way, axis=1).mean() > _ROLLED_MM)

    def _joint(self, end: bool) -> _Join:
        free = self.shoulders | self.end if end else self.shoulders
        begins = _END_MM if end else 0.0
        band = np.flatnonzero((self._away >= begins) & (self._away < begins + _BAND_MM) & ~free)
        sheet = self._welded.vertices
        inner = np.flatnonzero(free[sheet])
        rows = self._welded.energy[inner]
        outer = np.setdiff1d(np.unique(rows.indices), inner)
        return _Join(sheet[inner], sheet[outer], band, splu(rows[:, inner].tocsc()), rows[:, outer])
