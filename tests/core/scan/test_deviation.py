"""Of two parts of balls, one 1 mm larger, one lies 1 mm out of the other, and nowhere where the other has ended."""

import numpy as np
import pytest
import trimesh

from facewright.core.mesh import Mesh
from facewright.core.scan.deviation import deviation


def cap(radius, least):
    """The part of a ball above a height, with its normals."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=radius)
    faces = ball.faces[(ball.vertices[ball.faces][..., 2] > least).all(axis=1)]
    used, index = np.unique(faces, return_inverse=True)
    vertices = ball.vertices[used].astype(np.float32)
    return Mesh(vertices, index.reshape(-1, 3).astype(np.int32)), vertices / radius


@pytest.mark.parametrize("radius", [51.0, 49.0])
def test_the_distance_is_along_the_normal_and_has_a_sign(radius):
    mesh, normals = cap(radius, 25.0)
    other, _ = cap(50.0, 10.0)
    np.testing.assert_allclose(deviation(mesh, normals, other), radius - 50.0, atol=0.06)


def test_what_the_other_surface_does_not_have_is_not_compared():
    mesh, normals = cap(51.0, 0.0)
    other, _ = cap(50.0, 20.0)
    away = deviation(mesh, normals, other)
    height = mesh.vertices[:, 2]
    assert np.isnan(away[height < 17.0]).all()
    assert np.isfinite(away[height > 25.0]).all()


def test_what_has_not_moved_is_exactly_0():
    mesh, normals = cap(50.0, 20.0)
    moved = mesh.vertices.copy()
    moved[mesh.vertices[:, 2] > 40.0] *= 1.02
    away = deviation(Mesh(moved, mesh.faces), normals, mesh)
    assert (away[mesh.vertices[:, 2] <= 40.0] == 0.0).all()
    np.testing.assert_allclose(away[mesh.vertices[:, 2] > 40.0], 1.0, atol=0.06)
