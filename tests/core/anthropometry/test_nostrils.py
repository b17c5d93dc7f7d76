"""A base of the nose that is a plane with two elliptic holes and a columella like a rod: known in closed form."""

import numpy as np
import pytest

from facewright.core.anthropometry.nostrils import Base, nostril_axis, outer_rim, rims_and_columella
from facewright.core.anthropometry.rays import run
from tests.core.anthropometry.test_measure import face, value

POINTS = {
    "ac_l": np.array([18.0, 0, 0]),
    "ac_r": np.array([-18.0, 0, 0]),
    "al_l": np.array([18.0, 3, 2]),
    "al_r": np.array([-18.0, 3, 2]),
    "prn": np.array([0, 0, 30.0]),
    "sn": np.array([0, -3.0, 8.0]),
}
AXES = np.eye(3)


def base_of_a_nose(degrees, long=5.0, short=2.5, hanging=0.0):
    """The plane y = 0, seen from below, its holes' long axes at an angle from the line across; a rod between them."""
    way = np.radians(degrees)

    def distance(points):
        outside = -points[:, 1]
        for side in (1.0, -1.0):
            aside, along = side * points[:, 0] - 9.0, points[:, 2] - 14.0
            first = (along * np.sin(way) - aside * np.cos(way)) / long
            second = (along * np.cos(way) + aside * np.sin(way)) / short
            outside = np.maximum(outside, (1.0 - np.hypot(first, second)) * short)
        return np.minimum(outside, np.hypot(points[:, 0], points[:, 1] + hanging - 3.0) - 3.0)

    return distance


@pytest.mark.parametrize("degrees", [30.0, 60.0, 90.0, 110.0])
def test_a_nostrils_axis_is_that_of_its_ellipse(degrees):
    distance, base = base_of_a_nose(degrees), Base.of(POINTS, AXES)
    ends = {}
    for side, sign in (("l", 1.0), ("r", -1.0)):
        heights = run(distance, outer_rim(sign, base))
        ends[f"nostrilfront_{side}"], ends[f"nostrilback_{side}"] = nostril_axis(distance, sign, base, heights)
    measured = face(**POINTS, **ends)
    assert value("nostril_axis_l", measured) == pytest.approx(degrees, abs=3.0)
    assert value("nostril_axis_r", measured) == pytest.approx(degrees, abs=3.0)
    assert np.linalg.norm(ends["nostrilfront_l"] - ends["nostrilback_l"]) == pytest.approx(10.0, abs=1.5)


def test_a_nostril_that_is_filled_has_no_axis():
    base = Base.of(POINTS, AXES)
    heights = run(lambda points: -points[:, 1], outer_rim(1.0, base))
    assert np.isnan(nostril_axis(lambda points: -points[:, 1], 1.0, base, heights)).all()


@pytest.mark.parametrize("hanging", [2.0, 5.0])
def test_a_columella_shows_by_as_much_as_it_hangs_below_the_rims(hanging):
    names = ("rim_l", "rim_r", "columella")
    rows = run(base_of_a_nose(60.0, hanging=hanging), rims_and_columella(Base.of(POINTS, AXES)))
    measured = face(**POINTS, **dict(zip(names, rows, strict=True)))
    assert value("columellar_show", measured) == pytest.approx(hanging, abs=0.05)
