"""A triangle mesh, and nothing about where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import trimesh
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


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
        surface = trimesh.Trimesh(self.vertices, self.faces, process=False)
        return bool(surface.is_watertight and surface.is_winding_consistent)

    @cached_property
    def components(self) -> np.ndarray:
        """Connected component of each vertex, (V,) int32, numbered from 0."""
        start, end = self.faces[:, :2].ravel(), self.faces[:, 1:].ravel()
        edges = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(len(self.vertices),) * 2)
        labels: np.ndarray = connected_components(edges, directed=False)[1]
        return labels

    @property
    def component_count(self) -> int:
        """Number of connected components."""
        return int(self.components.max(initial=-1)) + 1

    def largest_component(self) -> Mesh:
        """The connected component that encloses the largest volume, its vertices in the order they had.

        Volumes are signed: a cavity within the head, whose faces look inwards, encloses less than nothing.
        """
        if self.component_count <= 1:
            return self
        volume = np.bincount(self.components[self.faces[:, 0]], face_volumes(self.vertices, self.faces))
        kept = self.components == volume.argmax()
        number = np.cumsum(kept, dtype=np.int32) - 1
        return Mesh(self.vertices[kept], number[self.faces[kept[self.faces[:, 0]]]])


def face_volumes(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Signed volume (F,) float64 between each of faces (F, 3) and the origin, in the cubed unit of vertices (V, 3).

    Over a closed surface whose faces look outwards they sum to what it encloses (the divergence theorem).
    """
    a, b, c = np.asarray(vertices, dtype=np.float64)[faces].transpose(1, 0, 2)
    volumes: np.ndarray = np.einsum("fi,fi->f", a, np.cross(b, c)) / 6.0
    return volumes
