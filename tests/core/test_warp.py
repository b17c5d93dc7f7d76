"""Displacements of space: one after the other, and undone."""

import numpy as np
import pytest

from facewright.core.mesh import Mesh
from facewright.core.warp import Chain, Warp


class Bump(Warp):
    """Points within 10 mm of a centre go by a way, less and less far from it."""

    def __init__(self, centre, way):
        self._centre, self._way = np.array(centre), np.array(way)

    @property
    def is_still(self):
        return not self._way.any()

    def shift(self, points):
        square = ((points - self._centre) ** 2).sum(axis=1) / 100.0
        return (1.0 - square).clip(min=0.0)[:, None] ** 3 * self._way


STILL = Bump([0.0, 0.0, 0.0], [0.0, 0.0, 0.0])
UP, ASIDE = Bump([0.0, 0.0, 0.0], [0.0, 3.0, 0.0]), Bump([0.0, 4.0, 0.0], [2.0, 0.0, 0.0])


@pytest.fixture
def points():
    return np.random.default_rng(0).uniform(-12.0, 12.0, (400, 3))


def test_one_after_the_other_moves_what_came_of_the_first(points):
    both = Chain(UP, ASIDE)
    np.testing.assert_allclose(both.moved(points), ASIDE.moved(UP.moved(points)), atol=1e-12)
    assert np.abs(both.moved(points) - UP.moved(ASIDE.moved(points))).max() > 0.1  # their order counts
    np.testing.assert_allclose(both.undone(both.moved(points)), points, atol=0.01)


def test_what_stays_keeps_every_bit_and_its_own_type(points):
    far = points.astype(np.float32) + np.float32(100.0)
    np.testing.assert_array_equal(UP.moved(far), far)
    assert UP.moved(far).dtype == np.float32
    np.testing.assert_array_equal(UP.undone(far), far)


def test_what_does_not_move_is_the_same_object(points):
    mesh = Mesh(points.astype(np.float32), np.empty((0, 3), np.int32))
    nothing = Chain(STILL, STILL)
    assert nothing.is_still
    assert nothing.of_mesh(mesh) is mesh
    assert not Chain(STILL, UP).is_still
    assert Chain(STILL, UP).of_mesh(mesh) is not mesh

    def distance(at):
        return at[:, 1]

    assert nothing.field(distance) is distance
    moved = Chain(STILL, UP)
    np.testing.assert_allclose(moved.field(distance)(moved.moved(points)), points[:, 1], atol=0.01)
