"""Sliders in millimetres: what a hand asks for is met, what is held stays, and the ends are where the noses end."""

import numpy as np
import pytest

from facewright.core.anthropometry.handles import Handles
from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import BY_KEY
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from tests.core.anthropometry.test_solve import HEAD, nosed


@pytest.fixture(scope="module")
def handles():
    return Handles(nosed(), HEAD)


def measured(parameters, key):
    return BY_KEY[key].formula(find_landmarks(nosed(), parameters))


def test_handles_are_those_measures_that_the_landmarks_allow(handles):
    assert set(handles.keys) == {"hump", "dorsum_45", "bridge_length", "nasal_width"}
    assert handles.values["nasal_width"] == pytest.approx(measured(HEAD, "nasal_width"), abs=0.05)


def test_a_pull_is_followed_and_what_is_held_stays(handles):
    grip = handles.grip(HEAD, "nasal_width", ["bridge_length"])
    start = handles.values["nasal_width"]
    for step in (0.2, 0.4, 0.6):
        head = grip.pull(start + step)
    assert measured(head, "nasal_width") == pytest.approx(start + 0.6, abs=0.15)
    assert measured(head, "bridge_length") == pytest.approx(handles.values["bridge_length"], abs=0.1)
    assert all(head.code(code) == HEAD.code(code) for code in CODES if code != "nose")


def test_the_direction_is_the_shortest_that_moves_the_measure_by_one(handles):
    free = handles.direction("nasal_width")
    bound = handles.direction("nasal_width", ["bridge_length"])
    assert np.linalg.norm(free) <= np.linalg.norm(bound) + 1e-9
    step = 0.3
    moved = HEAD.with_code("nose", (np.array([0.5, 0.0, 0.0]) + step * free).tolist())
    assert measured(moved, "nasal_width") - handles.values["nasal_width"] == pytest.approx(step, rel=0.25)


def test_a_slider_ends_at_three_sigma_along_its_way(handles):
    low, high = handles.limits("nasal_width")
    assert low < handles.values["nasal_width"] < high
    way = handles.direction("nasal_width")
    assert (high - low) * np.linalg.norm(way) == pytest.approx(6.0, abs=1e-6)
    far = Handles(nosed(), Parameters(nose=tuple((40.0 * way / np.linalg.norm(way) / 10.0).tolist())))
    assert far.limits("nasal_width")[1] >= far.values["nasal_width"]
