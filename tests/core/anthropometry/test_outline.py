"""The outline of a ball is a circle; of two, two; beside them there is none."""

import numpy as np
import pytest
import trimesh

from facewright.core.anthropometry.outline import sagittal_outline
from facewright.core.mesh import Mesh


def ball(centre):
    sphere = trimesh.creation.icosphere(subdivisions=3, radius=50.0)
    return (sphere.vertices + centre).astype(np.float32), sphere.faces.astype(np.int32)


def test_a_ball_is_cut_in_a_circle():
    mesh = Mesh(*ball([3.0, 5.0, 7.0]))
    (circle,) = sagittal_outline(mesh, 33.0)
    np.testing.assert_array_equal(circle[0], circle[-1])
    radii = np.linalg.norm(circle - [7.0, 5.0], axis=1)
    assert radii == pytest.approx(40.0, abs=0.6)
    assert np.linalg.norm(np.diff(circle, axis=0), axis=1).max() < 10.0


def test_two_balls_are_cut_in_two_circles_and_a_plane_beside_them_cuts_nothing():
    (first, faces), (second, more) = ball([0.0, 0.0, 0.0]), ball([0.0, 200.0, 0.0])
    mesh = Mesh(np.concatenate([first, second]), np.concatenate([faces, more + len(first)]))
    heights = sorted(float(loop[:, 1].mean()) for loop in sagittal_outline(mesh, 10.0))
    assert heights == pytest.approx([0.0, 200.0], abs=5.0)
    assert sagittal_outline(mesh, 60.0) == []
