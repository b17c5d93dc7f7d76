"""Laying one surface on another: nearest points that face the same way, and eyes, on spheres."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import trimesh

from facewright.core.errors import FacewrightError
from facewright.train.anatomy.openings import sphere_samples
from facewright.train.anatomy.registration import (
    Curves,
    common_landmarks,
    lengths,
)

BALL = trimesh.creation.icosphere(4, 50.0)
VERTICES, FACES = np.asarray(BALL.vertices), np.asarray(BALL.faces)
DIRECTIONS = VERTICES[::40] / 50.0


def test_points_lie_along_a_line_by_its_length():
    line = np.array([[0.0, 0.0, 0.0], [3.0, 4.0, 0.0], [3.0, 4.0, 15.0]])
    np.testing.assert_allclose(lengths(line), [0.0, 0.25, 1.0])
    curves = Curves(np.array([7]), np.array([1]), np.array([2]), np.array([0.2]))
    np.testing.assert_allclose(curves.points(line), [[3.0, 4.0, 3.0]])


def test_too_few_common_landmarks_are_refused_by_their_number():
    own: Any = SimpleNamespace(points=dict.fromkeys("abcdefghijklmnop", 0))
    other: Any = SimpleNamespace(points={"b": 0, "z": 1})
    assert common_landmarks(own, own) == [*"abcdefghijklmnop"]
    with pytest.raises(FacewrightError, match="1 landmarks in common"):
        common_landmarks(own, other)


def test_an_eyes_samples_are_of_its_white_not_of_the_cornea():
    """A ball of 12 mm with a cornea of 8 mm that stands out 2 mm in front."""
    eye = trimesh.creation.icosphere(5, 12.0)
    points = np.asarray(eye.vertices).copy()
    front = points[:, 2] > 10.5
    bulge = np.array([0.0, 0.0, 6.0])
    outwards = points[front] - bulge
    points[front] = bulge + 8.0 * outwards / np.linalg.norm(outwards, axis=1, keepdims=True)
    assert np.linalg.norm(points[front], axis=1).max() > 13.5
    samples = sphere_samples(points, np.arange(len(points)))
    assert len(samples) > 30
    np.testing.assert_allclose(np.linalg.norm(points[samples], axis=1), 12.0, atol=0.2)
    np.testing.assert_array_equal(sphere_samples(points, np.empty(0, np.int64)), np.empty(0, np.int64))
