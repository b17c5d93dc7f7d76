"""What the skin carries along."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.production.eyeballs import Sphere, fitted_sphere
from facewright.core.production.followers import bundled_followers
from facewright.core.production.lids import Lids
from facewright.core.production.people import People
from facewright.core.production.skeleton import joints_of, skin_weights
from facewright.core.production.topology import bundled_topology


@pytest.fixture(scope="module")
def followers():
    return bundled_followers(bundled_topology())


def test_everything_moves_with_the_skin(followers):
    neutral = followers.topology.neutral
    turn = Rotation.from_rotvec([0.0, 0.1, 0.05]).as_matrix()
    moved = (1.1 * neutral @ turn.T + [3.0, -2.0, 5.0]).astype(np.float32)
    seen = np.where(followers.topology.on_surface[:, None], moved, 0.0)
    placed, _ = followers.follow(seen)
    assert np.linalg.norm(placed - moved, axis=1).mean() < 0.5
    assert np.percentile(np.linalg.norm(placed - moved, axis=1), 99) < 2.0


def test_people_of_the_topologys_own_are_found_again(followers):
    topology = followers.topology
    rng = np.random.default_rng(3)
    coefficients = rng.standard_normal(len(topology.variation)).clip(-2.5, 2.5)
    moved = np.tensordot(coefficients, topology.variation, axes=1)
    vertices = topology.neutral.copy()
    vertices[topology.probes] += moved[: len(topology.probes)]
    truth = topology.neutral[topology.handles] + moved[len(topology.probes) :]
    found = People(topology).handles(vertices)
    assert np.linalg.norm(moved[len(topology.probes) :], axis=1).mean() > 2.0
    assert np.linalg.norm(found - truth, axis=1).mean() < 0.5


def test_a_sphere_is_fitted_to_a_part_of_it_and_not_far_from_what_is_expected():
    rng = np.random.default_rng(0)
    out = rng.normal(size=(200, 3)) + np.array([0.0, 0.0, 4.0])
    points = [1.0, 2.0, 3.0] + 12.0 * out / np.linalg.norm(out, axis=1, keepdims=True)
    for expected in (None, Sphere(np.array([1.5, 1.5, 3.5]), 12.2)):
        found = fitted_sphere(points, expected)
        np.testing.assert_allclose(found.centre, [1.0, 2.0, 3.0], atol=0.2)
        assert found.radius == pytest.approx(12.0, abs=0.2)


def test_lids_are_in_pairs_and_the_left_eye_is_first(followers):
    neutral, lids = followers.topology.neutral, Lids(followers.topology)
    assert neutral[lids.margins[0], 0].min() > 0.0 > neutral[lids.margins[1], 0].max()
    for upper, lower in zip(lids.upper, lids.lower, strict=True):
        assert (neutral[upper, 1] >= neutral[lower, 1] - 1.0).all()
    for points, sphere in zip(lids.points, lids.spheres, strict=True):
        np.testing.assert_allclose(np.linalg.norm(points - sphere.centre, axis=1), sphere.radius, atol=1e-6)


def test_eyeballs_are_seated_on_what_is_between_the_lids(followers):
    neutral = followers.topology.neutral
    shift = np.array([0.5, -0.3, 1.0])
    _, frames = followers.follow(neutral, followers.lids.points + shift)
    for frame, sphere in zip(frames.eyes, followers.lids.spheres, strict=True):
        np.testing.assert_allclose(frame(sphere.centre), sphere.centre + shift, atol=0.15)


def test_teeth_and_eyes_have_a_joint_of_their_own(followers):
    placed, frames = followers.follow(followers.topology.neutral)
    names = [joint.name for joint in joints_of(followers, frames)]
    weights = skin_weights(followers)
    assert (weights[followers.rigid["lower_jaw"], names.index("jaw")] == 1.0).all()
    assert (weights[followers.rigid["eye_left"], names.index("eye_left")] == 1.0).all()
    assert (weights[followers.rigid["upper_jaw"], names.index("head")] == 1.0).all()
    assert placed.shape == followers.topology.neutral.shape


def test_the_jaw_turns_about_its_joint_as_its_blendshape_does(followers):
    _, frames = followers.follow(followers.topology.neutral)
    hinge = next(joint.position for joint in joints_of(followers, frames) if joint.name == "jaw")
    shape = followers.topology.shapes["jawOpen"]
    moved = np.zeros_like(followers.topology.neutral)
    moved[shape.vertices] = shape.mm
    lower = followers.rigid["lower_jaw"]
    before = followers.topology.neutral[lower] - hinge
    after = before + moved[lower]
    lengths = [np.linalg.norm(points[:, 1:], axis=1) for points in (before, after)]
    np.testing.assert_allclose(lengths[0], lengths[1], atol=0.5)
