"""A triangle mesh, and nothing about where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Mesh:
    """A triangle surface.

    vertices : (V, 3) float32, mm, head frame; faces : (F, 3) int32, counter-clockwise seen from outside.
    """

    vertices: np.ndarray
    faces: np.ndarray

    @cached_property
    def height_mm(self) -> float:
        """Extent along y."""
        return float(np.ptp(self.vertices[:, 1]))

    @cached_property
    def watertight(self) -> bool:
        """Whether the surface is closed: every edge lies in exactly two faces, which agree on what is outside."""
        import trimesh  # late: it takes a quarter of a second to load, and the first window does without

        surface = trimesh.Trimesh(self.vertices, self.faces, process=False)
        return bool(surface.is_watertight and surface.is_winding_consistent)

    @cached_property
    def components(self) -> np.ndarray:
        """Connected component of each vertex, (V,) int32, numbered from 0."""
        from facewright.core.mesh_kernels import connected, numbered  # by numba, which takes a second to import

        labels, _ = numbered(connected(len(self.vertices), self.faces))
        return labels.astype(np.int32)

    @property
    def component_count(self) -> int:
        """Number of connected components."""
        return int(self.components.max(initial=-1)) + 1

    @cached_property
    def in_largest(self) -> np.ndarray:
        """Which vertices, (V,) bool, are in the connected component that encloses the largest volume.

        Volumes are signed: a cavity within the head, whose faces look inwards, encloses less than nothing.
        """
        if self.component_count <= 1:
            return np.ones(len(self.vertices), dtype=bool)
        from facewright.core.mesh_kernels import face_volumes

        volume = np.bincount(self.components[self.faces[:, 0]], face_volumes(self.vertices, self.faces))
        in_largest: np.ndarray = self.components == volume.argmax()
        return in_largest

    def largest_component(self) -> Mesh:
        """That component, its vertices in the order they had."""
        kept = self.in_largest
        if kept.all():
            return self
        number = np.cumsum(kept, dtype=np.int32) - np.int32(1)
        own = np.flatnonzero(kept.take(self.faces[:, 0]))  # many times faster than by a mask
        return Mesh(self.vertices.take(np.flatnonzero(kept), axis=0), number.take(self.faces.take(own, axis=0)))


def border_vertices(faces: np.ndarray) -> np.ndarray:
    """The vertices (n,), ascending, of those edges of faces (F, 3) that one face alone has."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    edges = edges[np.lexsort(edges.T)]
    same = (edges[1:] == edges[:-1]).all(axis=1)
    alone = ~(np.append(same, False) | np.append(False, same))[: len(edges)]
    return np.unique(edges[alone])
