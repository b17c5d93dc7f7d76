"""The volume of half an ellipsoid on a plane, and of nothing."""

import numpy as np
import pytest

from facewright.core.anthropometry.nose_volume import nose_volume
from facewright.core.anthropometry.rays import run

HALF = np.array([8.0, 15.0, 20.0])
POINTS = {
    name: np.array(place, float)
    for name, place in {
        "n": (0, 25, 0),
        "en_l": (30, 20, 0),
        "en_r": (-30, 20, 0),
        "ac_l": (16, -14, 0),
        "ac_r": (-16, -14, 0),
        "sbal_l": (10, -18, 0),
        "sbal_r": (-10, -18, 0),
        "sn": (0, -19, 0),
    }.items()
}


def nose_on_a_plane(points):
    away = np.linalg.norm(points / HALF, axis=1)
    slope = np.linalg.norm(points / HALF**2, axis=1)
    return np.minimum(points[:, 2], away * (away - 1.0) / np.maximum(slope, 1e-9))


def test_half_an_ellipsoid_has_its_volume():
    volume = run(nose_on_a_plane, nose_volume(POINTS, np.eye(3)))
    assert volume.cc == pytest.approx(2.0 / 3.0 * np.pi * HALF.prod() / 1000.0, rel=0.02)
    np.testing.assert_array_equal(volume.outline[0], volume.outline[-1])


def test_a_face_that_is_turned_keeps_its_volume():
    angle = np.radians(20.0)
    axes = np.array([[1, 0, 0], [0, np.cos(angle), np.sin(angle)], [0, -np.sin(angle), np.cos(angle)]])
    turned = {name: point @ axes for name, point in POINTS.items()}
    volume = run(lambda points: nose_on_a_plane(points @ axes.T), nose_volume(turned, axes))
    assert volume.cc == pytest.approx(run(nose_on_a_plane, nose_volume(POINTS, np.eye(3))).cc, rel=1e-3)


def test_a_flat_face_has_no_nose_and_one_that_is_not_there_no_volume():
    assert run(lambda points: points[:, 2], nose_volume(POINTS, np.eye(3))).cc == pytest.approx(0.0, abs=1e-3)
    nothing = run(lambda points: np.full(len(points), 50.0), nose_volume(POINTS, np.eye(3)))
    assert np.isnan(nothing.cc)
    assert not len(nothing.outline)
