"""How far one surface lies from another that has borders, such as what was achieved from what was planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.mesh import border_vertices
from facewright.core.metrics import nearest_on_surface

if TYPE_CHECKING:
    from facewright.core.mesh import Mesh

_REACH_MM = 10.0
"""What is further away is hair, or nothing that was scanned both times."""

_ON_EDGE = 1e-3
"""Barycentric coordinate below which a point is on an edge."""


def deviation(mesh: Mesh, normals: np.ndarray, other: Mesh) -> np.ndarray:
    """How far each vertex of a mesh lies out of another one, along the normal, (V,) float32 mm.

    normals : (V, 3), out of the mesh. NaN where the nearest point is on the other's border, or more than 10 mm away:
    there is nothing to compare with.
    """
    result = np.zeros(len(mesh.vertices), np.float32)
    apart = np.flatnonzero(~_shared(mesh.vertices, other.vertices))
    if not len(apart):
        return result
    points, normals = mesh.vertices[apart].astype(np.float64), normals[apart]
    distance, face, foot = nearest_on_surface(points, other.vertices, other.faces)
    away = np.copysign(distance, ((points - foot) * normals).sum(axis=1))
    away[(distance > _REACH_MM) | _at_border(other, face, foot)] = np.nan
    result[apart] = away
    return result


def _shared(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which of points (N, 3) are at the place that the same row of others (M, 3) has, (N,) bool."""
    if points.shape != others.shape:
        return np.zeros(len(points), bool)
    shared: np.ndarray = (points == others).all(axis=1)
    return shared


def _at_border(mesh: Mesh, face: np.ndarray, foot: np.ndarray) -> np.ndarray:
    """Which feet (N, 3) on faces (N,) of a mesh lie on its border, (N,) bool."""
    import trimesh  # late, as in core.mesh

    corners = mesh.vertices[mesh.faces[face]].astype(np.float64)
    border = np.isin(mesh.faces[face], border_vertices(mesh.faces))
    share = trimesh.triangles.points_to_barycentric(corners, foot)
    beyond = share < _ON_EDGE  # of the edge between the other two corners
    edge = np.roll(border, -1, axis=1) & np.roll(border, -2, axis=1)
    return (beyond & edge).any(axis=1) | ((share > 1.0 - _ON_EDGE) & border).any(axis=1)
