"""The distance to another surface, where it is known."""

from __future__ import annotations

import igl
import numpy as np

from facewright.core.displacement import displacement
from facewright.core.mesh import Mesh
from facewright.core.normals import vertex_normals


def sphere(radius: float) -> Mesh:
    """An icosphere of that radius, mm."""
    vertices, faces = igl.icosahedron()
    for _ in range(4):
        vertices, faces = igl.upsample(vertices, faces)
        vertices = vertices / np.linalg.norm(vertices, axis=1, keepdims=True)
    return Mesh((radius * vertices).astype(np.float32), faces.astype(np.int32))


def test_spheres_of_one_centre_are_their_radii_apart_with_a_sign() -> None:
    small, large = sphere(50.0), sphere(52.0)
    np.testing.assert_allclose(displacement(large, vertex_normals(large.vertices, large.faces), small), 2.0, atol=0.06)
    np.testing.assert_allclose(displacement(small, vertex_normals(small.vertices, small.faces), large), -2.0, atol=0.06)


def test_a_surface_is_nowhere_from_itself_and_only_moved_vertices_are_away() -> None:
    mesh = sphere(50.0)
    assert not displacement(mesh, vertex_normals(mesh.vertices, mesh.faces), mesh).any()
    vertices = mesh.vertices.copy()
    vertices[7] *= 1.1
    moved = Mesh(vertices, mesh.faces)
    found = displacement(moved, vertex_normals(moved.vertices, moved.faces), mesh)
    assert found[7] > 4.0
    assert np.count_nonzero(found) == 1
