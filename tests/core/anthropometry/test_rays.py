"""Rays meet balls and planes where they must, side by side as alone."""

import numpy as np
import pytest

from facewright.core.anthropometry.rays import Rays, heights_along, run, together

RADIUS = 50.0


def ball(points):
    return np.linalg.norm(points, axis=1) - RADIUS


def wall(points):
    return points[:, 2] - 10.0


def test_a_ray_from_outside_meets_the_near_side_and_one_that_passes_by_meets_nothing():
    starts = np.array([[0.0, 0.0, 80.0], [30.0, 0.0, 80.0], [70.0, 0.0, 80.0]])

    def met():
        return (yield Rays(starts, np.broadcast_to([0.0, 0.0, -1.0], (3, 3))))

    heights = run(ball, met())
    np.testing.assert_allclose(heights, [30.0, 40.0, -np.inf], atol=1e-3)


def test_a_ray_from_about_the_surface_goes_either_way():
    starts = np.array([[1.0, 2.0, 7.0], [1.0, 2.0, 14.0]])
    heights = heights_along(wall, starts, np.broadcast_to([0.0, 0.0, 1.0], (2, 3)))
    np.testing.assert_allclose(heights, [3.0, -4.0], atol=1e-6)


def search(start, steps):
    """The places where a ray meets the ball, each sought from beside the one before."""
    places, point = [], np.array(start)
    for step in range(steps):
        [height] = yield Rays(
            point[None], np.array([[0.0, 0.0, -1.0]]), None if step % 2 else np.array([80.0 - RADIUS])
        )
        places.append(point - [0.0, 0.0, height])
        point = point + np.array([2.0, 1.0, 0.0])
    return np.array(places)


def test_searches_of_any_length_run_side_by_side_as_alone():
    starts, steps = [(0.0, 0.0, 80.0), (-20.0, 5.0, 85.0), (3.0, 3.0, 90.0)], (2, 0, 5)
    several = run(ball, together([search(*each) for each in zip(starts, steps, strict=True)]))
    for got, start, count in zip(several, starts, steps, strict=True):
        np.testing.assert_array_equal(got, run(ball, search(start, count)))
    assert np.abs(ball(several[2])).max() < 1e-3


def test_side_by_side_surfaces_are_asked_once_for_all_rays():
    calls = []

    def counted(points):
        calls.append(len(points))
        return ball(points)

    run(counted, together([search((x, 0.0, 80.0), 3) for x in range(6)]))
    many = len(calls)
    calls.clear()
    run(counted, search((0.0, 0.0, 80.0), 3))
    assert many == pytest.approx(len(calls), abs=3)
