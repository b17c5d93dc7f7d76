"""How far one surface lies from another, vertex by vertex."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.metrics import nearest_on_surface

if TYPE_CHECKING:
    from facewright.core.mesh import Mesh


def displacement(mesh: Mesh, normals: np.ndarray, other: Mesh) -> np.ndarray:
    """Signed distance (V,) float32 in mm from each vertex of a mesh to the other surface, positive outside of it.

    normals : (V, 3), out of the mesh. This is the distance to the *nearest* point of the other surface, which is not
    always the point that corresponds. Which side a vertex lies on is read from its own normal. Vertices that
    the other mesh has at the same place, to the bit, are 0 without being looked for.
    """
    result = np.zeros(len(mesh.vertices), dtype=np.float32)
    moved = ~np.isin(_rows(mesh.vertices), _rows(other.vertices))
    if moved.any():
        nearest = nearest_on_surface(mesh.vertices[moved], other.vertices, other.faces)
        outward = ((mesh.vertices[moved] - nearest.point) * normals[moved]).sum(axis=1)
        result[moved] = np.copysign(nearest.distance, outward)
    return result


def _rows(points: np.ndarray) -> np.ndarray:
    """Points (N, 3) float32 as (N,) values that are equal where all three coordinates are, to the bit."""
    return np.ascontiguousarray(points, dtype=np.float32).view("V12").ravel()
