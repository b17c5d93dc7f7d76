"""Surfaces as they rest: fine where the parts are, on Φ = 0, the same whatever came before, and no part leaks."""

from __future__ import annotations

import numpy as np
import pytest

from facewright.core.errors import Cancelled
from facewright.core.parameters import Parameters
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.live import LiveSurface
from facewright.core.surface.on_surface import onto_surface
from tests.core.people import people
from tests.core.same_mesh import in_order
from tests.core.surface.test_live import BUMPS, WINDOW_MM, BumpyField, BumpyHead

VOXEL_MM = 3.0


@pytest.fixture
def bumpy():
    return BumpyHead([], np.array([[-60.0, -60.0, -60.0], [60.0, 60.0, 70.0]]))


def assert_same(surface, other):
    for array, expected in zip(in_order(surface.mesh), in_order(other.mesh), strict=True):
        np.testing.assert_array_equal(array, expected)
    order, expected_order = np.lexsort(surface.mesh.vertices.T), np.lexsort(other.mesh.vertices.T)
    np.testing.assert_array_equal(surface.normals[order], other.normals[expected_order])


def test_a_bumpy_ball_is_closed_exact_and_fine_in_its_windows(bumpy):
    live = LiveSurface(bumpy, VOXEL_MM)
    head = Parameters(nose=(1.0,), mouth=(-1.0,))
    coarse, surface = live.update(head), live.refined()
    assert surface.mesh.watertight
    assert surface.mesh.component_count == 1
    distance = BumpyField(head, []).distance
    assert np.abs(distance(surface.mesh.vertices)).max() < 1e-4
    assert np.abs(distance(coarse.mesh.vertices)).max() > 1e-2
    mouth = np.linalg.norm(surface.mesh.vertices - BUMPS["mouth"], axis=1) < 0.6 * WINDOW_MM
    mouth_before = np.linalg.norm(coarse.mesh.vertices - BUMPS["mouth"], axis=1) < 0.6 * WINDOW_MM
    assert mouth.sum() > 3.5 * mouth_before.sum()
    back = surface.mesh.vertices[:, 2] < 0.0
    assert back.sum() == (coarse.mesh.vertices[:, 2] < 0.0).sum()
    radial = surface.mesh.vertices[back] / np.linalg.norm(surface.mesh.vertices[back], axis=1, keepdims=True)
    assert (surface.normals[back] * radial).sum(axis=1).min() > np.cos(np.radians(1.0))


def test_the_same_whatever_came_before_and_what_no_window_reaches_stays(bumpy):
    live = LiveSurface(bumpy, VOXEL_MM)
    rng = np.random.default_rng(3)
    head = Parameters(nose=(1.0,))
    live.update(head)
    before = live.refined()
    for part in ("mouth", "eyes", "nose", "mouth", "remainder"):
        head = head.with_value(part, 0, float(rng.uniform(-2.0, 2.0)))
        live.update(head)
        bumpy.asked.clear()
        surface = live.refined()
        fresh = LiveSurface(bumpy, VOXEL_MM)
        asked = sum(map(len, bumpy.asked))
        fresh.update(head)
        assert_same(surface, fresh.refined())
        if part != "remainder":
            assert asked < 4 * len(surface.mesh.vertices)
            rows = {*map(bytes, np.hstack([surface.mesh.vertices, surface.normals]))}
            kept = np.linalg.norm(before.mesh.vertices - BUMPS[part], axis=1) > WINDOW_MM + VOXEL_MM
            assert kept.any()
            assert {*map(bytes, np.hstack([before.mesh.vertices, before.normals])[kept])} <= rows
        before = surface


def test_other_parts_stay_refined_while_one_is_dragged(bumpy):
    live, plain = LiveSurface(bumpy, VOXEL_MM), LiveSurface(bumpy, VOXEL_MM)
    head = Parameters(nose=(1.0,), mouth=(-1.0,))
    for surface in (live, plain):
        surface.update(head)
    rested = live.refined()
    with pytest.raises(Cancelled):
        live.make_ready(lambda: True)
    live.make_ready()
    for part in ("nose", "nose", "mouth"):  # the mouth without being made ready again
        for value in (0.5, -1.5, 2.0):
            head = head.with_value(part, 0, value)
            shown, coarse = live.update(head, draft=True), plain.update(head, draft=True)
            assert shown.mesh.watertight
            assert shown.mesh.component_count == 1
            np.testing.assert_allclose(np.linalg.norm(shown.normals, axis=1), 1.0, atol=1e-5)
            far = np.linalg.norm(rested.mesh.vertices - BUMPS[part], axis=1) > WINDOW_MM + 8.0 * VOXEL_MM
            kept = {*map(bytes, np.hstack([rested.mesh.vertices, rested.normals])[far])}
            rows = {*map(bytes, np.hstack([shown.mesh.vertices, shown.normals]))}
            if part == "nose":
                assert len(kept) > 100
                assert kept <= rows
                assert len(shown.mesh.vertices) > len(coarse.mesh.vertices)
            else:
                assert not kept <= rows
        live.update(head)
    assert_same(live.refined(), plain.refined())


def test_cancelled_and_refined_again(bumpy):
    live = LiveSurface(bumpy, VOXEL_MM)
    head = Parameters(nose=(1.0,))
    live.update(Parameters())
    live.refined()
    live.update(head)
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        live.refined(lambda: next(answers))
    fresh = LiveSurface(bumpy, VOXEL_MM)
    fresh.update(head)
    assert_same(live.refined(), fresh.refined())


def test_no_step_leads_away_and_none_is_long():
    def probe(points):
        return np.sqrt(np.abs(points[:, 0])) - 1.0, np.zeros(len(points), np.uint8)

    points = np.column_stack([np.linspace(0.0, 4.0, 50), np.zeros(50), np.zeros(50)]).astype(np.float32)
    found = onto_surface(probe, points, 0.5)
    assert (np.abs(probe(found.points)[0]) <= np.abs(probe(points)[0])).all()
    assert np.abs(found.points - points).max() <= 1.0 + 1e-6
    alone = onto_surface(probe, points[7:8], 0.5)
    np.testing.assert_array_equal(alone.points[0], found.points[7])


def test_the_bundled_model():
    model = people()
    live = LiveSurface(model, 4.0)
    head = Parameters(nose=(1.5,), eyes=(-1.0, 1.0), mouth=(0.5, -1.5))
    coarse, surface = live.update(head), live.refined()
    assert surface.mesh.watertight
    assert surface.mesh.component_count == 1
    assert len(surface.mesh.vertices) > 1.1 * len(coarse.mesh.vertices)
    chosen = np.random.default_rng(0).permutation(len(surface.mesh.vertices))[:500]
    distance, gradient = Cascade(model, head).signed_distance(surface.mesh.vertices[chosen])
    assert np.abs(distance).max() < 2e-3
    normals = gradient / np.linalg.norm(gradient, axis=1, keepdims=True)
    assert (normals * surface.normals[chosen]).sum(axis=1).min() > np.cos(np.radians(3.0))
