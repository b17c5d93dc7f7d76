"""Blendshapes over a head."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from facewright.core.errors import FacewrightError
from facewright.core.production.blendshapes import blendshapes
from facewright.core.production.closing_lids import ClosingLids
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.followers import Frames, bundled_followers
from facewright.core.production.local_frames import LocalFrames
from facewright.core.production.topology import bundled_topology


@pytest.fixture(scope="module")
def followers():
    return bundled_followers(bundled_topology())


@pytest.fixture(scope="module")
def neutral(followers) -> tuple[np.ndarray, Frames]:
    placed, frames = followers.follow(followers.topology.neutral)
    return placed.astype(np.float32), frames


def wide_eyed(followers, vertices):
    """The head with its upper lids higher by 3 mm at most."""
    change = np.zeros_like(vertices)
    for upper in followers.lids.upper:
        change[upper, 1] = 3.0 * np.sin(np.linspace(0.0, np.pi, len(upper)))
    known = ~followers.topology.on_surface
    known[np.concatenate(followers.lids.margins)] = True
    return vertices + followers.welded.extension(known)(change)


def test_the_neutral_head_has_the_topologys_own_shapes(followers, neutral: tuple[np.ndarray, Frames]):
    for name in ("jawOpen", "mouthSmileLeft", "browInnerUp"):
        found = blendshapes(followers, *neutral, (name,))[name]
        shape = followers.topology.shapes[name]
        skin = followers.topology.on_surface[shape.vertices]
        assert np.abs(found[shape.vertices] - shape.mm)[skin].mean() < 0.05, name


def test_a_head_half_as_large_moves_by_half(followers, neutral: tuple[np.ndarray, Frames]):
    vertices = (0.5 * neutral[0]).astype(np.float32)
    placed, frames = followers.follow(vertices)
    whole = blendshapes(followers, *neutral, ("mouthPucker",))["mouthPucker"]
    half = blendshapes(followers, placed.astype(np.float32), frames, ("mouthPucker",))["mouthPucker"]
    skin = followers.topology.on_surface
    np.testing.assert_allclose(half[skin], 0.5 * whole[skin], atol=0.05)


def test_teeth_stay_rigid_when_the_jaw_opens(followers, neutral: tuple[np.ndarray, Frames]):
    moved = blendshapes(followers, *neutral, ("jawOpen",))["jawOpen"]
    teeth = followers.topology.vertices_of("teeth")
    upper, lower = (np.intersect1d(teeth, followers.rigid[name]) for name in ("upper_jaw", "lower_jaw"))
    assert np.abs(moved[upper]).max() < 0.01
    before, after = neutral[0][lower], (neutral[0] + moved)[lower]
    apart = [np.linalg.norm(points[::40, None] - points[::40], axis=2) for points in (before, after)]
    assert np.abs(apart[0] - apart[1]).max() < 0.5


def test_gaze_turns_the_eyeball_in_its_place(followers, neutral: tuple[np.ndarray, Frames]):
    moved = blendshapes(followers, *neutral, ("eyeLookInLeft",))["eyeLookInLeft"]
    ball, sphere = followers.rigid["eye_left"], followers.lids.spheres[0]
    before, after = (
        np.linalg.norm(points[ball] - sphere.centre, axis=1) for points in (neutral[0], neutral[0] + moved)
    )
    np.testing.assert_allclose(after, before, atol=0.01)
    front = ball[np.argmax(neutral[0][ball, 2])]
    assert moved[front, 0] < -5.0  # towards the nose
    assert np.abs(moved[followers.rigid["eye_right"]]).max() == 0.0


def test_lids_meet_over_a_wide_open_eye(followers, neutral: tuple[np.ndarray, Frames]):
    open_eyed = wide_eyed(followers, neutral[0])
    placed, frames = followers.follow(open_eyed)
    placed = placed.astype(np.float32)
    for eye, side in enumerate(("Left", "Right")):
        gaps = []
        for vertices, own in ((neutral[0], neutral[1]), (placed, frames)):
            closed = vertices + blendshapes(followers, vertices, own, (f"eyeBlink{side}",))[f"eyeBlink{side}"]
            gaps.append(closed[followers.lids.upper[eye], 1] - closed[followers.lids.lower[eye], 1])
        assert np.abs(gaps[1] - gaps[0]).max() < 0.4
        opened = placed[followers.lids.upper[eye], 1] - placed[followers.lids.lower[eye], 1]
        assert opened.max() > 12.0


def test_all_names_are_answered_and_no_other(followers, neutral: tuple[np.ndarray, Frames]):
    found = blendshapes(followers, *neutral, tuple(ENGINE_UNITS))
    assert set(found) == set(ENGINE_UNITS)
    assert all(np.isfinite(moved).all() and moved.dtype == np.float32 for moved in found.values())
    with pytest.raises(FacewrightError, match="smirk is none"):
        blendshapes(followers, *neutral, ("smirk",))


def test_maps_of_the_neutral_head_are_the_identity(followers, neutral: tuple[np.ndarray, Frames]):
    maps = LocalFrames(followers).maps(*neutral)
    skin = followers.topology.on_surface
    np.testing.assert_allclose(maps[skin], np.broadcast_to(np.eye(3), maps[skin].shape), atol=1e-4)


def test_closed_lids_of_the_neutral_head_lap_and_stay_as_they_are_beside(followers, neutral: tuple[np.ndarray, Frames]):
    shape = followers.topology.shapes["eyeBlinkLeft"]
    moved = np.zeros(neutral[0].shape)
    moved[shape.vertices] = shape.mm
    before = moved.copy()
    ClosingLids(followers).close(0, *neutral, moved)
    closed = neutral[0] + moved
    upper, lower = followers.lids.upper[0], followers.lids.lower[0]
    assert (closed[upper, 1] - closed[lower, 1]).max() < 0.1  # no eye is seen between them
    away = cKDTree(followers.topology.neutral[followers.lids.margins[0]]).query(followers.topology.neutral)[0]
    assert np.abs(moved - before)[followers.topology.on_surface].max() < 1.6
    assert np.abs(moved - before)[followers.topology.on_surface & (away > 12.0)].max() < 0.5
