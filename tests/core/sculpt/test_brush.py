"""Strokes of a brush."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.normals import vertex_normals
from facewright.core.parameters import Parameters
from facewright.core.sculpt.brush import LEAST_RADIUS_MM, Brush, Seen, Stroke
from facewright.core.sculpt.dabs import STEEPEST, WIDEST_MM, dab
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.extraction import head_mesh
from tests.core.tiny_model import tiny_model

VOXEL_MM = 2.5
RADIUS_MM = 15.0


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def bare(model):
    return head_mesh(model, Parameters(), VOXEL_MM)


@pytest.fixture(scope="module")
def top(bare):
    """The most forward vertex."""
    return bare.vertices[bare.vertices[:, 2].argmax()].astype(np.float64)


def surface(model, bare, parameters):
    """The surface that a head's brush work leaves, and its normals."""
    mesh = head_warp(model, parameters).of_mesh(bare)
    return Seen(mesh.vertices, vertex_normals(mesh.vertices, mesh.faces))


def risen(model, bare, parameters):
    """How far each vertex has gone from the bare head, (V, 3) mm."""
    return surface(model, bare, parameters).vertices - bare.vertices


def test_inflating_raises_the_surface_under_the_brush_along_its_normal_and_inwards_lowers_it(model, bare, top):
    seen = surface(model, bare, Parameters())
    for inward, sign in ((False, 1.0), (True, -1.0)):
        stroke = Stroke(model, Parameters(), Brush("inflate", RADIUS_MM, 1.0, inward), seen)
        head = stroke.painted(top)
        assert len(head.dabs) == 1
        assert stroke.painted(top + np.array([0.5, 0.0, 0.0])) is head  # too near to the last
        head = stroke.painted(top + np.array([8.0, 0.0, 0.0]))
        assert len(head.dabs) == 3
        way = risen(model, bare, head)
        out = (way * seen.normals).sum(axis=1)
        assert sign * out[np.abs(out).argmax()] > 0.9
        near = np.linalg.norm(bare.vertices - top, axis=1) < RADIUS_MM + 8.0
        assert not way[~near].any()
        assert np.abs(stroke._now - surface(model, bare, head).vertices).max() < 0.05  # what it goes on from


def test_strength_says_how_much(model, bare, top):
    seen, most = surface(model, bare, Parameters()), {}
    for strength in (0.0, 0.5, 1.0):
        head = Stroke(model, Parameters(), Brush("inflate", RADIUS_MM, strength), seen).painted(top)
        most[strength] = np.abs(risen(model, bare, head)).max()
    assert most[0.0] == 0.0
    assert most[1.0] == pytest.approx(2.0 * most[0.5], rel=0.02)


def test_grabbing_takes_the_surface_along_as_far_as_it_goes_without_folding(model, bare, top):
    stroke = Stroke(model, Parameters(), Brush("grab", RADIUS_MM), surface(model, bare, Parameters()))
    head = stroke.grabbed(top, np.array([0.0, 3.0, 0.0]))
    at = np.linalg.norm(bare.vertices - top, axis=1).argmin()
    np.testing.assert_allclose(risen(model, bare, head)[at], [0.0, 3.0, 0.0], atol=0.1)
    steepest = [stroke.is_steepest]
    head = stroke.grabbed(top, np.array([0.0, 0.0, 40.0]))
    assert len(head.dabs) == 1  # the same pull, further
    assert np.linalg.norm(risen(model, bare, head)[at]) == pytest.approx(STEEPEST * RADIUS_MM, abs=0.1)
    assert [*steepest, stroke.is_steepest] == [False, True]
    moved = surface(model, bare, head)
    faces = bare.faces[(np.linalg.norm(bare.vertices - top, axis=1) < RADIUS_MM)[bare.faces].all(axis=1)]
    a, b, c = (moved.vertices[faces[:, corner]] for corner in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0.0).all()  # nothing is turned over


def test_smoothing_evens_a_bump_out_and_leaves_a_smooth_face_alone(model, bare, top):
    place = Stroke(model, Parameters(), Brush("grab", 6.0), surface(model, bare, Parameters())).grabbed(
        top, np.array([0.0, 0.0, 2.5])
    )
    smooth = Brush("smooth", RADIUS_MM, 1.0)
    head = place
    for _ in range(6):
        head = Stroke(model, head, smooth, surface(model, bare, head)).painted(top)
    before, after = (np.abs(risen(model, bare, each)[:, 2]).max() for each in (place, head))
    assert before > 2.0
    assert after < 0.5 * before
    untouched = Stroke(model, Parameters(), smooth, surface(model, bare, Parameters())).painted(top)
    assert np.abs(risen(model, bare, untouched)).max() < 0.1
    above = top + np.array([0.0, 0.0, 0.7 * RADIUS_MM])
    assert Stroke(model, Parameters(), smooth, surface(model, bare, Parameters())).painted(above) == Parameters()


@pytest.mark.parametrize("radius", [LEAST_RADIUS_MM, WIDEST_MM])
def test_the_narrowest_and_the_widest_brush_smooth(model, bare, top, radius):
    rng, seen = np.random.default_rng(0), surface(model, bare, Parameters())
    about = top + radius * rng.uniform(-1.0, 1.0, (60, 3)) * [0.7, 0.7, 0.02]
    rough = Seen(
        np.concatenate([seen.vertices, about]), np.concatenate([seen.normals, np.tile([0.0, 0.0, 1.0], (60, 1))])
    )
    head = Stroke(model, Parameters(), Brush("smooth", radius, 1.0), rough).painted(top)
    assert len(head.dabs) == 7


def test_with_symmetry_both_sides_change_alike(model, bare, top):
    side = bare.vertices[np.linalg.norm(bare.vertices - top - np.array([40.0, 0.0, -10.0]), axis=1).argmin()]
    brush = Brush("inflate", RADIUS_MM, 1.0, symmetric=True)
    head = Stroke(model, Parameters(), brush, surface(model, bare, Parameters())).painted(side.astype(np.float64))
    one, other = head.dabs
    assert other == one.mirrored
    middle = Stroke(model, Parameters(), brush, surface(model, bare, Parameters()))
    head = middle.painted(top + np.array([3.0, 0.0, 0.0]))
    assert np.abs(middle._now - surface(model, bare, head).vertices).max() < 0.05  # both sides are known


def test_a_stroke_goes_on_from_what_is_there(model, bare, top):
    first = Parameters(dabs=(dab((40.0, 40.0, 86.0), (0.0, 0.0, 2.0), 10.0),))
    stroke = Stroke(model, first, Brush("inflate", RADIUS_MM, 1.0), surface(model, bare, first))
    assert stroke.painted(top).dabs[:1] == first.dabs
    away = Stroke(model, first, Brush("inflate", 2.0, 1.0), surface(model, bare, first))
    assert away.painted(top + np.array([0.0, 0.0, 50.0])) == first  # nothing is under the brush
    assert replace(first, dabs=()) == Parameters()
