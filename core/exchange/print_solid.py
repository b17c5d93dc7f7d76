"""A patient's head as a closed body for a 3D printer: the model's head, drawn onto the scan where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import igl
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import cg

from facewright.core.errors import Cancelled
from facewright.core.exchange.patient import carried_points
from facewright.core.mesh import Mesh, border_vertices
from facewright.core.metrics import face_normals
from facewright.core.normals import look_inwards, vertex_normals
from facewright.core.surface.extraction import head_mesh

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.scan.fitted_scan import FittedScan

_FARTHEST_MM, _ALIKE = 4.0, 0.5
"""A scan is beside the head where it is so near, and its normal's cosine with the head's is so large."""

_SMOOTH, _FADE = 0.1, 0.002
"""Weights of an edge's jump, and of what has no scan beside it: where the scan ends, what it adds fades over some seven
vertices."""


def print_solid(
    model: HeadModel,
    fitted: FittedScan,
    parameters: Parameters,
    voxel_mm: float,
    cancelled: Callable[[], bool] | None = None,
) -> Mesh:
    """The edited head, closed, mm, head frame: on the carried scan where that is beside it, the model's elsewhere.

    Heights h over the model's surface minimise Σ (h − d)² where the scan is beside it, at the distance d along the
    normal, + 0.1 Σ (hᵢ − hⱼ)² over edges + 0.002 Σ h² elsewhere. Raises what `head_mesh` raises.
    """
    head = head_mesh(model, parameters, voxel_mm, cancelled)
    faces = fitted.scan.faces
    of_head = np.isfinite(fitted.fit.residual)
    faces = faces[of_head[faces].all(axis=1)]
    if not len(faces):
        return head
    normals = vertex_normals(head.vertices, head.faces).astype(np.float64)
    height, beside = _heights(head, normals, carried_points(model, fitted, parameters), faces)
    if cancelled is not None and cancelled():
        raise Cancelled
    smooth = _spread(head, height, beside)
    return Mesh((head.vertices + smooth[:, None] * normals).astype(np.float32), head.faces)


def _heights(head: Mesh, normals: np.ndarray, points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far out the scan is along each vertex's normal, (V,) mm, and whether it is beside it, (V,) bool."""
    if look_inwards(points, vertex_normals(points, faces)):
        faces = faces[:, ::-1]
    vertices, points = head.vertices.astype(np.float64), points.astype(np.float64)
    squared, face, nearest = igl.point_mesh_squared_distance(vertices, points, faces.astype(np.int64))
    rim = np.zeros(len(points), dtype=bool)
    rim[border_vertices(faces)] = True
    height = ((nearest - vertices) * normals).sum(axis=1)
    alike = (face_normals(points, faces)[face] * normals).sum(axis=1)
    beside = (squared < _FARTHEST_MM**2) & (alike > _ALIKE) & ~rim[faces[face]].any(axis=1)
    return height, beside


def _spread(head: Mesh, height: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """The heights (V,) that the equation of `print_solid` asks for."""
    count = len(head.vertices)
    laplacian = -sparse.csr_matrix(igl.adjacency_matrix(head.faces.astype(np.int64)), dtype=np.float64)
    laplacian.setdiag(-np.asarray(laplacian.sum(axis=1)).reshape(-1))
    weights = np.where(beside, 1.0, _FADE)
    system = sparse.diags(weights) + _SMOOTH * laplacian
    inverse = sparse.diags(1.0 / system.diagonal())
    solution, _ = cg(system, np.where(beside, height, 0.0), x0=np.zeros(count), rtol=1e-5, M=inverse, maxiter=2000)
    spread: np.ndarray = solution
    return spread
