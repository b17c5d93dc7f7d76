"""What cameras about the face see of a surface."""

import numpy as np
import pytest

from facewright.core.mesh import Mesh
from facewright.train.evaluation.comparison import TrueHead
from facewright.train.evaluation.visibility import camera_ring, visible
from tests.train.ball import RADIUS, TIP, ball, quarters


def test_a_camera_sees_of_a_ball_what_is_above_its_horizon_and_out_of_shadows():
    """From 3 radii away the horizon is at a third of the radius; a small ball hides a cone from it."""
    mesh, moon = ball(50.0), ball(5.0, 3)
    points, camera = mesh.vertices.astype(float), np.array([[0.0, 0.0, 150.0]])
    seen = visible(points, points / 50.0, mesh, camera)
    assert seen[points[:, 2] > 19.0].all()
    assert not seen[points[:, 2] < 14.0].any()
    both = Mesh(
        np.concatenate([mesh.vertices, moon.vertices + np.array([0, 0, 75], np.float32)]),
        np.concatenate([mesh.faces, moon.faces + len(mesh.vertices)]),
    )
    hidden = seen & ~visible(points, points / 50.0, both, camera)
    assert np.hypot(*points[hidden, :2].T).max() == pytest.approx(6.9, abs=0.8)  # (150 − z) tan asin(5 / 75)
    again = visible(points, points / 50.0, both, camera + np.array([[0.0, 0.0, 0.0], [100.0, 0.0, 0.0]]))
    assert again[hidden].all()


def test_a_pit_that_no_camera_sees_into_is_left_out_of_what_is_seen(few_points):
    """A shaft into a ball is missing from its reconstruction: the whole surface is off, the seen one is not."""
    outer = ball(RADIUS)
    hole = np.linalg.norm(outer.vertices - [0.0, -RADIUS, 0.0], axis=1) < 10.0  # below, out of every camera's way
    pit = Mesh(outer.vertices + np.float32(50.0) * hole[:, None] * np.array([0, 1, 0], np.float32), outer.faces)
    truth = TrueHead(pit, quarters(outer), TIP, np.random.default_rng(0))
    found = truth.compare(outer, None)
    assert found.regions["full"].p2s_mean_mm > 5.0 * found.visible["full"].p2s_mean_mm
    assert 0.3 < found.visible["full"].share < 0.97
    truth = TrueHead(outer, quarters(outer), TIP, np.random.default_rng(0))
    found = truth.compare(pit, None)  # the shaft is the reconstruction's
    assert found.regions["full"].p2s_mean_mm > 5.0 * found.visible["full"].p2s_mean_mm


def test_cameras_stand_about_the_face():
    cameras = camera_ring(TIP)
    middle = TIP - [0.0, 0.0, 40.0]
    np.testing.assert_allclose(np.linalg.norm(cameras - middle, axis=1), 600.0)
    assert (cameras[:, 2] > middle[2] - 1.0).all()
    np.testing.assert_allclose(cameras[:, 0].mean(), 0.0, atol=1e-9)
