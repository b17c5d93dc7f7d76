"""Breadths across a ridge and a ball, whose chords are known in closed form."""

import numpy as np
import pytest

from facewright.core.anthropometry.breadths import WALL_SHARE, projection, side_walls, tip_sides
from facewright.core.anthropometry.rays import run

AXES = np.eye(3)
LINE = {"n": np.array([1.0, 40.0, 100.0]), "prn": np.array([1.0, 0.0, 100.0])}


def ridge(radius, hump=0.0):
    """A bridge that is a cylinder along n–prn with its crest `hump` over it."""

    def distance(points):
        return np.hypot(points[:, 0] - 1.0, points[:, 2] - (100.0 + hump - radius)) - radius

    return distance


@pytest.mark.parametrize("percent", [20, 50])
def test_a_bridge_is_as_wide_as_the_chord_at_its_depth(percent):
    left, right = run(ridge(12.0), side_walls(percent, LINE, AXES))
    depth = 40.0 * WALL_SHARE
    assert left[0] - right[0] == pytest.approx(2.0 * np.sqrt(12.0**2 - (12.0 - depth) ** 2), abs=0.03)
    np.testing.assert_allclose(left[1:], [40.0 - 0.4 * percent, 100.0 - depth], atol=1e-9)
    assert left[0] + right[0] == pytest.approx(2.0, abs=1e-3)


def test_walls_that_are_narrowed_are_narrower_by_so_much_whatever_the_hump():
    def narrowed(points):
        walls = np.abs(points[:, 0] - 1.0) - (10.0 if (points[:, 1] > 20.0).all() else 8.0)
        return np.maximum(walls, points[:, 2] - 103.0)

    left, right = run(narrowed, side_walls(20, LINE, AXES))
    assert left[0] - right[0] == pytest.approx(20.0, abs=1.0)  # walls along the rays: to the next ray
    left, right = run(narrowed, side_walls(60, LINE, AXES))
    assert left[0] - right[0] == pytest.approx(16.0, abs=1.0)


def test_a_face_without_walls_has_no_width():
    flat = run(lambda points: points[:, 2] - 100.0, side_walls(35, LINE, AXES))
    assert np.isnan(flat[:, 0]).all()


def test_a_tip_is_as_wide_as_a_ball_is_there():
    points = {"ac_l": np.array([18.0, 0, 0]), "ac_r": np.array([-18.0, 0, 0]), "prn": np.array([0, 0, 30.0])}
    way, length = projection(points, AXES)
    np.testing.assert_allclose([*way, length], [0, 0, 1, 30])
    left, right = run(lambda at: np.linalg.norm(at - [0, 0, 15.0], axis=1) - 15.0, tip_sides(points, AXES))
    assert left[0] - right[0] == pytest.approx(24.0, abs=0.05)
