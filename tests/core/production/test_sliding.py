"""A skin slid along its surface."""

import numpy as np
import pytest

from facewright.core.production.bending import Plate
from facewright.core.production.sliding import slid, slope
from facewright.core.production.untangled import ring_about, turned_over
from facewright.core.production.welded import Welded

COUNT, RADIUS = 15, 40.0


def to_ball(points):
    """Φ of a ball."""
    return (np.linalg.norm(points, axis=1) - RADIUS).astype(np.float32)


@pytest.fixture(scope="module")
def patch():
    """A patch of quads, some 2 mm wide each, on a ball: what `slid` is told of it."""
    across, up = np.meshgrid(*[np.linspace(-0.35, 0.35, COUNT)] * 2)
    rest = RADIUS * np.stack([np.sin(across), np.cos(across) * np.sin(up), np.cos(across) * np.cos(up)], axis=2)
    rest = rest.reshape(-1, 3)
    first = (np.arange(COUNT - 1)[:, None] * COUNT + np.arange(COUNT - 1)).ravel()
    quads = np.stack([first, first + 1, first + COUNT + 1, first + COUNT], axis=1)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return rest, Welded(quads, np.arange(len(rest)), faces, Plate.of(rest, faces))


def test_vertices_that_passed_one_another_are_put_in_order_on_the_surface(patch):
    rest, welded = patch
    skin = np.ones(len(rest), dtype=bool)
    middle = COUNT // 2 * COUNT + COUNT // 2
    crossed = rest.copy()
    crossed[[middle, middle + 1]] = rest[[middle + 1, middle]]
    crossed[middle + COUNT] *= 1.02  # 0.8 mm off
    assert turned_over(crossed, rest, welded.polygons).any()
    placed = slid(crossed, rest, welded, skin, to_ball)
    assert not turned_over(placed, rest, welded.polygons).any()
    assert np.abs(to_ball(placed)).max() < 0.05
    far = ~ring_about(np.isin(np.arange(len(rest)), [middle, middle + 1, middle + COUNT]), welded.polygons, 5)
    np.testing.assert_array_equal(placed[far], rest[far])


def test_what_is_in_order_and_what_no_surface_gives_stays(patch):
    rest, welded = patch
    np.testing.assert_array_equal(slid(rest, rest, welded, np.ones(len(rest), dtype=bool), to_ball), rest)
    lifted = rest * np.where(np.arange(len(rest)) < 3 * COUNT, 1.1, 1.0)[:, None]
    skin = np.arange(len(rest)) >= 4 * COUNT
    np.testing.assert_array_equal(slid(lifted, lifted, welded, skin, to_ball), lifted)


def test_a_slope_is_that_of_the_distance():
    points = np.array([[30.0, 0, 0], [0, 41.0, 0]])
    distance, gradient = slope(to_ball, points)
    np.testing.assert_allclose(distance, [-10.0, 1.0], atol=1e-4)
    np.testing.assert_allclose(gradient, [[1, 0, 0], [0, 1, 0]], atol=2e-3)
