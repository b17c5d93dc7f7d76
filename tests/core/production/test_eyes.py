"""Eyes that look somewhere."""

import numpy as np
import pytest

from facewright.core.production.blendshapes import blendshapes
from facewright.core.production.eyes import Eyes, gaze_change, looking
from facewright.core.production.followers import EYES, bundled_followers
from facewright.core.production.production_mesh import ProductionMesh
from facewright.core.production.topology import bundled_topology


@pytest.fixture(scope="module")
def followers():
    return bundled_followers(bundled_topology())


def directions(followers, change):
    """Where the corneas' tops of both eyes of the neutral head point after a change, as unit vectors (2, 3)."""
    topology = followers.topology
    found = []
    for name, sphere in zip(EYES, followers.lids.spheres, strict=True):
        piece = followers.rigid[name]
        tip = piece[topology.neutral[piece, 2].argmax()]
        before, after = (vertices[tip] - sphere.centre for vertices in (topology.neutral, topology.neutral + change))
        turned = after / np.linalg.norm(after) - before / np.linalg.norm(before)
        assert np.linalg.norm(after) == pytest.approx(np.linalg.norm(before), abs=1e-3)
        found.append(turned)
    return np.stack(found)


def test_both_eyes_look_to_the_subjects_left_and_up(followers):
    left, right = directions(followers, gaze_change(followers, followers.topology.neutral, Eyes(up=20.0, left=15.0)))
    for turned in (left, right):
        assert turned[0] == pytest.approx(np.sin(np.radians(15.0)), abs=0.06)
        assert turned[1] == pytest.approx(np.sin(np.radians(20.0)), abs=0.06)


def test_eyes_that_look_at_something_near_turn_inwards(followers):
    left, right = directions(followers, gaze_change(followers, followers.topology.neutral, Eyes(converge=7.0)))
    assert left[0] == pytest.approx(-right[0], abs=1e-3)
    assert left[0] == pytest.approx(-np.sin(np.radians(7.0)), abs=0.02)


def test_the_lids_go_along_as_in_the_standard_blendshapes(followers):
    neutral, skin = followers.topology.neutral, followers.topology.on_surface
    change = gaze_change(followers, neutral, Eyes(up=-25.0))
    names = ("eyeLookDownLeft", "eyeLookDownRight")
    shapes = blendshapes(followers, neutral, followers.frames_in(neutral), names)
    np.testing.assert_allclose(change[skin], (shapes[names[0]] + shapes[names[1]])[skin], atol=1e-4)


def test_a_head_that_looks_ahead_is_as_it_was(followers):
    topology = followers.topology
    mesh = ProductionMesh(topology, topology.neutral, np.zeros_like(topology.neutral))
    assert looking(mesh, Eyes()) is mesh
    moved = looking(mesh, Eyes(left=10.0))
    assert not np.array_equal(moved.vertices, mesh.vertices)
    assert np.abs(np.linalg.norm(moved.normals, axis=1) - 1.0).max() < 1e-4
