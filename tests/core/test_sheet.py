"""The nearest points of a surface that face the same way."""

import numpy as np
import pytest
import trimesh

from facewright.core.sheet import Sheet, shares_of, sheet_normals

BALL = trimesh.creation.icosphere(4, 50.0)
VERTICES, FACES = np.asarray(BALL.vertices), np.asarray(BALL.faces)
DIRECTIONS = VERTICES[::40] / 50.0


def test_the_nearest_point_of_a_ball_is_on_the_ray_through_its_middle():
    found = Sheet(VERTICES, FACES).nearest(53.0 * DIRECTIONS, DIRECTIONS, 3.0)
    np.testing.assert_allclose(found.point, 50.0 * DIRECTIONS, atol=0.3)
    np.testing.assert_allclose(found.distance, 3.0, atol=0.1)
    assert found.cosine.min() > 0.99
    placed = np.einsum("nk,nkc->nc", found.shares, VERTICES[found.corners])
    np.testing.assert_allclose(placed, found.point, atol=1e-9)
    assert found.within(3.5).all()
    assert not found.within(2.5).any()


def test_of_two_lips_the_one_that_faces_the_same_way_is_taken_though_it_is_farther():
    """Two sheets of 20 mm, the one at 0 facing up and the one at 2 facing down; a point at 1.5 that faces up."""
    square = np.array([[-10.0, -10.0], [10.0, -10.0], [10.0, 10.0], [-10.0, 10.0]])
    low, high = (np.column_stack([square, np.full(4, z)]) for z in (0.0, 2.0))
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 6, 5], [4, 7, 6]])
    sheet = Sheet(np.concatenate([low, high]), faces)
    at, up = np.array([[1.0, 2.0, 1.5]]), np.array([[0.0, 0.0, 1.0]])
    assert sheet.nearest(at, up, 3.0).point[0, 2] == pytest.approx(0.0, abs=1e-9)
    assert sheet.nearest(at, -up, 3.0).point[0, 2] == pytest.approx(2.0, abs=1e-9)
    assert not sheet.nearest(at, np.array([[1.0, 0.0, 0.0]]), 0.0).within(5.0).any()


def test_shares_put_points_back_and_normals_are_radial():
    rng = np.random.default_rng(0)
    corners, shares = rng.standard_normal((3, 10, 3)), rng.dirichlet((1.0, 1.0, 1.0), 10)
    np.testing.assert_allclose(shares_of(np.einsum("nk,knc->nc", shares, corners), list(corners)), shares, atol=1e-9)
    np.testing.assert_allclose(sheet_normals(VERTICES, FACES), VERTICES / 50.0, atol=0.01)
    flat = sheet_normals(np.zeros((3, 3)), np.array([[0, 1, 2]]))
    np.testing.assert_array_equal(flat, 0.0)
