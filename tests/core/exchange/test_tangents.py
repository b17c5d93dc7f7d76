"""The tangents that a normal map is read by."""

import numpy as np
import pytest

from facewright.core.exchange.tangents import tangents


@pytest.mark.parametrize("mirrored", [False, True])
def test_on_a_slanted_square_they_run_along_u_and_tell_what_is_mirrored(mirrored):
    u, v = np.array([0.6, 0.0, 0.8]), np.array([0.0, 1.0, 0.0])
    uv = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    vertices = uv[:, :1] * u + uv[:, 1:] * v
    normal = np.cross(u, v)
    image = uv * ((-1.0, 1.0) if mirrored else (1.0, 1.0))
    found = tangents(vertices, np.tile(normal, (4, 1)), image, np.array([[0, 1, 2], [0, 2, 3]]))
    sign = -1.0 if mirrored else 1.0
    np.testing.assert_allclose(found, np.tile([*(sign * u), sign], (4, 1)), atol=1e-6)
    bitangent = np.cross(normal, found[0, :3]) * found[0, 3]
    np.testing.assert_allclose(bitangent, v, atol=1e-6)


def test_on_a_ball_they_are_square_to_the_normals_and_without_uvs_something():
    rng = np.random.default_rng(0)
    normals = rng.normal(size=(30, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    triangles = rng.permutation(30).reshape(10, 3)
    for uv in (rng.random((30, 2)), np.zeros((30, 2))):
        found = tangents(normals, normals, uv, triangles)
        np.testing.assert_allclose(np.linalg.norm(found[:, :3], axis=1), 1.0, atol=1e-5)
        np.testing.assert_allclose((found[:, :3] * normals).sum(axis=1), 0.0, atol=1e-5)
        assert (np.abs(found[:, 3]) == 1.0).all()
