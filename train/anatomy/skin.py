"""The skin of one mesh as a graph: what lies within an outline, what surrounds it, which rings surround a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components, dijkstra

from facewright.core.anatomy import Component

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.train.anatomy.outlines import Outline

COLLAR_MM = 12.0

FRONT_MM = 60.0
"""Parts lie in front of this z, mm."""


class Skin:
    """Positions, faces and the graph of the faces' edges and diagonals.

    positions : (n, 3) float64, mm; faces : (f, 4) int64, a triangle's last corner given twice; used : (n,) bool, the
    vertices that faces have; graph : (n, n) lengths, mm.
    """

    def __init__(self, positions: np.ndarray, polygons: np.ndarray) -> None:
        """positions : (n, 3) mm; polygons : (f, 4) int, -1 in a triangle's last place."""
        self.positions = np.asarray(positions, dtype=np.float64)
        polygons = np.asarray(polygons, dtype=np.int64)
        self.faces = np.where(polygons < 0, polygons[:, [2]], polygons)
        count = len(self.positions)
        self.used = np.zeros(count, dtype=bool)
        self.used[self.faces] = True
        pairs = np.concatenate([self.faces[:, [i, j]] for i in range(4) for j in range(i)])
        pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)  # two faces share an edge
        lengths = np.linalg.norm(self.positions[pairs[:, 0]] - self.positions[pairs[:, 1]], axis=1)
        graph = sparse.coo_array((lengths, (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
        self.graph = graph + graph.T

    def moved(self, positions: np.ndarray) -> Skin:
        """The same faces at other positions (n, 3) mm."""
        return Skin(positions, self.faces)

    def connected(self, allowed: np.ndarray, seed: int) -> np.ndarray:
        """The vertices (n,) bool that can be reached from `seed` along edges between allowed ones."""
        keep = np.flatnonzero(allowed)
        _, label = connected_components(self.graph[keep][:, keep], directed=False)
        reached = np.zeros(len(allowed), dtype=bool)
        reached[keep[label == label[np.searchsorted(keep, seed)]]] = True
        return reached

    def rings(self, loop: np.ndarray, most: int) -> np.ndarray:
        """Number of faces between each vertex and the loop, (n,) int64, up to `most`."""
        ring = np.full(len(self.positions), most)
        ring[loop] = 0
        for step in range(1, most):
            touched = np.unique(self.faces[(ring[self.faces] < step).any(axis=1)])
            ring[touched] = np.minimum(ring[touched], step)
        return ring

    def inside(self, outline: Outline, positions: np.ndarray | None = None) -> np.ndarray:
        """Vertices (n,) bool of a part: connected to its centre inside the outline, pockets behind it filled.

        positions : (n, 3) mm, where the skin lies in the outline's frame, if not where it is. None at all where the
        outline holds no vertex.
        """
        at = self.positions if positions is None else positions
        held = outline.holds(at) & (at[:, 2] > FRONT_MM) & self.used
        if not held.any():
            return held
        nearest = np.linalg.norm(at - outline.centre, axis=1)
        seed = np.flatnonzero(held)[np.argmin(nearest[held])]
        return self.filled(self.connected(held, int(seed)), at)

    def filled(self, region: np.ndarray, positions: np.ndarray | None = None) -> np.ndarray:
        """A region (n,) bool with what it cuts off from the back of the head."""
        at = self.positions if positions is None else positions
        away = np.flatnonzero(self.used & ~region)
        outside = self.connected(self.used & ~region, int(away[at[away, 2].argmin()]))
        return self.used & ~outside


def components(
    skin: Skin, outlines: Sequence[Outline], insides: Mapping[str, np.ndarray], hidden: np.ndarray
) -> tuple[Component, ...]:
    """Each part's vertices by the outline's name, (n,) bool, with rims and collars, without the hidden vertices."""
    taken = np.any(list(insides.values()), axis=0) | hidden
    parts = []
    for outline in outlines:
        inside = insides[outline.name]
        mixed = skin.faces[inside[skin.faces].any(axis=1) & ~inside[skin.faces].all(axis=1)]
        rim = np.intersect1d(mixed, np.flatnonzero(inside))
        away = dijkstra(skin.graph, indices=rim, min_only=True)
        collar = np.flatnonzero((away <= COLLAR_MM) & ~taken)
        parts.append(Component(outline.name, outline.part, np.flatnonzero(inside & ~hidden), rim, collar))
    return tuple(parts)
