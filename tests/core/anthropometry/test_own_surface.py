"""A ball that was fitted to a larger, noisy one with a bump and a hole: the surface measured is the scan's."""

import numpy as np
import pytest

from facewright.core.anthropometry.own_surface import OwnSurface

RADIUS, LARGER = 80.0, 80.6
FRONT = np.array([0.0, 0.0, 1.0])


def ball(points):
    return np.linalg.norm(points, axis=1) - RADIUS


def directions(count=20000):
    """Nearly evenly over the ball (Fibonacci's lattice), its front alone."""
    z = 1.0 - 2.0 * (np.arange(count) + 0.5) / count
    angle = np.pi * (1.0 + np.sqrt(5.0)) * np.arange(count)
    ring = np.sqrt(1.0 - z**2)
    every = np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)
    return every[z > 0.2]


def height(ways):
    """A hump of 2 mm at the front over the larger ball."""
    return LARGER + 2.0 * np.exp(-((np.arccos(ways @ FRONT) * RADIUS / 8.0) ** 2))


def scan(noise):
    ways = directions()
    ways = ways[np.linalg.norm(ways * RADIUS - [40.0, 0.0, 69.0], axis=1) > 10.0]
    points = ways * height(ways)[:, None]
    return points + np.random.default_rng(1).normal(0.0, noise, points.shape)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_hump_that_the_fit_has_lost_is_measured_on_the_scan(noise):
    own = OwnSurface(ball, scan(noise))
    assert own.noise_mm == pytest.approx(noise, abs=0.06)
    for tilt in np.linspace(-0.3, 0.3, 13):
        way = np.array([0.0, np.sin(tilt), np.cos(tilt)])
        [found] = own.onto((way * RADIUS)[None])
        assert np.linalg.norm(found) == pytest.approx(height(way[None])[0], abs=0.15 + 0.9 * noise)  # smoothing
        assert own.covers(found[None])[0]


def test_what_smoothing_takes_from_a_narrow_ridge_is_given_back():
    """Smoothed once, over a Gaussian of h = 1.1 mm, the top of one of s = 2 mm keeps s² / (s² + h²) of its height."""
    ways = directions(60000)
    away = np.arccos(ways @ FRONT) * RADIUS
    own = OwnSurface(ball, ways * (RADIUS + 2.0 * np.exp(-(away**2) / (2.0 * 2.0**2)))[:, None])
    once = 2.0 * 2.0**2 / (2.0**2 + 1.1**2)
    [top] = own.onto((FRONT * RADIUS)[None])
    assert 2.0 - (np.linalg.norm(top) - RADIUS) < 0.4 * (2.0 - once)


def test_in_a_hole_and_beyond_the_border_the_fit_stays_and_says_so():
    own = OwnSurface(ball, scan(0.0))
    hole, back = np.array([[40.0, 0.0, 69.3], [0.0, 0.0, -80.0]])
    assert ball(own.onto(np.stack([hole, back]))) == pytest.approx([0.0, 0.0], abs=0.02)
    assert not own.covers(np.stack([hole, back])).any()


def test_what_is_far_from_the_head_or_stands_alone_is_left_out():
    points = np.concatenate([scan(0.0), directions(3000) * 140.0, [[0.0, 20.0, 81.0]]])
    own = OwnSurface(ball, points)
    plain = OwnSurface(ball, scan(0.0))
    probe = directions(500) * 82.0
    np.testing.assert_allclose(own.distance(probe), plain.distance(probe), atol=0.05)
    with pytest.raises(ValueError, match="no point"):
        OwnSurface(ball, directions(100) * 140.0)
