"""The neck's end and the shoulders."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.production.followers import bundled_followers
from facewright.core.production.topology import bundled_topology


@pytest.fixture(scope="module")
def neck():
    return bundled_followers(bundled_topology()).neck


@pytest.mark.parametrize("end", [False, True])
def test_shoulders_follow_a_neck_that_is_turned_and_scaled(neck, end):
    neutral = bundled_topology().neutral
    turn = Rotation.from_rotvec([0.1, 0.05, 0.0]).as_matrix()
    moved = 0.8 * neutral @ turn.T + [1.0, -5.0, 4.0]
    unknown = neck.shoulders | (neck.end & end)
    np.testing.assert_allclose(neck.joined(np.where(unknown[:, None], 0.0, moved), end=end), moved, atol=1e-3)


def test_a_rim_that_rolls_outwards_is_left_for_a_neck(neck):
    neutral = bundled_topology().neutral.astype(np.float64)
    assert not neck.is_rolled(neutral)
    rolled = neutral.copy()
    rim = neck.end & (neutral[:, 1] < -95.0)
    rolled[rim] += (
        5.0 * np.array([1.0, 0.0, 1.0]) * neutral[rim] / np.linalg.norm(neutral[rim][:, ::2], axis=1)[:, None]
    )
    assert neck.is_rolled(rolled)
    np.testing.assert_allclose(neck.joined(rolled, end=True), neutral, atol=1.5)


def test_the_neck_ends_below_the_face(neck):
    topology = bundled_topology()
    assert not (neck.end & ~topology.on_surface).any()
    assert topology.neutral[neck.end | neck.shoulders, 1].max() < -70.0
