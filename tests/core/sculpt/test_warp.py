"""What a brush does to the space of a head."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.parameters import Parameters, random_head
from facewright.core.sculpt.dabs import dab
from facewright.core.sculpt.warp import BrushWarp, brush_warp, dab_centres, head_warp
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh
from facewright.core.symmetry import Symmetry
from tests.core.tiny_model import tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def work():
    """Three dabs on the front of the template's ball, two of them over each other."""
    ways = ([0.0, 0.0, 4.0], [0.0, 2.0, 0.0], [-1.0, 0.0, 1.0])
    places = ([0.0, 10.0, 100.0], [5.0, 12.0, 99.0], [40.0, 40.0, 86.0])
    return tuple(dab(place, way, 12.0) for place, way in zip(places, ways, strict=True))


def test_a_dab_moves_its_middle_by_its_way_and_nothing_from_its_reach_on():
    warp = BrushWarp(np.zeros((1, 3)), np.array([[0.0, 0.0, 2.0]]), np.array([10.0]))
    points = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], [10.0, 0.0, 0.0], [0.0, 30.0, 0.0]])
    expected = [2.0, 2.0 * 0.75**3, 0.0, 0.0]
    np.testing.assert_allclose(warp.shift(points), np.outer(expected, [0.0, 0.0, 1.0]), atol=1e-12)
    np.testing.assert_array_equal(warp.moved(points)[2:], points[2:])


def test_dabs_add_up_and_can_be_undone(model, work):
    head = Parameters(dabs=work)
    warp = brush_warp(model, head)
    assert warp is not None
    assert brush_warp(model, Parameters()) is None
    rng = np.random.default_rng(0)
    points = warp.centres[0] + rng.uniform(-14.0, 14.0, (500, 3))
    single = [head_warp(model, replace(head, dabs=(one,))).shift(points) for one in work]
    np.testing.assert_allclose(warp.shift(points), sum(single), atol=1e-9)
    np.testing.assert_allclose(warp.undone(warp.moved(points)), points, atol=5e-3)


def test_dabs_ride_on_the_place_of_the_template_that_they_are_held_by(model, work):
    for head in (Parameters(), random_head(model.components, 1), random_head(model.components, 2, strength=2.0)):
        centres = dab_centres(model, head, work)
        np.testing.assert_allclose(
            Cascade(model, head).to_template(centres.astype(np.float32)), [one.at for one in work], atol=0.05
        )


def test_a_heads_mesh_has_the_work_and_one_without_is_untouched(model, work):
    bare = random_head(model.components, 1)
    before, after = head_mesh(model, bare, 6.0), head_mesh(model, bare.with_dabs(work), 6.0)
    np.testing.assert_array_equal(before.faces, after.faces)
    way = after.vertices - before.vertices
    centres = dab_centres(model, bare, work)
    far = np.linalg.norm(before.vertices[:, None] - centres[None], axis=2).min(axis=1) > 12.0
    assert not way[far].any()
    assert 1.0 < np.linalg.norm(way, axis=1).max() < 6.0
    assert head_warp(model, bare).is_still
    distance = head_warp(model, bare.with_dabs(work)).field(model.field(bare).distance)
    off = np.abs(distance(after.vertices.astype(np.float32)))
    np.testing.assert_allclose(off, np.abs(model.field(bare).distance(before.vertices)), atol=0.02)


def test_a_mirrored_head_has_its_work_on_the_other_side(model, work):
    mirrored = Symmetry(model).mirrored(Parameters(dabs=work))
    assert [one.at[0] for one in mirrored.dabs] == [-one.at[0] for one in work]
