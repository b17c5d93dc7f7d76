"""Middles of bends that are known in closed form: they stay where they are when the head is turned, and under noise."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.midline import at_levels, centre, middle
from facewright.core.anthropometry.rays import run

AXES = np.eye(3)


def valley(points):
    """A face with a hollow of 5 mm about y = 3."""
    return points[:, 2] - 90.0 + 5.0 * np.exp(-(((points[:, 1] - 3.0) / 8.0) ** 2))


def ends():
    around = np.array([[0, -20.0, 90.0], [0, 26.0, 90.0]])
    return run(valley, at_levels((-20.0, 26.0), around, np.zeros(3), AXES))


def test_levels_are_met_where_the_profile_has_them():
    first, last = ends()
    assert (first[1], last[1]) == pytest.approx((-20.0, 26.0))
    np.testing.assert_allclose(valley(np.stack([first, last])), 0.0, atol=1e-3)


def test_the_middle_of_a_symmetric_hollow_is_its_centre_however_the_head_is_turned():
    first, last = ends()
    straight = run(valley, middle(first, last, -1, 0.5, AXES))
    assert straight is not None
    assert straight.point[1] == pytest.approx(3.0, abs=0.1)
    assert valley(straight.point[None])[0] == pytest.approx(0.0, abs=0.01)
    turn = Rotation.from_euler("x", 12.0, degrees=True).as_matrix()
    turned = run(lambda points: valley(points @ turn), middle(turn @ first, turn @ last, -1, 0.5, AXES))
    assert turned is not None
    np.testing.assert_allclose(turned.point @ turn, straight.point, atol=0.01)
    assert run(valley, middle(first, last, 1, 0.5, AXES)) is None


def test_of_a_slit_only_what_is_seen_counts():
    def lips(points):
        slit = np.where(np.abs(points[:, 1] - 1.0) < 1.0, 30.0, 0.0)
        return points[:, 2] - 90.0 + slit

    found = run(lips, middle(np.array([0.0, 9.0, 90.0]), np.array([0.0, -9.0, 90.0]), -1, 0.3, AXES, 4.0))
    assert found is not None
    np.testing.assert_allclose(found.point, [0.0, 1.0, 86.0], atol=0.3)


def test_of_a_lip_under_a_nose_that_hangs_over_it_the_lip_alone_counts():
    def lip(points):
        bulge = points[:, 2] - 90.0 - 3.0 * np.exp(-(((points[:, 1] + 4.0) / 3.0) ** 2))
        return np.where(points[:, 1] > 7.0, np.minimum(bulge, np.abs(points[:, 2] - 97.0) - 1.0), bulge)

    ends = np.array([0.0, 9.0, 90.0]), np.array([0.0, -12.0, 90.0])
    found, hung = (run(lip, middle(*ends, 1, 0.3, AXES, joined=joined)) for joined in (True, False))
    assert found is not None
    assert hung is not None
    np.testing.assert_allclose(found.point, [0.0, -4.0, 93.0], atol=0.2)
    assert hung.point[1] > 5.0


def test_the_middle_of_what_is_nearly_as_deep_moves_little_with_noise():
    places = np.linspace(-20.0, 20.0, 60)
    flat = 4.0 - 0.004 * places**2
    noise = np.random.default_rng(0).normal(0.0, 0.2, (200, 60))
    middles = [centre(places, flat + each, 0.5) for each in noise]
    deepest = [places[(flat + each).argmax()] for each in noise]
    assert None not in middles
    assert np.std(np.array(middles, float)) < 0.2 * np.std(deepest)
    assert centre(places, -flat, 0.5) is None
