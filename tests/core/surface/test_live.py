"""Local updates: the mesh is that of a from-scratch extraction, to the bit; little is evaluated for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, repeat
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from facewright.core.errors import Cancelled
from facewright.core.field.compiled_stages import Approached
from facewright.core.field.field import Traced
from facewright.core.normals import vertex_normals
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, LOCAL_PARTS
from facewright.core.surface.extraction import extract, head_mesh
from facewright.core.surface.live import LiveSurface
from facewright.core.surface.sampling import Grid
from tests.core.dense import dense
from tests.core.people import people
from tests.core.same_mesh import in_order
from tests.core.tiny_model import tiny_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.parts import CodeName

BUMPS: Mapping[CodeName, tuple[float, float, float]] = MappingProxyType(
    {"nose": (0.0, 0.0, 40.0), "eyes": (25.0, 20.0, 24.0), "mouth": (0.0, -22.0, 33.0)}
)
WINDOW_MM = 14.0


@dataclass(frozen=True)
class BumpyField:
    """A ball that the remainder makes larger, with a bump a part that ends at its window; `asked` notes all points."""

    parameters: Parameters
    asked: list[np.ndarray]
    knows_signs: bool = False

    def carried(self, points, code=CODES[0]):
        before = [part for part in LOCAL_PARTS if CODES.index(part) < CODES.index(code)]
        return points, {part: self.inside(points, part) for part in before}

    def inside(self, states, part):
        return np.linalg.norm(states - np.asarray(BUMPS[part], np.float32), axis=1) < WINDOW_MM

    def trace(self, states, code=CODES[0], *, draft=False):
        self.asked.append(states)
        distance = np.linalg.norm(states, axis=1) - np.float32(40.0 + self.parameters.value("remainder", 0))
        inside = {part: self.inside(states, part) for part in LOCAL_PARTS if CODES.index(part) >= CODES.index(code)}
        for part, centre in BUMPS.items():
            away = np.linalg.norm(states - np.asarray(centre, np.float32), axis=1) / WINDOW_MM
            height = 3.0 * self.parameters.value(part, 0) * np.clip(1.0 - away**2, 0.0, None) ** 2
            distance = distance - height.astype(np.float32)
        return Traced(distance, inside)

    def distance(self, points):
        return self.trace(points).distance

    def approach(self, points):
        """Nearer than 0.5 mm the distance; farther away only its sign is right."""
        traced = self.trace(points)
        exact = np.abs(traced.distance) < 0.5
        distance = np.where(exact, traced.distance, 0.5 * traced.distance + np.copysign(0.3, traced.distance))
        return Approached(distance.astype(np.float32), exact, points, np.zeros(len(points), np.float32)), traced.inside

    def settled(self, template, correction):
        return self.distance(template) + correction


@dataclass(frozen=True)
class BumpyHead:
    asked: list[np.ndarray]
    bounds_mm: np.ndarray
    knows_signs: bool = False

    def field(self, parameters, like=None):
        return BumpyField(parameters, self.asked, self.knows_signs)


@pytest.fixture
def bumpy():
    return BumpyHead([], np.array([[-60.0, -60.0, -60.0], [60.0, 60.0, 70.0]]))


def assert_from_nothing(surface, model, head, voxel_mm):
    """Check that a head's surface is to the bit what one from nothing gives, in whatever order."""
    fresh = LiveSurface(model, voxel_mm).update(head)
    for found, expected in zip(in_order(surface.mesh), in_order(fresh.mesh), strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(surface.normals, vertex_normals(surface.mesh.vertices, surface.mesh.faces), atol=1e-5)


def assert_kept(before, after):
    """Check what a surface says of the one before: what it keeps of it is the same."""
    if before is not None and after.base == before.base:
        vertices, faces = after.kept_vertices, after.kept_faces
        assert (vertices, faces) == (before.kept_vertices, before.kept_faces)
        np.testing.assert_array_equal(after.mesh.vertices[:vertices], before.mesh.vertices[:vertices])
        np.testing.assert_array_equal(after.normals[:vertices], before.normals[:vertices])
        np.testing.assert_array_equal(after.mesh.faces[:faces], before.mesh.faces[:faces])


def random_edits(rng, count):
    """Heads one after another, each with one code (mostly a part's) of the one before replaced."""
    head = Parameters()
    for _ in range(count):
        code = rng.choice(LOCAL_PARTS) if rng.random() < 0.85 else rng.choice(CODES)
        for _ in range(rng.integers(1, 4)):  # dragged a few steps
            head = head.with_random(code, 3, rng, strength=1.5)
            yield head


@pytest.mark.parametrize("seed", range(3))
def test_every_edit_equals_an_extraction_from_nothing(bumpy, seed):
    surface = LiveSurface(bumpy, 2.0)
    before = None
    for head in random_edits(np.random.default_rng(seed), 10):
        after = surface.update(head)
        assert_from_nothing(after, bumpy, head, 2.0)
        assert_kept(before, after)
        assert after.mesh.watertight
        before = after


class HollowField(BumpyField):
    """The same with a corrugated cavity, of more vertices than the surface about it."""

    def trace(self, states, code=CODES[0], *, draft=False):
        traced = super().trace(states, code)
        x, y, _ = states.T
        cavity = np.linalg.norm(states, axis=1) - 27.0 - 9.0 * np.sin(0.6 * x) * np.sin(0.6 * y)
        return traced._replace(distance=np.maximum(traced.distance, -cavity.astype(np.float32)))


class HollowHead(BumpyHead):
    def field(self, parameters, like=None):
        return HollowField(parameters, self.asked)


def test_edits_of_a_hollow_head_keep_its_outside(bumpy):
    hollow = HollowHead(bumpy.asked, bumpy.bounds_mm)
    whole = extract(hollow.field(Parameters()).distance, hollow.bounds_mm, 2.0)
    assert np.bincount(whole.components).argmax() != whole.components[whole.vertices[:, 2].argmax()]
    surface = LiveSurface(hollow, 2.0)
    for nose in (0.0, 0.5, 1.0):
        after = surface.update(Parameters(nose=(nose,)))
        assert_from_nothing(after, hollow, Parameters(nose=(nose,)), 2.0)
        assert np.linalg.norm(after.mesh.vertices, axis=1).min() > 38.0


@pytest.mark.parametrize("seed", range(2))
def test_a_surface_of_signs_known_first_is_that_of_distances(bumpy, seed):
    """Edits go on from it, drafts too, and at rest it is the same."""
    signs = replace(bumpy, knows_signs=True)
    surface, rng = LiveSurface(signs, 2.0), np.random.default_rng(seed)
    for head in random_edits(rng, 6):
        if surface.update(head, draft=rng.random() < 0.3):
            assert_from_nothing(surface.update(head), bumpy, head, 2.0)
        assert_from_nothing(LiveSurface(signs, 2.0).update(head), bumpy, head, 2.0)
    assert_refined_from_nothing(surface, bumpy, head)


def test_a_table_whose_signs_are_wrong_is_not_believed(bumpy):
    class Misled(BumpyField):
        def approach(self, points):
            there, inside = super().approach(points)
            wrong = (points[:, 2] > 30.0) & (np.abs(there.distance) < 2.0)
            return there._replace(distance=np.where(wrong, -there.distance, there.distance), exact=~wrong), inside

    class MisledHead(BumpyHead):
        def field(self, parameters, like=None):
            return Misled(parameters, self.asked, knows_signs=True)

    surface = LiveSurface(MisledHead([], bumpy.bounds_mm), 2.0).update(Parameters())
    assert_from_nothing(surface, bumpy, Parameters(), 2.0)


@pytest.mark.parametrize("voxel_mm", [5.0, 8.0])
def test_every_edit_of_a_model_equals_an_extraction_from_nothing(voxel_mm):
    model = tiny_model()
    surface = LiveSurface(model, voxel_mm)
    for head in random_edits(np.random.default_rng(7), 6):
        assert_from_nothing(surface.update(head), model, head, voxel_mm)


def test_edits_of_the_bundled_model_equal_marching_cubes_of_the_whole_grid():
    model, voxel_mm = people(), 3.0
    surface = LiveSurface(model, voxel_mm)
    for head in random_edits(np.random.default_rng(11), 4):
        after = surface.update(head)
        assert after.mesh.watertight
    assert_on_the_same_edges(after.mesh, dense(model.field(head).distance, Grid.covering(model.bounds_mm, voxel_mm)))


def assert_on_the_same_edges(mesh, other):
    """Check a mesh against scikit-image's of the same grid: the same vertices, but for those that it puts into cells.

    That is where a cell is ambiguous, and where it may be cut otherwise.
    """
    other = other.largest_component()
    apart = cKDTree(other.vertices).query(mesh.vertices)[0]
    assert apart.max() < 1e-4
    assert len(mesh.vertices) <= len(other.vertices) <= 1.001 * len(mesh.vertices)
    volumes = [trimesh.Trimesh(m.vertices, m.faces, process=False).volume for m in (mesh, other)]
    assert volumes[0] == pytest.approx(volumes[1], rel=1e-4)


def test_a_part_is_evaluated_inside_its_window_alone_and_without_the_stages_before(bumpy):
    surface = LiveSurface(bumpy, 2.0)
    surface.update(Parameters(nose=(1.0,)))
    whole = surface.evaluated
    bumpy.asked.clear()
    surface.update(Parameters(nose=(1.5,)))
    assert surface.evaluated == sum(map(len, bumpy.asked)) < 0.2 * whole
    surface.update(Parameters(nose=(1.4,)))
    asked = np.concatenate(bumpy.asked[-2:])
    assert (np.linalg.norm(asked - np.asarray(BUMPS["nose"]), axis=1) < 1.5 * WINDOW_MM).all()


def test_the_same_head_again_costs_nothing(bumpy):
    surface = LiveSurface(bumpy, 2.0)
    surface.update(Parameters(mouth=(1.0,)))
    assert_from_nothing(surface.update(Parameters(mouth=(1.0,))), bumpy, Parameters(mouth=(1.0,)), 2.0)
    assert surface.evaluated == 0


@pytest.mark.parametrize("next_", [Parameters(nose=(2.0,)), Parameters(remainder=(2.0,))])
def test_a_cancelled_update_leaves_the_last_head_to_go_on_from(bumpy, next_):
    surface = LiveSurface(bumpy, 2.0)
    surface.update(Parameters())
    with pytest.raises(Cancelled):
        surface.update(next_, lambda: True)
    for head in (Parameters(mouth=(1.0,)), next_):
        assert_from_nothing(surface.update(head), bumpy, head, 2.0)


@pytest.mark.parametrize(("drafted", "next_"), [("nose", "mouth"), ("mouth", "nose"), ("eyes", "eyes"), ("eyes", None)])
def test_an_update_that_puts_drafts_right_can_be_cancelled_anywhere(drafted, next_):
    """Distances of drafts are 1 mm off here, so that a part left undone shows."""
    start = Parameters.of({drafted: (1.0,)})
    after = start if next_ is None else start.with_value(next_, 0, 2.0)
    model = RoughHead([], np.array([[-60.0, -60.0, -60.0], [60.0, 60.0, 70.0]]))
    for limit in range(1000):
        answers = chain([False] * limit, repeat(True))
        surface = LiveSurface(model, 4.0)
        surface.update(Parameters())
        surface.update(start, draft=True)
        try:
            surface.update(after, answers.__next__)
            break
        except Cancelled:
            assert_from_nothing(surface.update(after), model, after, 4.0)
    assert 0 < limit < 999


class RoughField(BumpyField):
    """Drafts of a part whose code is not 0 are a millimetre off within its window."""

    def trace(self, states, code=CODES[0], *, draft=False):
        traced = super().trace(states, code)
        if not draft:
            return traced
        moved = [self.inside(states, part) for part in LOCAL_PARTS if self.parameters.code(part)]
        return traced._replace(distance=traced.distance - np.any(moved, axis=0).astype(np.float32))


class RoughHead(BumpyHead):
    def field(self, parameters, like=None):
        return RoughField(parameters, self.asked)


class StickField(BumpyField):
    """With a stick before the nose, thinner than any lattice but the last, so found only where the nose meets it."""

    def trace(self, states, code=CODES[0], *, draft=False):
        traced = super().trace(states, code)
        stick = np.linalg.norm(states - np.clip(states, [3, 3, 44], [3, 3, 78]).astype(np.float32), axis=1) - 1
        return traced._replace(distance=np.minimum(traced.distance, stick))


class StickHead(BumpyHead):
    def field(self, parameters, like=None):
        return StickField(parameters, self.asked)


def test_a_surface_that_goes_on_beyond_the_box_is_followed():
    head = StickHead([], np.array([[-60.0, -60.0, -60.0], [60.0, 60.0, 90.0]]))
    surface = LiveSurface(head, 1.0)
    tips = []
    for value in (0.0, 3.0, 3.1, -1.0):
        after = surface.update(Parameters(nose=(value,)))
        assert_from_nothing(after, head, Parameters(nose=(value,)), 1.0)
        tips.append(after.mesh.vertices[:, 2].max())
    np.testing.assert_allclose(tips, [40.0, 79.0, 79.0, 38.0], atol=0.6)


def test_a_draft_is_a_little_off_and_the_next_update_is_not():
    model, voxel_mm = people(), 2.0
    surface = LiveSurface(model, voxel_mm)
    surface.update(Parameters())
    surface.prepare()
    head = Parameters(nose=(1.0,))
    draft = surface.update(head, draft=True)
    distances = np.abs(model.field(head).distance(draft.mesh.vertices))
    nose = model.field(head).window("nose", draft.mesh.vertices) > 0.0
    interpolated = LiveSurface(model, voxel_mm).update(head)
    apart = cKDTree(interpolated.mesh.vertices).query(draft.mesh.vertices)[0]
    assert (apart[~nose] == 0.0).mean() > 0.999  # but for edges that cross the window's end
    assert 0.0 < apart[nose].mean() < 0.005
    assert distances.mean() < 0.1  # of edges that are interpolated linearly
    assert draft.mesh.watertight
    head = Parameters(nose=(1.0,), mouth=(2.0,))
    surface.update(head, draft=True)
    assert_from_nothing(surface.update(head), model, head, voxel_mm)  # both parts are put right
    assert surface.update(head) is surface.update(head, draft=True)
    head = Parameters(nose=(1.0,), remainder=(1.0,), expression=(-1.0,))
    draft = surface.update(head, draft=True)
    exact = LiveSurface(model, voxel_mm)
    by_signs = exact.update(head)
    assert_on_the_same_edges(by_signs.mesh, head_mesh(model, head, voxel_mm))
    assert 0.0 < cKDTree(by_signs.mesh.vertices).query(draft.mesh.vertices)[0].mean() < 0.005
    assert surface.evaluated < 0.8 * exact.evaluated
    assert draft.mesh.watertight
    head = Parameters(nose=(2.0,), remainder=(1.0,), expression=(-1.0,))
    assert surface.update(head, draft=True).mesh.watertight
    assert_from_nothing(surface.update(head), model, head, voxel_mm)


@pytest.mark.parametrize("seed", range(2))
def test_drafts_follow_the_surface_as_others_do(bumpy, seed):
    """Nothing is interpolated here, but only the ends of crossed edges are asked for."""
    surface = LiveSurface(bumpy, 2.0)
    rng = np.random.default_rng(seed)
    for head in random_edits(rng, 10):
        after = surface.update(head, draft=True)
        assert_from_nothing(after, bumpy, head, 2.0)
        assert after.mesh.watertight
        if rng.random() < 0.3:
            assert_from_nothing(surface.update(head), bumpy, head, 2.0)
            assert_refined_from_nothing(surface, bumpy, head)


def assert_refined_from_nothing(surface, model, head):
    """Check that a head that rests is to the bit what it is from nothing."""
    fresh = LiveSurface(model, 2.0)
    fresh.update(head)
    for found, expected in zip(in_order(surface.refined().mesh), in_order(fresh.refined().mesh), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_field_like_another_shares_its_hypernets_output():
    model = tiny_model()
    one = model.field(Parameters())
    points = np.random.default_rng(0).uniform(-80.0, 80.0, (500, 3)).astype(np.float32)
    for head in (Parameters(nose=(2.0,)), Parameters(nose=(2.0,), remainder=(1.0,)), Parameters(nose=(2.0,))):
        one = model.field(head, one)
        np.testing.assert_array_equal(one.distance(points), model.field(head).distance(points))
