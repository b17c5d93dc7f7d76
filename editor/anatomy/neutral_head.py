"""The one neutral head whose anatomy is made: its file's mesh, and where on it a hand is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import igl
import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from facewright.core.errors import FacewrightError
from facewright.core.scan.scan import Scan
from facewright.train.anatomy.skin import Skin
from facewright.train.data.mesh_files import SUFFIXES, read_mesh

if TYPE_CHECKING:
    from pathlib import Path

MESH_FILTER = f"Meshes ({' '.join(f'*{suffix}' for suffix in SUFFIXES)})"
"""For a file dialog."""


@dataclass(frozen=True, eq=False)
class NeutralHead:
    """A mesh in its file's unit, frame and order.

    vertices : (n, 3) float64; polygons : (P, 4) int32, -1 in a triangle's last place.
    """

    path: Path
    vertices: np.ndarray
    polygons: np.ndarray

    @cached_property
    def faces(self) -> np.ndarray:
        """Its triangles (F, 3) int32, a quad cut in two."""
        quads = self.polygons[self.polygons[:, 3] >= 0]
        return np.concatenate([self.polygons[:, :3], quads[:, [0, 2, 3]]])

    @cached_property
    def skin(self) -> Skin:
        """Its graph; lengths in the file's unit."""
        return Skin(self.vertices, self.polygons)

    @cached_property
    def pieces(self) -> np.ndarray:
        """The connected piece that each vertex belongs to, (n,) int32."""
        labels: np.ndarray = connected_components(self.skin.graph, directed=False)[1]
        return labels

    @cached_property
    def size(self) -> Scan:
        """The same surface as a scan, which guesses the unit from its extent."""
        return Scan(self.vertices[self.skin.used], np.empty((0, 3), dtype=np.int64))

    def corners_at(self, point: np.ndarray) -> np.ndarray:
        """The vertices (3,) of the face that a point (3,) of the surface lies on."""
        _, face, _ = self._tree.squared_distance(self.vertices, self._corners, np.asarray(point, dtype=float)[None])
        corners: np.ndarray = self._corners[face[0]]
        return corners

    def vertex_at(self, point: np.ndarray) -> int:
        """The one of them that is nearest to it."""
        corners = self.corners_at(point)
        return int(corners[np.linalg.norm(self.vertices[corners] - point, axis=1).argmin()])

    def within(self, path: np.ndarray, radius: float) -> np.ndarray:
        """Vertices (n,) bool no further than `radius` from points (k, 3), and joined to the last of them in there.

        The vertex that the last point lies at is always one of them.
        """
        near = np.zeros(len(self.vertices), dtype=bool)
        for indices in self._places.query_ball_point(path, radius):
            near[indices] = True
        touched = self.vertex_at(path[-1])
        near[touched] = True
        return self.skin.connected(near, touched)

    def neighbours(self, region: np.ndarray) -> np.ndarray:
        """A region (n,) bool and the vertices round it that share a face with it."""
        wider = region.copy()
        wider[self.skin.faces[region[self.skin.faces].any(axis=1)]] = True
        return wider

    @cached_property
    def _corners(self) -> np.ndarray:
        return self.faces.astype(np.int64)

    @cached_property
    def _tree(self) -> igl.AABB:
        tree = igl.AABB()
        tree.init(self.vertices, self._corners)
        return tree

    @cached_property
    def _places(self) -> cKDTree:
        return cKDTree(self.vertices)


def read_neutral_head(path: Path) -> NeutralHead:
    """Read a mesh file as training reads it, and make ready what a hand on it needs.

    Raises FacewrightError if it cannot be read, or is no surface of any size.
    """
    mesh = read_mesh(path)
    mesh = mesh.welded(mesh.weld())
    vertices, polygons = np.ascontiguousarray(mesh.vertices, dtype=np.float64), mesh.polygons
    if not len(vertices) or not len(polygons):
        raise FacewrightError(f"{path.name} is empty: export the head with its vertices and faces.")
    if not np.isfinite(vertices).all():
        raise FacewrightError(f"{path.name} has vertices whose positions are not finite numbers: mend it first.")
    head = NeutralHead(path, vertices, polygons)
    if not head.size.extent > 0.0:
        raise FacewrightError(f"{path.name} has no size, all its vertices are at one place: export it again.")
    head.corners_at(vertices[0])  # builds the tree here, off the GUI thread
    return head
