"""Samples against a sphere, whose distance is known."""

import numpy as np
import pytest
import trimesh

from facewright.train.samples import NEAR_MM, distance_samples, signed_distance, surface_points

RADIUS = 100.0
COUNTS = (2000, 3000, 1000)
BALL = (np.array([5.0, 0.0, 0.0]), 150.0)


@pytest.fixture(scope="module")
def sphere():
    mesh = trimesh.creation.icosphere(subdivisions=5, radius=RADIUS)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


@pytest.fixture(scope="module")
def samples(sphere):
    vertices, faces = sphere
    return distance_samples(vertices, faces, np.ones(len(faces)), COUNTS, BALL, np.random.default_rng(0))


def test_distances_are_the_spheres(samples):
    exact = np.linalg.norm(samples.space, axis=1) - RADIUS
    np.testing.assert_allclose(samples.distance, exact, atol=0.03)  # the icosphere's own error


def test_surface_points_lie_on_the_mesh_and_normals_point_out(sphere, samples):
    vertices, faces = sphere
    np.testing.assert_allclose(signed_distance(vertices, faces, samples.on), 0.0, atol=1e-5)
    outward = samples.on / np.linalg.norm(samples.on, axis=1, keepdims=True)
    assert ((outward * samples.normals).sum(axis=1) > 0.999).all()
    np.testing.assert_allclose(np.linalg.norm(samples.normals, axis=1), 1.0, atol=1e-6)


def test_near_points_mix_two_widths_and_far_points_fill_the_ball(samples):
    near, far = samples.distance[: COUNTS[1]], samples.space[COUNTS[1] :]
    assert near.std() == pytest.approx(np.sqrt(np.square(NEAR_MM).mean()), rel=0.1)
    reach = np.linalg.norm(far - BALL[0], axis=1)
    assert reach.max() < BALL[1]
    assert np.median(reach) == pytest.approx(BALL[1] * 0.5 ** (1 / 3), rel=0.05)


def test_denser_faces_get_more_points(sphere):
    vertices, faces = sphere
    front = vertices[faces].mean(axis=1)[:, 2] > 0
    density = np.where(front, 3.0, 1.0)
    points, _ = surface_points(vertices, faces, density, 20000, np.random.default_rng(1))
    assert (points[:, 2] > 0).mean() == pytest.approx(0.75, abs=0.02)


def test_the_same_seed_draws_the_same_points(sphere, samples):
    vertices, faces = sphere
    again = distance_samples(vertices, faces, np.ones(len(faces)), COUNTS, BALL, np.random.default_rng(0))
    for one, other in zip(samples, again, strict=True):
        np.testing.assert_array_equal(one, other)
