"""Joints and the vertices' shares in them."""

import numpy as np

from facewright.core.exchange.skeleton import Skeleton, strongest
from facewright.core.production.skeleton import Joint


def test_the_four_strongest_joints_share_a_vertex_among_them():
    weights = np.array([[0.1, 0.4, 0.2, 0.2, 0.3], [0.0, 0.0, 2.0, 0.0, 0.0]])
    which, shares = strongest(weights)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-6)
    assert which[0].tolist() == [1, 4, 2, 3]
    np.testing.assert_allclose(shares[0], np.array([0.4, 0.3, 0.2, 0.2]) / 1.1, atol=1e-6)
    assert (which[1].tolist(), shares[1].tolist()) == ([2, 0, 0, 0], [1.0, 0.0, 0.0, 0.0])


def test_a_skeleton_in_another_unit_has_the_same_joints_elsewhere():
    joints = (Joint("neck", None, np.array([0, -80, 0])), Joint("head", "neck", np.array([0, 10, -20])))
    skeleton = Skeleton(joints, *strongest(np.eye(2)))
    scaled = skeleton.scaled(0.001)
    assert skeleton.parents == [-1, 0]
    assert [joint.name for joint in scaled.joints] == ["neck", "head"]
    np.testing.assert_allclose(scaled.places[1], (0.0, 0.01, -0.02))
