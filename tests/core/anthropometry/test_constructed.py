"""Which points are constructed, of which landmarks, and what becomes of those that a surface lacks."""

import json

import numpy as np

from facewright.core.anthropometry.constructed import CONSTRUCTED, construct, constructible
from facewright.core.anthropometry.measure import BY_KEY, measure_one, measured_landmarks
from facewright.core.anthropometry.measure_tables import to_csv, to_json
from facewright.core.anthropometry.sketch import sketch
from tests.core.anthropometry.test_breadths import LINE, ridge
from tests.core.anthropometry.test_measure import face, true_scale


def test_points_are_constructed_of_the_landmarks_that_are_there():
    assert constructible({"n", "prn"}) == {f"wall{at}_{side}" for at in (20, 35, 50) for side in "lr"}
    assert constructible({name for parents in CONSTRUCTED.values() for name in parents}) == CONSTRUCTED.keys()
    points, volume = construct(ridge(12.0), LINE, np.eye(3), {"wall35_l", "wall35_r", "tipside_l"})
    assert points.keys() == {"wall35_l", "wall35_r"}
    assert volume is None


def test_nobody_is_asked_to_place_a_constructed_point():
    assert measured_landmarks(["prn", "wall20_l", "nostrilback_r"]) == ["prn"]


def test_what_a_surface_lacks_is_not_measured_and_breaks_no_table():
    points, _ = construct(lambda at: at[:, 2] - 100.0, LINE, np.eye(3), {"wall35_l", "wall35_r"})
    flat = face(**LINE, **points)
    values = [measure_one(true_scale(True), flat, BY_KEY["bony_width_35"])]
    record = json.loads(to_json(values, flat, {}, values))
    assert record["measurements"][0]["value"] is None
    assert record["measurements"][0]["difference"] is None
    assert "wall35_l" not in record["landmarks"]
    assert "nan" not in to_csv(values, values).lower()
    drawing = sketch(BY_KEY["bony_width_35"], flat)
    assert np.isfinite(drawing.anchor).all()
    assert not drawing.lines
