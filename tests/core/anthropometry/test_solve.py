"""Values that are asked for are met by the nose code alone."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import BY_KEY, RELATIVE, Measure, unit_of
from facewright.core.anthropometry.solve import NoseValues, solve
from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters, random_head
from facewright.core.parts import CODES
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh
from tests.core.people import people
from tests.core.tiny_model import wide_nosed

HEAD = Parameters(expression=(0.3,), nose=(0.5,), eyes=(1.0,), remainder=(0.5, -1.0))
PLACES = {"al_l": (25.0, 15.0), "al_r": (-25.0, 15.0), "n": (0.0, 30.0), "prn": (0.0, 10.0)}
"""x and y of landmarks in the nose's window, mm."""


@functools.cache
def nosed():
    """The wide-nosed model with landmarks on its nose; made once a session."""
    bare = wide_nosed()
    vertices = head_mesh(bare, Parameters(), 6.0).vertices
    front = vertices[vertices[:, 2] > 0.0]
    chosen = [front[np.linalg.norm(front[:, :2] - place, axis=1).argmin()] for place in PLACES.values()]
    template = Cascade(bare, Parameters()).to_template(np.stack(chosen))
    return replace(bare, points=dict(zip(PLACES, template, strict=True)))


@pytest.fixture(scope="module")
def model():
    return nosed()


@pytest.mark.parametrize("goal", [1e308, -1e308, float("nan"), 301.0])
def test_a_value_beyond_any_head_is_refused(model, goal):
    with pytest.raises(FacewrightError, match=r"beyond any head: ask for −300\.0 relative units to 300\.0"):
        solve(model, HEAD, {"nasal_width": goal})


def test_lengths_and_volumes_alone_are_in_relative_units():
    units = {each.unit: unit_of(each, relative=True) for each in BY_KEY.values()}
    assert units == {"mm": RELATIVE, "cc": RELATIVE, "°": "°", "": ""}
    assert unit_of(BY_KEY["nasal_volume"], relative=False) == "cc"


@pytest.mark.parametrize("value", [-np.inf, np.inf, np.nan])
def test_a_measure_that_the_surface_does_not_have_is_0(model, value):
    nowhere = Measure("nowhere", "Nowhere", "mm", "", ("n", "prn"), lambda face: value)
    nose = NoseValues(model, HEAD, [nowhere, BY_KEY["nasal_width"]])
    values = nose.values(nose.start)
    assert values[0] == 0.0
    assert values[1] > 0.0


def test_a_width_is_reached_and_what_is_locked_stays(model):
    before = BY_KEY["nasal_width"].formula(find_landmarks(model, HEAD))
    found = solve(model, HEAD, {"nasal_width": before + 0.5}, ["bridge_length"])
    assert found.reached
    assert found.said.startswith("Reached: Nasal width")
    face = find_landmarks(model, found.parameters)
    assert BY_KEY["nasal_width"].formula(face) == pytest.approx(before + 0.5, abs=0.1)
    assert BY_KEY["bridge_length"].formula(face) == pytest.approx(found.before["bridge_length"], abs=0.1)


@pytest.mark.parametrize(("key", "change"), [("nasolabial_angle", 6.0), ("tip_protrusion", 1.5)])
def test_what_is_said_to_be_reached_is_what_the_table_measures(key, change):
    bundled, measure = people(), BY_KEY[key]
    head = random_head(bundled.components, 4)
    goal = float(measure.formula(find_landmarks(bundled, head))) + change
    found = solve(bundled, head, {key: goal}, ["nasal_width"])
    assert found.reached
    face = find_landmarks(bundled, found.parameters)  # of all landmarks, where the solver wants a few
    assert measure.formula(face) == pytest.approx(found.after[key], abs=0.01)
    assert measure.formula(face) == pytest.approx(goal, abs=0.3)


def test_nothing_but_the_nose_code_changes(model):
    before = BY_KEY["nasal_width"].formula(find_landmarks(model, HEAD))
    found = solve(model, HEAD, {"nasal_width": before - 0.5}).parameters
    assert all(found.code(code) == HEAD.code(code) for code in CODES if code != "nose")
    points = head_mesh(model, HEAD, 12.0).vertices
    outside = points[model.field(HEAD).window("nose", points) == 0.0]
    np.testing.assert_array_equal(model.field(found).distance(outside), model.field(HEAD).distance(outside))


def test_what_no_nose_of_the_model_has_is_said(model):
    found = solve(model, HEAD, {"nasal_width": 90.0})
    assert not found.reached
    assert "instead of 90.0 relative units" in found.said
    assert max(abs(value) for value in found.parameters.nose) <= 3.001
    assert found.after["nasal_width"] > found.before["nasal_width"]


def test_a_measure_that_is_unknown_or_locked_is_refused(model):
    with pytest.raises(FacewrightError, match="has no landmarks sn"):
        solve(model, HEAD, {"nasal_height": 50.0})
    with pytest.raises(FacewrightError, match="no measurement 'size'"):
        solve(model, HEAD, {"size": 1.0})
    with pytest.raises(FacewrightError, match="both locked and asked for"):
        solve(model, HEAD, {"hump": 1.0}, ["hump"])
