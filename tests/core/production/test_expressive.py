"""Heads that have an expression."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from facewright.core.expressions import Expressions
from facewright.core.parameters import Parameters, random_head
from facewright.core.production.expressive import _about, _agreement
from facewright.core.production.followers import bundled_followers
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.strengths import strengths
from facewright.core.production.topology import SKIN, bundled_topology
from facewright.core.surgery.fields import PlanWarp
from facewright.core.surgery.plan import Operation, SurgicalPlan
from facewright.core.surgery.subject import Subject
from tests.core.people import people


@pytest.fixture(scope="module")
def model():
    return people()


def test_an_open_mouth_parts_the_lips_and_lowers_the_lower_teeth(model):
    neutral = production_mesh(model, Parameters())
    head = production_mesh(
        model, Expressions(model).with_strength(Parameters(), "mouth_stretch", 1.0), morphs=("eyeBlinkLeft",)
    )
    assert set(head.morphs) == {"eyeBlinkLeft"}
    moved = head.vertices - neutral.vertices
    teeth = head.topology.vertices_of("teeth")
    lower = teeth[head.topology.jaw[teeth] > 0.5]
    assert moved[lower, 1].mean() < -8.0
    assert np.abs(moved[teeth[head.topology.jaw[teeth] < 0.5]]).max() < 0.1
    skin = head.topology.on_surface
    along = skin & (head.on_surface > 0.99)
    distance = model.field(Expressions(model).with_strength(Parameters(), "mouth_stretch", 1.0)).distance(
        head.vertices[along]
    )
    assert np.percentile(np.abs(distance), 99) < 0.11  # lifted by 0.1 mm where it is round
    assert along.sum() > 0.75 * skin.sum()


def test_margins_of_open_lips_are_as_even_as_the_blendshapes(model):
    """Neighbours along a margin are moved alike from the sum, by a third of their way at most."""
    topology = bundled_topology()
    margin = np.intersect1d(topology.vertices_of(*SKIN), topology.vertices_of("mouth_socket"))
    edges = np.concatenate([topology.triangles[:, pair] for pair in ((0, 1), (1, 2), (2, 0))])
    start, end = edges[np.isin(edges, margin).all(axis=1)].T
    for seed, name in ((3, "surprise"), (1, "laugh")):
        head = Expressions(model).with_strength(random_head(model.components, seed), name, 0.9)
        made = strengths(model, head)
        mesh = production_mesh(model, head, morphs=tuple(made))
        summed = production_mesh(model, head.with_code("expression", ())).vertices + sum(
            strength * mesh.morphs[name] for name, strength in made.items()
        )
        moved = mesh.vertices - summed
        assert np.abs(moved[margin]).max() > 0.2
        apart = np.linalg.norm(moved[start] - moved[end], axis=1)
        assert (apart / np.linalg.norm(summed[start] - summed[end], axis=1)).max() < 0.35


def test_two_expressions_that_the_model_cannot_add_are_those_of_the_blendshapes(model):
    """Where the surface of the sum of codes is not that of the sum of shapes, the skin is not torn after it."""
    expressions, head = Expressions(model), Parameters()
    for name in (name for name in ("smile", "mouth_stretch", "eyes_closed", "brow_raise") if name in expressions.names):
        head = expressions.with_strength(head, name, 1.0)
    made = strengths(model, head)
    mesh = production_mesh(model, head, morphs=tuple(made))
    neutral = production_mesh(model, Parameters())
    summed = neutral.vertices + sum(strength * mesh.morphs[name] for name, strength in made.items())
    skin = mesh.topology.on_surface
    apart = np.linalg.norm(mesh.vertices - summed, axis=1)
    torn = mesh.on_surface < 0.01
    lids = bundled_followers(mesh.topology).lids
    lower = torn & skin & (mesh.topology.neutral[:, 1] < 0.0)  # off the lids, which are closed besides
    assert lower.any()
    assert np.percentile(apart[lower], 99) < 0.5
    for upper, lower in zip(lids.upper, lids.lower, strict=True):
        ends = np.linspace(0.0, 1.0, 200)
        line = np.column_stack(
            [np.interp(ends, np.linspace(0, 1, len(lower)), mesh.vertices[lower, c]) for c in range(3)]
        )
        assert cKDTree(line).query(mesh.vertices[upper])[0].max() < 2.0  # they lap


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_lips_that_close_over_an_open_jaw_are_those_of_the_blendshapes(model, strength):
    expressions, head = Expressions(model), Parameters()
    for name in ("jawOpen", "mouthClose"):
        head = expressions.with_strength(head, name, strength)
    mesh = production_mesh(model, head, morphs=("jawOpen", "mouthClose"))
    made = strengths(model, head)
    summed = production_mesh(model, Parameters()).vertices + sum(made[name] * mesh.morphs[name] for name in mesh.morphs)
    lips = bundled_followers(mesh.topology).near_lips & mesh.topology.on_surface
    assert np.linalg.norm(mesh.vertices - summed, axis=1)[lips].max() < 0.3
    assert mesh.on_surface[lips].max() < 0.01


def test_a_surface_is_not_believed_the_more_beside_an_opening(model):
    """The mouth's inside has no surface: it is not one that agrees."""
    followers = bundled_followers(bundled_topology())
    skin = followers.topology.on_surface
    at = followers.topology.neutral[skin]
    for apart, least, most in ((1.5, 0.0, 0.01), (0.7, 0.99, 1.0)):
        believed = _agreement(followers.welded, skin, np.full(skin.sum(), apart))
        assert least <= believed.min() <= believed.max() <= most
    left = _agreement(followers.welded, skin, np.where(at[:, 0] > 0.0, 3.0, 0.0))
    assert left[at[:, 0] > 5.0].max() < 0.01
    assert left[at[:, 0] < -30.0].min() > 0.99


def test_skin_about_a_vertex_goes_back_softly():
    followers = bundled_followers(bundled_topology())
    neutral, welded = followers.topology.neutral, followers.welded
    chosen = np.zeros(len(neutral), dtype=bool)
    assert not _about(chosen, neutral, welded).any()
    tip = welded.vertices[neutral[welded.vertices, 2].argmax()]
    chosen[tip] = True
    about, away = _about(chosen, neutral, welded), np.linalg.norm(neutral - neutral[tip], axis=1)
    assert about[tip] == 1.0
    assert not about[away > 6.0].any()
    sheet = np.zeros(len(neutral), dtype=bool)
    sheet[welded.vertices] = True
    order = np.flatnonzero(sheet)[away[sheet].argsort()]
    assert (np.diff(about[order]) <= 0.0).all()


def test_an_operated_nose_stays_operated(model):
    subject, head = Subject(model, Parameters()), Expressions(model).with_strength(Parameters(), "smile", 1.0)
    strength = {"tip_projection": 3.0}
    plan = SurgicalPlan(
        (Operation("tip_projection", 3.0),),
        tuple(strength.items()),
        tuple((name, tuple(point.tolist())) for name, point in subject.frame.landmarks.items()),
        tuple(tuple(row.tolist()) for row in subject.frame.axes),
    )
    before = production_mesh(model, head)
    after = production_mesh(model, head.with_plan(plan))
    skin = before.topology.on_surface
    moved = PlanWarp(subject.frame, strength).moved(before.vertices)
    assert np.linalg.norm(moved - before.vertices, axis=1)[skin].max() > 2.0
    assert np.percentile(np.linalg.norm(moved - after.vertices, axis=1)[skin], 99) < 0.2


def test_what_is_no_sum_of_blendshapes_is_followed_too(model):
    """The 52 have one inner brow of both sides; a code can have one of a side."""
    head = Expressions(model).with_strength(Parameters(), "browInnerUp_L", 1.0)
    neutral, made = production_mesh(model, Parameters()), production_mesh(model, head)
    at = neutral.topology.neutral
    inner = neutral.topology.on_surface & (np.abs(at[:, 0]) < 25.0) & (at[:, 1] > 35.0) & (at[:, 1] < 55.0)
    moved = (made.vertices - neutral.vertices)[:, 1]
    left, right = (moved[inner & (side * at[:, 0] > 8.0)].max() for side in (1.0, -1.0))
    assert left > right + 1.0
    assert made.on_surface[inner].min() > 0.99
    assert strengths(model, head)["browInnerUp"] == pytest.approx(0.5, abs=0.1)
