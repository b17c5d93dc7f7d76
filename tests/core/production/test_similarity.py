"""Similarities between sets of points."""

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.production.similarity import similarity


def test_a_similarity_is_found_again():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(30, 3))
    turn = Rotation.from_rotvec([0.3, -0.2, 0.5]).as_matrix()
    moved = 1.4 * points @ turn.T + [3.0, 2.0, 1.0]
    found = similarity(points, moved)
    np.testing.assert_allclose(found(points), moved, atol=1e-9)
    np.testing.assert_allclose(found.turned(points), moved - [3.0, 2.0, 1.0], atol=1e-9)


def test_points_without_weight_do_not_count():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(10, 3))
    moved = 0.5 * points
    moved[0] += 100.0
    weights = np.ones(10)
    weights[0] = 0.0
    assert abs(similarity(points, moved, weights).scale - 0.5) < 1e-9
