import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.rigid import Rigid, rigid


@pytest.mark.parametrize("weights", [None, np.arange(1.0, 21.0)])
def test_a_motion_is_found_from_what_it_moved(weights):
    rng = np.random.default_rng(0)
    points = rng.normal(0.0, 50.0, (20, 3))
    turn = Rotation.from_euler("xyz", [20.0, -130.0, 75.0], degrees=True)
    motion = Rigid(turn.as_matrix(), np.array([1.0, -7.0, 30.0]))
    again = rigid(points, motion(points), weights)
    np.testing.assert_allclose(again.rotation, motion.rotation, atol=1e-12)
    np.testing.assert_allclose(again.translation, motion.translation, atol=1e-10)
    assert again.degrees == pytest.approx(np.degrees(turn.magnitude()))


def test_a_mirror_image_is_answered_by_a_rotation():
    points = np.random.default_rng(0).normal(0.0, 50.0, (20, 3))
    assert np.linalg.det(rigid(points, points * [-1.0, 1.0, 1.0]).rotation) == pytest.approx(1.0)


def test_points_keep_their_dtype():
    assert Rigid(np.eye(3), np.ones(3))(np.zeros((2, 3), np.float32)).dtype == np.float32
