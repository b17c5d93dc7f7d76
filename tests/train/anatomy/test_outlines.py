"""The parts' outlines."""

import numpy as np
import pytest

from facewright.train.anatomy.outlines import OUTLINES, Outline


def test_an_outline_through_a_circles_points_is_the_circle():
    angle = np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False)
    points = tuple(zip((9.0 * np.cos(angle)).tolist(), (9.0 * np.sin(angle)).tolist(), strict=True))
    circle = Outline("circle", "nose", (1.0, 2.0, 3.0), (0.0, 0.0, 1.0), points)
    np.testing.assert_allclose(circle.radius(np.linspace(-10.0, 10.0, 101)), 9.0)
    assert circle.holds(np.array([[1.0, 10.9, 50.0], [1.0, 11.1, 3.0]])).tolist() == [True, False]


@pytest.mark.parametrize("outline", OUTLINES, ids=lambda outline: outline.name)
def test_an_outline_runs_through_its_points_and_its_curve_round_it(outline):
    x, y = np.array(outline.points).T
    np.testing.assert_allclose(outline.radius(np.arctan2(y, x)), np.hypot(x, y))
    points, outward = outline.curve()
    right, up, height = outline.project(points).T
    np.testing.assert_allclose(np.hypot(right, up), outline.radius(np.arctan2(up, right)))
    np.testing.assert_allclose(height, 0.0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(outward, axis=1), 1.0)


def test_the_parts_are_symmetric_and_apart():
    rng = np.random.default_rng(0)
    points = rng.uniform((-70, -60, 90), (70, 60, 110), (20000, 3))
    nose, eye_right, eye_left, mouth = (outline.holds(points) for outline in OUTLINES)
    mirrored = [outline.holds(points * [-1, 1, 1]) for outline in OUTLINES]
    for one, other in zip((nose, eye_right, eye_left, mouth), (mirrored[i] for i in (0, 2, 1, 3)), strict=True):
        assert (one == other).mean() > 0.999
    assert (nose.astype(int) + eye_right + eye_left + mouth).max() == 1
