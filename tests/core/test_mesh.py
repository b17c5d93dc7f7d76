"""Meshes: closedness, components."""

import numpy as np
import pytest
import trimesh

from facewright.core.mesh import Mesh, border_vertices
from facewright.core.mesh_kernels import face_volumes


def mesh_of(surface):
    return Mesh(np.asarray(surface.vertices, dtype=np.float32), np.asarray(surface.faces, dtype=np.int32))


@pytest.fixture
def ball():
    return mesh_of(trimesh.creation.icosphere(subdivisions=3, radius=100.0))


@pytest.fixture
def ball_and_speck(ball):
    speck = mesh_of(trimesh.creation.box([2.0, 3.0, 4.0]))
    faces = np.concatenate([speck.faces, ball.faces + len(speck.vertices)])
    return Mesh(np.concatenate([speck.vertices, ball.vertices]), faces)


def test_a_ball_is_closed(ball):
    assert ball.watertight
    assert ball.component_count == 1
    assert ball.height_mm == pytest.approx(200.0)
    assert ball.largest_component() is ball


def test_a_hole_or_a_flipped_face_is_seen(ball):
    assert not Mesh(ball.vertices, ball.faces[1:]).watertight
    flipped = ball.faces.copy()
    flipped[0] = flipped[0, ::-1]
    assert not Mesh(ball.vertices, flipped).watertight


def test_the_largest_component_is_kept_as_it_was(ball, ball_and_speck):
    assert ball_and_speck.component_count == 2
    kept = ball_and_speck.largest_component()
    np.testing.assert_array_equal(kept.vertices, ball.vertices)
    np.testing.assert_array_equal(kept.faces, ball.faces)
    assert kept.faces.dtype == np.int32


def test_a_tetrahedrons_volume_is_a_sixth_of_its_edges_box_wherever_it_lies():
    corners = np.array([[0.0, 0, 0], [2, 0, 0], [0, 3, 0], [0, 0, 4]])
    outwards = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    for shift in (0.0, 50.0):
        assert face_volumes(corners + shift, outwards).sum() == pytest.approx(4.0)
        assert face_volumes(corners + shift, outwards[:, ::-1]).sum() == pytest.approx(-4.0)


def test_a_cavity_of_more_vertices_is_not_taken_for_the_shell_about_it():
    shell = mesh_of(trimesh.creation.icosphere(subdivisions=3, radius=100.0))
    inner = mesh_of(trimesh.creation.icosphere(subdivisions=5, radius=80.0))
    faces = np.concatenate([inner.faces[:, ::-1], shell.faces + len(inner.vertices)])
    both = Mesh(np.concatenate([inner.vertices, shell.vertices]), faces)
    np.testing.assert_array_equal(both.largest_component().vertices, shell.vertices)


def test_the_border_is_where_edges_have_one_face(ball):
    assert not len(border_vertices(ball.faces))
    assert not len(border_vertices(ball.faces[:0]))
    apex = int(ball.faces[0, 0])
    without = ball.faces[(ball.faces != apex).all(axis=1)]
    ring = np.unique(ball.faces[(ball.faces == apex).any(axis=1)])
    np.testing.assert_array_equal(border_vertices(without), ring[ring != apex])
