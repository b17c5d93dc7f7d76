"""The outline of a ball is a circle, of a part of one an arc; of two, two; beside them there is none."""

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


def test_a_part_of_a_ball_is_cut_in_one_arc_from_border_to_border():
    vertices, faces = ball([0.0, 0.0, 0.0])
    front = faces[(vertices[faces][..., 2] > -5.0).all(axis=1)]
    shuffled = front[np.random.default_rng(0).permutation(len(front))]
    (arc,) = sagittal_outline(Mesh(vertices, shuffled), 1.0)
    assert np.linalg.norm(np.diff(arc, axis=0), axis=1).max() < 10.0
    assert sorted(np.sign(arc[[0, -1], 1]).tolist()) == [-1.0, 1.0]
    assert arc[[0, -1], 0] == pytest.approx(-5.0, abs=10.0)


def test_faces_that_come_twice_do_no_harm():
    vertices, faces = ball([0.0, 0.0, 0.0])
    outlines = sagittal_outline(Mesh(vertices, np.concatenate([faces, faces[::3]])), 1.0)
    points = np.concatenate(outlines)
    assert np.linalg.norm(points, axis=1) == pytest.approx(50.0, abs=0.6)
