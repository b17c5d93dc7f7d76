"""Where eyes look at rest."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.production.followers import EYES, bundled_followers
from facewright.core.production.resting_gaze import RestingGaze
from facewright.core.production.topology import bundled_topology


@pytest.fixture(scope="module")
def gaze():
    topology = bundled_topology()
    followers = bundled_followers(topology)
    iris = topology.vertices_of("iris")
    irises = [np.intersect1d(followers.rigid[name], iris) for name in EYES]
    return RestingGaze(topology.neutral.astype(np.float64), irises, followers.lids), followers


def test_the_neutral_head_looks_as_it_does(gaze):
    resting, followers = gaze
    turns = resting.rotations(followers.topology.neutral, [ball.centre for ball in followers.lids.spheres])
    np.testing.assert_allclose(turns, [np.eye(3)] * 2, atol=1e-6)


def test_eyes_look_up_with_their_lids_by_the_mean_of_both(gaze):
    resting, followers = gaze
    placed = followers.topology.neutral.astype(np.float64)
    placed[followers.lids.margins[0], 1] += 2.0
    turns = resting.rotations(placed, [ball.centre for ball in followers.lids.spheres])
    up = [-Rotation.from_matrix(turn).as_euler("YXZ", degrees=True)[1] for turn in turns]
    expected = np.degrees(np.arctan2(1.0, followers.lids.spheres[0].radius))
    np.testing.assert_allclose(up, expected, rtol=0.2)


def test_eyes_are_not_turned_apart_by_lids_that_are(gaze):
    resting, followers = gaze
    placed = followers.topology.neutral.astype(np.float64)
    for margin, way in zip(followers.lids.margins, (3.0, -3.0), strict=True):
        placed[margin, 0] += way
    turns = resting.rotations(placed, [ball.centre for ball in followers.lids.spheres])
    np.testing.assert_allclose(turns, [np.eye(3)] * 2, atol=0.01)
