"""Metrics on surfaces whose distance is known: planes, spheres, and a surface and itself."""

import numpy as np
import pytest
import trimesh

from facewright.core.metrics import (
    compare_samples,
    face_normals,
    in_face,
    nearest_on_surface,
    normal_cosines,
    sample_tree,
)


def sphere_points(radius, count, seed):
    points = np.random.default_rng(seed).standard_normal((count, 3))
    return radius * points / np.linalg.norm(points, axis=1, keepdims=True)


def square_points(height, count, seed):
    """Points of a square of 100 by 100 at a height."""
    flat = np.random.default_rng(seed).random((count, 2)) * 100.0
    return np.column_stack([flat, np.full(count, height)])


def compared(a, b, **options):
    return compare_samples(sample_tree(a), sample_tree(b), **options)


def test_concentric_spheres_are_their_radii_apart():
    scores = compared(sphere_points(20.0, 10_000, 0), sphere_points(25.0, 10_000, 1), threshold=5.2)
    assert scores.scd_mm == pytest.approx(5.0, abs=0.05)
    assert scores.f1mm == pytest.approx(100.0, abs=0.1)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_surface_sampled_twice_has_a_floor_of_half_the_spacing(seed):
    """The nearest of Poisson points of density ρ in a plane is 1 / (2 √ρ) away on average."""
    count = 20_000
    scores = compared(square_points(0.0, count, seed), square_points(0.0, count, seed + 10))
    assert scores.scd_mm == pytest.approx(0.5 / np.sqrt(count / 100.0**2), rel=0.03)
    assert 95.0 < scores.f1mm <= 100.0


def test_the_same_points_have_no_distance():
    points = square_points(0.0, 100, 0)
    assert compared(points, points) == (0.0, 100.0)


@pytest.mark.parametrize(("height", "expected"), [(0.5, 100.0), (1.5, 0.0)])
def test_the_f_score_counts_what_is_within_the_threshold(height, expected):
    points = square_points(0.0, 1000, 0)
    assert compared(points, points + np.array([0.0, 0.0, height])).f1mm == pytest.approx(expected)


def test_the_f_score_is_the_harmonic_mean_of_both_shares():
    """Half of `many` lies near `few` and all of `few` near `many`: 2 · ½ · 1 / (½ + 1)."""
    few = square_points(0.0, 1000, 0)
    many = np.concatenate([few, few + np.array([0.0, 0.0, 50.0])])
    assert compared(many, few).f1mm == pytest.approx(100.0 * 2.0 / 3.0)


def test_nothing_cannot_be_compared():
    with pytest.raises(ValueError, match="without samples"):
        sample_tree(np.zeros((0, 3)))


def test_points_above_a_plane_are_their_height_away():
    vertices = np.array([[0.0, 0, 0], [100, 0, 0], [100, 100, 0], [0, 100, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    points = square_points(3.25, 500, 2)
    found = nearest_on_surface(points, vertices, faces)
    np.testing.assert_allclose(found.distance, 3.25)
    np.testing.assert_allclose(found.point, points * [1, 1, 0], atol=1e-12)
    np.testing.assert_array_equal(found.face, points[:, 1] > points[:, 0])


def test_normals_of_a_ball_point_out_and_agree_with_a_larger_balls():
    small, large = (trimesh.creation.icosphere(subdivisions=4, radius=radius) for radius in (10.0, 12.0))
    centres = small.triangles_center
    normals = face_normals(small.vertices, small.faces)
    assert ((normals * centres).sum(axis=1) > 0).all()
    nearest = nearest_on_surface(centres, large.vertices, large.faces)
    theirs = face_normals(large.vertices, large.faces)[nearest.face]
    assert normal_cosines(normals, theirs).mean() == pytest.approx(1.0, abs=1e-3)
    assert normal_cosines(normals, -theirs).mean() == pytest.approx(-1.0, abs=1e-3)


def test_the_face_is_a_ball_behind_the_tip_of_the_nose():
    tip = np.array([1.0, 2.0, 120.0])
    reach = np.array([[0.0, 0, 59.9], [0, 0, 60.1], [0, 0, -139.9], [0, 0, -140.1], [91.6, 0, 0], [91.7, 0, 0]])
    np.testing.assert_array_equal(in_face(tip + reach, tip), [True, False, True, False, True, False])
