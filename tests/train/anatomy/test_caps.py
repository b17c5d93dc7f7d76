"""Membranes over holes, and spheres through points."""

import numpy as np
import pytest
import trimesh

from facewright.train.anatomy.caps import between_margins, cosine_fractions, fit_sphere, onto_eyeball, over_loop


def disc(cap, loop_positions):
    """The cap alone as a mesh: the loop's vertices, then its own."""
    own = np.einsum("np,npc->nc", cap.weights, loop_positions[cap.parents])
    count = len(loop_positions)
    polygons = [[v if v >= 0 else count - 1 - v for v in face] for face in cap.faces]
    triangles = [(face[0], face[i], face[i + 1]) for face in polygons for i in range(1, len(face) - 1)]
    return trimesh.Trimesh(np.concatenate([loop_positions, own]), triangles, process=False)


def test_a_membrane_fills_a_slit_and_faces_forward():
    x = np.linspace(-20.0, 20.0, 11)
    height = 5.0 * np.cos(x / 20.0)
    upper = np.stack([x, height, np.zeros(11)], axis=1)
    lower = upper * [1, -1, 1]
    mesh = disc(between_margins(np.arange(11), np.arange(11, 22), 5), np.concatenate([upper, lower]))
    assert mesh.area == pytest.approx(2 * np.trapezoid(height, x))
    assert (mesh.face_normals[:, 2] > 0.999).all()
    assert mesh.is_winding_consistent
    assert mesh.euler_number == 1


def test_a_membranes_twins_are_mirror_images():
    cap = between_margins(np.arange(7), np.arange(7, 14), 3)
    column = cap.parents[:, 0]
    np.testing.assert_array_equal(column[cap.twin], 6 - column)
    np.testing.assert_array_equal(cap.weights[cap.twin], cap.weights)


def test_a_disc_covers_its_loop():
    angle = np.linspace(0.0, 2.0 * np.pi, 32, endpoint=False)
    circle = 50.0 * np.stack([np.cos(angle), np.sin(angle), np.zeros(32)], axis=1)
    cap = over_loop(np.arange(32), -np.arange(32) % 32)
    mesh = disc(cap, circle)
    assert mesh.area == pytest.approx(16 * 50.0**2 * np.sin(np.pi / 16))
    assert (mesh.face_normals[:, 2] > 0.999).all()
    own = mesh.vertices[32:]
    np.testing.assert_allclose(own[cap.twin], own * [1, -1, 1], atol=1e-9)


def test_a_sphere_is_found_through_its_points():
    rng = np.random.default_rng(0)
    direction = rng.standard_normal((3, 40, 3))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    centre, radius = rng.normal(scale=50.0, size=(3, 3)), np.array([10.0, 12.0, 15.0])
    found_centre, found_radius = fit_sphere(centre[:, None] + radius[:, None, None] * direction)
    np.testing.assert_allclose(found_centre, centre, atol=1e-9)
    np.testing.assert_allclose(found_radius, radius, atol=1e-9)


def test_a_membrane_lies_on_the_eyeball_between_lids_that_stand_off_it():
    eyeball = 12.0 * trimesh.creation.icosphere(subdivisions=1).vertices
    fraction = cosine_fractions(7)
    upper, lower = np.array([0.0, 5.0, 12.0]), np.array([0.0, -5.0, 12.0])
    points = upper + fraction[:, None] * (lower - upper)
    moved = onto_eyeball(points, np.tile(upper, (7, 1)), np.tile(lower, (7, 1)), fraction, eyeball)
    height = np.linalg.norm(moved, axis=1)
    assert height[3] == pytest.approx(12.0, abs=1e-4)
    assert (np.diff(height[:4]) < 0).all()
    np.testing.assert_allclose(height, height[::-1], rtol=1e-5)
    assert (height < 13.0 + 1e-4).all()
