"""Heads on the production topology that follow a hand."""

from __future__ import annotations

import numpy as np
import pytest

from facewright.core.expressions import Expressions
from facewright.core.parameters import Parameters, random_head
from facewright.core.production.moving import MovingMesh
from facewright.core.production.production_mesh import production_mesh
from tests.core.people import people


@pytest.fixture(scope="module")
def model():
    return people()


@pytest.fixture(scope="module")
def parameters(model):
    return random_head(model.components, 2)


@pytest.fixture(scope="module")
def rest(model, parameters):
    return production_mesh(model, parameters)


@pytest.fixture
def moving(model, parameters, rest):
    return MovingMesh(model, parameters, rest.vertices)


def moved(parameters, code, sigma):
    """The head with a code's first component moved."""
    first, *others = parameters.code(code)
    return parameters.with_code(code, (first + sigma, *others))


def off(vertices, exact):
    """How far the skin's vertices are from where they are to be, mm."""
    return np.linalg.norm(vertices - exact.vertices, axis=1)[exact.topology.on_surface]


@pytest.mark.parametrize("code", ["nose", "remainder"])
def test_a_drag_ends_near_the_head_at_rest_and_comes_back(model, parameters, rest, moving, code):
    np.testing.assert_array_equal(moving.at(parameters), rest.vertices)
    for sigma in np.linspace(0.2, 1.0, 5):
        followed = moving.at(moved(parameters, code, sigma))
    exact = production_mesh(model, moved(parameters, code, 1.0))
    way = off(rest.vertices, exact)
    assert way.max() > 2.0
    away = off(followed, exact)
    assert np.median(away) < 0.15
    assert np.percentile(away, 99) < 0.6
    assert np.abs(moving.at(parameters) - rest.vertices).max() < 0.1


def test_a_jump_to_a_far_head_tears_nothing(model):
    """As Undo makes one; looked for from there at once, some of the skin would be found centimetres away."""
    start, end = Parameters(remainder=(3.0, -2.0)), Parameters(remainder=(-3.0, 2.0))
    there = MovingMesh(model, start, production_mesh(model, start).vertices).at(end)
    away = off(there, production_mesh(model, end))
    assert np.percentile(away, 99) < 2.0


def test_a_nose_moves_nothing_beyond_its_window(model, parameters, rest, moving):
    nose = moved(parameters, "nose", 1.0)
    skin = np.flatnonzero(rest.topology.on_surface)
    outside = model.field(parameters).window("nose", rest.vertices[skin]) == 0.0
    assert 0.5 < outside.mean() < 1.0
    way = np.linalg.norm(moving.at(nose) - rest.vertices, axis=1)[skin]
    assert way[outside].max() < 0.1
    assert way.max() > 2.0


def test_another_head_altogether_is_found(model, rest, moving):
    other = random_head(model.components, 3)
    exact = production_mesh(model, other)
    assert np.median(off(rest.vertices, exact)) > 2.0
    away = off(moving.at(other), exact)
    assert np.median(away) < 0.2
    assert np.percentile(away, 99) < 1.0


def test_an_expression_is_added_as_its_blendshape_is(model, parameters, rest, moving):
    opened = Expressions(model).with_strength(parameters, "jaw_open", 0.5)
    shape = production_mesh(model, parameters, morphs=("jawOpen",)).morphs["jawOpen"]
    added = moving.at(opened) - rest.vertices
    assert np.abs(added).max() > 5.0
    np.testing.assert_allclose(added, 0.5 * shape, atol=0.5)
    assert off(moving.at(opened), production_mesh(model, opened)).mean() < 0.5
    np.testing.assert_array_equal(moving.at(parameters), rest.vertices)
