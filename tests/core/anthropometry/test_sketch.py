"""Measurements drawn: lines end at landmarks, arcs span the angle, the dorsum's distance is as long as it is."""

import numpy as np
import pytest

from facewright.core.anthropometry.landmarks import PROFILE, profile
from facewright.core.anthropometry.measure import BY_KEY, MEASURES
from facewright.core.anthropometry.sketch import sketch
from tests.core.anthropometry.test_measure import face, on_sphere, sphere, value


def test_an_angle_is_drawn_along_its_legs_with_an_arc_as_wide():
    corner = face(c_=(0, 0, 10), sn=(0, 0, 0), ls=(0, -10, 0))
    legs, arc = sketch(BY_KEY["nasolabial_angle"], corner).lines
    np.testing.assert_array_equal(legs, [[0, 0, 10], [0, 0, 0], [0, -10, 0]])
    ends = arc[[0, -1]] / np.linalg.norm(arc[[0, -1]], axis=1)[:, None]
    assert np.degrees(np.arccos(ends[0] @ ends[1])) == pytest.approx(value("nasolabial_angle", corner))


def test_the_dorsums_distance_is_drawn_as_long_as_it_is_measured():
    nasion, tip = on_sphere(30.0), on_sphere(-10.0)
    nose = face(profile(sphere, nasion, tip), n=nasion, prn=tip)
    for key in ("dorsum_30", "dorsum_45", "dorsum_60", "hump"):
        start, end = sketch(BY_KEY[key], nose).lines[-1]
        assert np.linalg.norm(end - start) == pytest.approx(value(key, nose), abs=0.01), key


@pytest.mark.parametrize("key", ["upper_lip_line", "lower_lip_line"])
def test_a_lips_distance_from_its_line_is_drawn_as_long_as_it_is_measured(key):
    lips = face(prn=(0, 30, 40), ls=(3, 8, 22), li=(-2, -5, 21), pg=(1, -35, 15))
    line, way = sketch(BY_KEY[key], lips).lines
    np.testing.assert_array_equal(line, [[0, 30, 40], [1, -35, 15]])
    assert np.linalg.norm(way[1] - way[0]) == pytest.approx(abs(value(key, lips)))


def test_breadths_that_are_compared_are_two_lines():
    alae = face(al_l=(18, 0, 4), al_r=(-18, 0, 4), ac_l=(16, -2, 0), ac_r=(-16, -2, 0))
    first, second = sketch(BY_KEY["alar_flare"], alae).lines
    np.testing.assert_array_equal(first, [[18, 0, 4], [-18, 0, 4]])
    np.testing.assert_array_equal(second, [[16, -2, 0], [-16, -2, 0]])


def test_a_length_is_written_at_its_middle():
    found = sketch(BY_KEY["nasal_width"], face(al_l=(18, 0, 4), al_r=(-18, 0, 4)))
    np.testing.assert_allclose(found.anchor, [0, 0, 4])


def test_every_measurement_can_be_drawn():
    names = {name for each in MEASURES for name in each.landmarks}
    rng = np.random.default_rng(0)
    points = {name: rng.normal(scale=30.0, size=3) for name in names}
    everything = face(rng.normal(size=(PROFILE, 3)))._replace(points=points)
    for each in MEASURES:
        drawing = sketch(each, everything)
        assert len(drawing.points) == len(each.landmarks)
        assert all(np.isfinite(line).all() and line.shape[1] == 3 for line in drawing.lines)
