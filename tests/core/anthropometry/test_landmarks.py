"""Landmarks of the tiny model ride and are found again; extrema of shapes whose extrema are known; stages undone."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.anthropometry.extrema import Extremum, refine
from facewright.core.anthropometry.landmarks import (
    carried,
    corrected,
    corrected_along,
    find_landmarks,
    stage_landmarks,
)
from facewright.core.anthropometry.rays import run
from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, PARTS
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh
from tests.core.anthropometry.test_measure import CENTRE, RADIUS, plane, sphere
from tests.core.people import people
from tests.core.tiny_model import tiny_model

HEAD = Parameters(nose=(1.0,), remainder=(0.5, -1.0))
TOP = Extremum((0.0, 0.0, 1.0), ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), 4.0)
MIDLINE = Extremum((0.0, 0.0, 1.0), ((0.0, 1.0, 0.0),), 6.0)


def found(distance, start, extremum):
    """The extremum of one start alone."""
    return run(distance, refine(start[None], [extremum]))[0]


@pytest.fixture(scope="module")
def model():
    bare = tiny_model()
    template = Cascade(bare, Parameters()).to_template(head_mesh(bare, Parameters(), 20.0).vertices[:40])
    return replace(bare, points={f"p{index}": point for index, point in enumerate(template)})


def test_the_top_of_a_sphere_is_found_from_beside_it():
    top = CENTRE + np.array([0.0, 0.0, RADIUS])
    start = CENTRE + RADIUS * np.array([0.03, -0.03, np.sqrt(1.0 - 0.0018)])
    np.testing.assert_allclose(found(sphere, start, TOP), top, atol=0.01)


def test_along_the_midline_a_point_keeps_its_side():
    start = CENTRE + RADIUS * np.array([0.1, 0.05, np.sqrt(1.0 - 0.0125)])
    x, y, _ = found(sphere, start, MIDLINE)
    assert x == start[0]
    assert y == pytest.approx(CENTRE[1], abs=0.01)


def test_where_nothing_is_extreme_within_reach_the_point_stays():
    def slope(points):
        return plane(points) - points[:, 1]

    start = np.array([0.0, 3.0, 13.0])
    np.testing.assert_array_equal(found(slope, start, MIDLINE), start)


def test_extrema_are_sought_together_as_alone():
    offsets = np.array([[0.1, 0.05, np.sqrt(1.0 - 0.0125)], [0.01, 0.01, 1.0]])
    starts = CENTRE + RADIUS * offsets
    together = run(sphere, refine(starts, [MIDLINE, TOP]))
    alone = [found(sphere, start, extremum) for start, extremum in zip(starts, (MIDLINE, TOP), strict=True)]
    np.testing.assert_array_equal(together, alone)


def test_landmarks_ride_on_the_surface(model):
    found = find_landmarks(model, HEAD).points
    points = np.stack(list(found.values()))
    cascade = Cascade(model, HEAD)
    assert np.abs(cascade.signed_distance(points)[0]).max() < 0.02
    back = cascade.to_template(points)
    np.testing.assert_allclose(back, np.stack(list(model.points.values())), atol=1.5)


def test_landmarks_ride_on_heads_from_which_the_template_is_not_found_at_once():
    model = people()
    head, rng = Parameters(), np.random.default_rng(10)
    for part in PARTS:
        head = head.with_code(part, rng.normal(0.0, 1.0, model.components[part]).clip(-3.0, 3.0).tolist())
    riding = carried(model, head, model.points, {})
    back = Cascade(model, head).to_template(np.stack([riding[name] for name in model.points]))
    off = np.linalg.norm(back - np.stack(list(model.points.values())), axis=1)
    assert off.max() < 2.0  # a place beside the template's surface is brought onto the head's


def test_a_corrected_landmark_stays_where_it_was_dragged_and_rides_from_there(model):
    dragged = head_mesh(model, HEAD, 20.0).vertices[60]
    place = corrected(model, HEAD, dragged)
    found = find_landmarks(model, HEAD, {"prn": place}, ["prn"]).points
    assert list(found) == ["prn"]
    np.testing.assert_allclose(found["prn"], dragged, atol=0.5)
    other = find_landmarks(model, Parameters(), {"prn": place}, ["prn"]).points["prn"]
    assert np.linalg.norm(other - dragged) > 0.1


def test_a_line_through_the_surface_corrects_a_landmark_to_where_they_meet(model):
    cascade = Cascade(model, HEAD)
    on_surface = cascade.onto_surface(head_mesh(model, HEAD, 20.0).vertices[60:61])  # of voxels so large none is
    point, normal = (each[0].astype(np.float64) for each in (on_surface, cascade.signed_distance(on_surface)[1]))
    way = normal / np.linalg.norm(normal)
    place = corrected_along(model, HEAD, point + 2.0 * way, -way)
    assert place is not None
    np.testing.assert_allclose(place, corrected(model, HEAD, point), atol=0.1)
    assert corrected_along(model, HEAD, point + 60.0 * way, way) is None


def test_landmarks_are_the_same_when_sought_from_near(model):
    near = find_landmarks(model, Parameters(nose=(0.8,), remainder=(0.5, -1.0))).points
    for name, point in find_landmarks(model, HEAD, near=near).points.items():
        np.testing.assert_allclose(point, find_landmarks(model, HEAD, names=[name]).points[name], atol=0.05)


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
