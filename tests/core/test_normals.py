"""Normals against closed forms."""

import numpy as np
from scipy.spatial import ConvexHull

from facewright.core.normals import look_inwards, normal_sums, unit, vertex_normals
from facewright.core.surface.extraction import extract

SEMI_AXES_MM = np.array([38.0, 58.0, 45.0], np.float32)


def uneven_sphere():
    """A sphere of 50 mm, its vertices thrown at random."""
    points = np.random.default_rng(0).normal(size=(300, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    faces = ConvexHull(points).simplices.copy()
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    inward = (np.cross(b - a, c - a) * a).sum(axis=1) < 0
    faces[inward] = faces[inward][:, ::-1]
    return (50 * points).astype(np.float32), faces.astype(np.int32), points


def test_exact_on_a_sphere_with_uneven_faces():
    vertices, faces, expected = uneven_sphere()
    np.testing.assert_allclose(vertex_normals(vertices, faces), expected, atol=1e-4)


def test_a_surface_whose_faces_are_turned_round_looks_inwards():
    vertices, faces, _ = uneven_sphere()
    shifted = vertices + np.float32(200.0)
    assert not look_inwards(shifted, vertex_normals(shifted, faces))
    assert look_inwards(shifted, vertex_normals(shifted, faces[:, ::-1]))


def test_sums_of_some_faces_and_of_the_others_make_all():
    vertices, faces, expected = uneven_sphere()
    sums = normal_sums(vertices, faces[:100], 40) + normal_sums(vertices, faces[100:], 40)
    np.testing.assert_allclose(unit(sums), expected[40:], atol=1e-4)


def test_an_ellipsoid():
    bounds = np.array([-1.2, 1.2])[:, None] * SEMI_AXES_MM
    mesh = extract(lambda p: (np.linalg.norm(p / SEMI_AXES_MM, axis=1) - 1) * SEMI_AXES_MM.min(), bounds, 1.5)
    exact = mesh.vertices / SEMI_AXES_MM**2
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    degrees = np.degrees(np.arccos((vertex_normals(mesh.vertices, mesh.faces) * exact).sum(axis=1).clip(-1, 1)))
    assert degrees.max() < 3
    assert degrees.mean() < 0.3


def test_a_vertex_without_area_has_no_direction():
    normals = vertex_normals(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32))
    np.testing.assert_array_equal(normals, 0.0)
