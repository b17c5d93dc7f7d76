"""What a scan has and the model does not comes along with an edit."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.parameters import Parameters
from facewright.core.scan.detail import CarriedScan
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh
from tests.core.tiny_model import wide_nosed

HEAD = Parameters(nose=(0.5,), remainder=(0.5, -1.0))
MODEL = wide_nosed()


@pytest.fixture(scope="module")
def surface():
    """Points of the tiny head and their normals."""
    points = head_mesh(MODEL, HEAD, 10.0).vertices
    cascade = Cascade(MODEL, HEAD)
    for _ in range(3):
        distance, gradient = cascade.signed_distance(points)
        points = points - distance[:, None] * gradient / np.square(gradient).sum(axis=1, keepdims=True)
    return points, gradient / np.linalg.norm(gradient, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def scan(surface):
    """Those points with bumps of up to 2 mm."""
    points, normals = surface
    return (points + np.sin(points[:, :1] / 4.0) * 2.0 * normals).astype(np.float32)


@pytest.fixture(scope="module")
def carried(scan):
    residual = np.zeros(len(scan))
    residual[7] = np.nan
    return CarriedScan(MODEL, HEAD, scan, residual)


def test_without_an_edit_nothing_moves(scan, carried):
    np.testing.assert_array_equal(carried.at(HEAD), scan)


def test_a_nose_moves_its_window_and_keeps_the_bumps(scan, surface, carried):
    edited = HEAD.with_value("nose", 0, -1.5)
    moved = carried.at(edited)
    outside = MODEL.field(HEAD).window("nose", surface[0]) == 0.0
    np.testing.assert_array_equal(moved[outside], scan[outside])
    assert np.linalg.norm(moved - scan, axis=1).max() > 0.3
    before, _ = Cascade(MODEL, HEAD).signed_distance(scan)
    after, _ = Cascade(MODEL, edited).signed_distance(moved)
    kept = np.abs(after - before)  # of bumps of 2 mm
    assert kept.mean() < 0.02
    assert kept.max() < 0.6


def test_bumps_turn_with_the_surface(surface):
    points, normals = surface
    edited = replace(HEAD, nose=(-1.5,), expression=(1.0,))
    moved, lifted = (CarriedScan(MODEL, HEAD, at, np.zeros(len(at))).at(edited) for at in (points, points + normals))
    after = Cascade(MODEL, edited).signed_distance(moved)[1]
    expected = after / np.linalg.norm(after, axis=1, keepdims=True)
    turned = (expected * normals).sum(axis=1) < np.cos(np.radians(1.0))
    assert turned.sum() > 30
    assert np.linalg.norm(lifted - moved - expected, axis=1)[turned].mean() < 0.01


@pytest.mark.parametrize(
    "edit", [{"nose": (-1.5,)}, {"expression": (1.0,)}, {"nose": (1.0,), "mouth": (1.0, -2.0)}, {"remainder": (1.0,)}]
)
def test_a_point_on_the_surface_goes_where_all_of_the_cascade_puts_it(surface, edit):
    points, _ = surface
    edited = replace(HEAD, **edit)
    moved = CarriedScan(MODEL, HEAD, points, np.zeros(len(points))).at(edited)
    before, after = Cascade(MODEL, HEAD), Cascade(MODEL, edited)
    expected = after.from_template(before.to_template(points), points)
    assert np.linalg.norm(expected - points, axis=1).max() > 0.3
    assert np.linalg.norm(moved - expected, axis=1).max() < 0.01


def test_what_is_not_of_the_head_stays(scan, carried):
    moved = carried.at(HEAD.with_value("remainder", 0, -1.5))
    np.testing.assert_array_equal(moved[7], scan[7])
    assert (np.linalg.norm(moved - scan, axis=1) > 0.01).mean() > 0.9


@pytest.mark.parametrize(("code", "far"), [("nose", 0.1), ("remainder", 0.1)])
def test_roughly_is_nearly_the_same_and_as_exact_at_rest(scan, carried, code, far):
    edited = HEAD.with_value(code, 0, -1.0)
    exact, rough = carried.at(edited), carried.at(edited, roughly=True)
    moved = np.linalg.norm(exact - scan, axis=1)
    assert moved.max() > 0.3
    assert np.linalg.norm(rough - exact, axis=1).max() < far * moved.max()
    np.testing.assert_array_equal(carried.at(edited), exact)
    np.testing.assert_array_equal(carried.at(HEAD, roughly=True), scan)
