"""Remeshing a half ball to a size field: manifold, symmetric border, edges as long as wanted, no slivers."""

import numpy as np
import pytest
import trimesh

from facewright.train.remesh import Edges, remesh

RADIUS = 50.0
NOSE = np.array([20.0, 0.0, 45.8])


def wanted(points):
    """1.5 mm at one place, growing to 6 mm."""
    return (1.5 + 0.15 * np.linalg.norm(points - NOSE, axis=1)).clip(max=6.0)


def onto_ball(points):
    return points / np.linalg.norm(points, axis=1, keepdims=True) * RADIUS


@pytest.fixture(scope="module")
def half():
    """The right half of a ball, two vertices pinned: one on the border, one inside."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=RADIUS)
    faces = np.asarray(ball.faces)[np.asarray(ball.triangles_center)[:, 0] > 0.0]
    used = np.unique(faces)
    vertices, faces = np.asarray(ball.vertices)[used], np.searchsorted(used, faces)
    vertices[np.abs(vertices[:, 0]) < 1e-9, 0] = 0.0
    pinned = np.array([np.flatnonzero(vertices[:, 0] == 0.0)[3], np.flatnonzero(vertices[:, 0] > 20.0)[40]])
    return vertices[pinned], remesh(vertices, faces, wanted, onto_ball, pinned)


def test_pinned_vertices_come_first_and_stay(half):
    pinned, (vertices, _) = half
    np.testing.assert_array_equal(vertices[:2], pinned)


def test_the_half_stays_one_disc_whose_border_lies_in_the_middle(half):
    _, (vertices, faces) = half
    edges = Edges.of(faces)
    assert len(vertices) - len(edges.ends) + len(faces) == 1
    border = np.unique(edges.ends[edges.on_border])
    np.testing.assert_array_equal(np.flatnonzero(np.abs(vertices[:, 0]) < 1e-9), border)
    assert (vertices[:, 0] >= 0.0).all()
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), RADIUS, atol=0.05)


def test_edges_are_as_long_as_wanted_and_triangles_well_shaped(half):
    _, (vertices, faces) = half
    ends = vertices[Edges.of(faces).ends]
    ratio = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1) / wanted(ends.mean(axis=1))
    assert 0.85 < np.median(ratio) < 1.3
    assert np.quantile(ratio, 0.99) < 1.7
    surface = trimesh.Trimesh(vertices, faces, process=False)
    assert np.degrees(surface.face_angles.min()) > 20.0
    assert np.degrees(np.median(surface.face_angles.min(axis=1))) > 48.0
    assert ((surface.face_normals * surface.triangles_center).sum(axis=1) > 0.9 * RADIUS).all()
