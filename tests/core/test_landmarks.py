"""Landmarks of the tiny model ride and are found again; extrema of shapes whose extrema are known; stages undone."""

from dataclasses import replace

import numpy as np
import pytest

from core.cascade import Cascade
from core.errors import FacewrightError
from core.landmarks import Extremum, corrected, find_landmarks, refine, stage_landmarks
from core.parameters import Parameters
from core.parts import CODES
from core.surface import head_mesh
from tests.core.test_measure import CENTRE, RADIUS, plane, sphere
from tests.core.tiny_model import tiny_model

HEAD = Parameters(nose=(1.0,), remainder=(0.5, -1.0))
TOP = Extremum((0.0, 0.0, 1.0), ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), 4.0)
MIDLINE = Extremum((0.0, 0.0, 1.0), ((0.0, 1.0, 0.0),), 6.0)


@pytest.fixture(scope="module")
def model():
    bare = tiny_model()
    template = Cascade(bare, Parameters()).to_template(head_mesh(bare, Parameters(), 20.0).vertices[:40])
    return replace(bare, points={f"p{index}": point for index, point in enumerate(template)})


def test_the_top_of_a_sphere_is_found_from_beside_it():
    top = CENTRE + np.array([0.0, 0.0, RADIUS])
    start = CENTRE + RADIUS * np.array([0.03, -0.03, np.sqrt(1.0 - 0.0018)])
    np.testing.assert_allclose(refine(sphere, start, TOP), top, atol=0.01)


def test_along_the_midline_a_point_keeps_its_side():
    start = CENTRE + RADIUS * np.array([0.1, 0.05, np.sqrt(1.0 - 0.0125)])
    found = refine(sphere, start, MIDLINE)
    assert found[0] == start[0]
    assert found[1] == pytest.approx(CENTRE[1], abs=0.01)


def test_where_nothing_is_extreme_within_reach_the_point_stays():
    def slope(points):
        value, gradient = plane(points)
        return value - points[:, 1], gradient - [0.0, 1.0, 0.0]

    start = np.array([0.0, 3.0, 13.0])
    np.testing.assert_array_equal(refine(slope, start, MIDLINE), start)


def test_landmarks_ride_on_the_surface(model):
    found = find_landmarks(model, HEAD).points
    points = np.stack(list(found.values()))
    cascade = Cascade(model, HEAD)
    assert np.abs(cascade.signed_distance(points)[0]).max() < 0.02
    back = cascade.to_template(points)
    np.testing.assert_allclose(back, np.stack(list(model.points.values())), atol=1.5)


def test_a_corrected_landmark_stays_where_it_was_dragged_and_rides_from_there(model):
    dragged = head_mesh(model, HEAD, 20.0).vertices[60]
    place = corrected(model, HEAD, dragged)
    found = find_landmarks(model, HEAD, {"prn": place}, ["prn"]).points
    assert list(found) == ["prn"]
    np.testing.assert_allclose(found["prn"], dragged, atol=0.5)
    other = find_landmarks(model, Parameters(), {"prn": place}, ["prn"]).points["prn"]
    assert np.linalg.norm(other - dragged) > 0.1


def test_a_model_without_landmarks_says_so():
    with pytest.raises(FacewrightError, match="holds no landmarks"):
        find_landmarks(replace(tiny_model(), points={}), HEAD)


def test_the_stages_before_carry_a_heads_landmarks_to_what_the_model_predicts() -> None:
    model, parameters = tiny_model(), Parameters(expression=(1.0,), nose=(1.0,), remainder=(0.5,))
    found, field = stage_landmarks(model, parameters), model.field(parameters)
    predicted = model.network.landmarks(model.codes(parameters))
    assert tuple(found) == CODES
    for code in CODES:
        goal = model.frame.to_head(predicted[code][0].detach().numpy())
        np.testing.assert_allclose(model.frame.to_head(field.states(found[code], code)), goal, atol=0.02)
