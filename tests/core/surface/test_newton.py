"""Newton's method onto Φ = 0, where Φ is a distance, where it is steep, and where it is flat."""

import numpy as np
import pytest

from facewright.core.surface.newton import newton_step

POINTS = np.random.default_rng(0).uniform((-60.0, -60.0, 140.0), (60.0, 60.0, 260.0), (200, 3))


@pytest.mark.parametrize("slope", [0.5, 1.0, 4.0])
def test_one_step_onto_a_sphere(slope):
    """Along a ray a ball's distance is linear, however steep."""
    length = np.linalg.norm(POINTS, axis=1)
    step = newton_step(slope * (length - 40.0), slope * POINTS / length[:, None])
    np.testing.assert_allclose(np.linalg.norm(POINTS + step, axis=1), 40.0, atol=1e-9)


def test_no_step_is_longer_than_asked_and_none_is_turned():
    distance, gradient = POINTS[:, 0], np.broadcast_to([1.0, 0.0, 0.0], POINTS.shape)
    whole, cut = newton_step(distance, gradient), newton_step(distance, gradient, longest=5.0)
    np.testing.assert_allclose(cut[:, 0], whole[:, 0].clip(-5.0, 5.0))
    assert not cut[:, 1:].any()


def test_where_the_distance_is_flat_a_step_stays_short():
    gradient = np.array([[1e-6, 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert np.abs(newton_step(np.array([1.0, 1.0]), gradient)).max() < 1e-4
