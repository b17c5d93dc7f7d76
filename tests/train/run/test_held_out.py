"""What is measured on unseen heads while a model trains: distances of surfaces, whatever Φ says in between."""

from types import SimpleNamespace

import numpy as np
import pytest

from facewright.core.network.frame import Frame
from facewright.core.network.network import Network
from facewright.core.parts import PARTS
from facewright.train.data.heads import open_source
from facewright.train.run.held_out import FARTHEST_MM, HEADS, HeldOut, UnseenHeads, surface_distances
from facewright.train.samples import signed_distance
from tests.train.small_run import SMALL

BOX = np.array([[-60.0, -60.0, -60.0], [60.0, 60.0, 60.0]])


def field(distance):
    return SimpleNamespace(distance=lambda points: distance(points).astype(np.float32))


@pytest.fixture
def points():
    directions = np.random.default_rng(0).standard_normal((200, 3))
    return 43.0 * directions / np.linalg.norm(directions, axis=1, keepdims=True)


@pytest.mark.parametrize("slope", [0.25, 1.0, 4.0])
def test_a_ball_3_mm_smaller_is_3_mm_away_however_steep_its_field_is(points, slope):
    ball = field(lambda p: slope * (np.linalg.norm(p, axis=1) - 40.0))
    np.testing.assert_allclose(surface_distances(ball, BOX, BOX, points), 3.0, atol=0.05)


def test_a_cavity_is_no_surface_to_measure_to(points):
    hollow = field(lambda p: np.maximum(np.linalg.norm(p, axis=1) - 50.0, 43.0 - np.linalg.norm(p, axis=1)))
    np.testing.assert_allclose(surface_distances(hollow, BOX, BOX, points), 7.0, atol=0.1)


def test_a_cavity_that_the_box_cuts_is_none_either(points):
    """The cut closes what it cuts, and so joins the cavity to the skin."""
    hollow = field(lambda p: np.maximum(np.linalg.norm(p, axis=1) - 50.0, 43.0 - np.linalg.norm(p, axis=1)))
    front = np.array([[-60.0, -60.0, 5.0], [60.0, 60.0, 60.0]])
    seen = points[points[:, 2] > 15.0]
    np.testing.assert_allclose(surface_distances(hollow, front, BOX, seen), 7.0, atol=0.1)


def test_where_no_skin_is_in_the_box_heads_are_as_far_as_can_be_told(points):
    """Something is there, but the head is elsewhere."""

    def distance(p):
        balls = [np.linalg.norm(p - [0.0, 0.0, z], axis=1) - radius for z, radius in ((20, 9), (45, 9), (-30, 25))]
        return np.minimum.reduce(balls)

    front = np.array([[-60.0, -60.0, 5.0], [60.0, 60.0, 60.0]])
    assert (surface_distances(field(distance), front, BOX, points) == FARTHEST_MM).all()


def test_without_a_surface_heads_are_as_far_as_can_be_told(points):
    assert (surface_distances(field(lambda p: np.ones(len(p))), BOX, BOX, points) == FARTHEST_MM).all()


@pytest.mark.parametrize(("subjects", "expressions"), [(4, 17), (1, 17), (9, 2), (2, 1), (1, 1)])
def test_heads_are_chosen_once_each_and_neutral_ones_always(subjects, expressions):
    vertices = np.arange(subjects * expressions * 6, dtype=np.float32).reshape(subjects, expressions, 2, 3)
    chosen = UnseenHeads.chosen(vertices)
    pairs = list(zip(chosen.subject.tolist(), chosen.expression.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs) <= HEADS
    assert 0 in chosen.expression
    assert (len(pairs) == HEADS) == ((subjects >= HEADS and expressions > 1) or (subjects, expressions) == (9, 2))
    np.testing.assert_array_equal(chosen.vertices, vertices[chosen.subject, chosen.expression])


def test_the_true_surface_is_no_distance_from_itself_though_its_field_is_too_flat(ict_folder, monkeypatch):
    heads = open_source(f"ict:{ict_folder}", "test", 1)
    unseen = UnseenHeads.chosen(heads.vertices[:, :1])
    truth = field(lambda points: 0.2 * signed_distance(unseen.vertices[0], heads.surface.faces, points))
    monkeypatch.setattr("facewright.train.run.held_out.Field", lambda *_: truth)
    bounds = np.stack([unseen.vertices[0].min(axis=0) - 10.0, unseen.vertices[0].max(axis=0) + 10.0])
    error = HeldOut(unseen, heads, Frame((0.0, 0.0, 0.0), 1.0), bounds).error_mm(Network(SMALL), {})
    assert error.keys() == set(PARTS)
    assert all(mm < 0.2 for mm in error.values()), error
