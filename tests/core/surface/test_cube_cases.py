"""Marching cubes' cases: every mesh is closed and looks outwards, whatever the signs; volumes of closed forms."""

from collections import Counter

import numpy as np
import pytest

from facewright.core.surface.cube_cases import CORNERS, COUNTS, EDGES, TRIANGLES


def marched(values):
    """Vertices and faces of a grid of values, cell by cell, as the table says."""
    vertices: dict[tuple[int, ...], tuple[int, np.ndarray]] = {}
    faces = []
    for cell in np.ndindex(*(n - 1 for n in values.shape)):
        corners = np.asarray(cell) + CORNERS
        found = values[tuple(corners.T)]
        case = int(np.sum((found < 0.0) << np.arange(8)))
        for triangle in TRIANGLES[case, : COUNTS[case]]:
            face = []
            for a, b in EDGES[triangle]:
                key = (*corners[a], *corners[b])
                share = found[a] / (found[a] - found[b])
                vertices.setdefault(key, (len(vertices), corners[a] + share * (corners[b] - corners[a])))
                face.append(vertices[key][0])
            faces.append(face)
    return np.array([place for _, place in vertices.values()]), np.array(faces)


def volume(vertices, faces):
    return np.linalg.det(vertices[faces]).sum() / 6.0


@pytest.mark.parametrize("seed", range(4))
def test_every_mesh_is_closed_whatever_the_signs(seed):
    values = np.ones((9, 8, 7))
    values[1:-1, 1:-1, 1:-1] = np.random.default_rng(seed).normal(size=(7, 6, 5))
    vertices, faces = marched(values)
    sides = Counter((int(a), int(b)) for face in faces for a, b in zip(face, np.roll(face, -1), strict=True))
    assert set(sides.values()) == {1}  # each side of a face is another's, the other way round
    assert all((b, a) in sides for a, b in sides)
    assert volume(vertices, faces) > 0.0


def test_all_cases_but_the_two_without_a_surface_have_triangles():
    assert [case for case in range(256) if not COUNTS[case]] == [0, 255]


def test_the_volume_of_a_ball():
    axes = np.arange(-12.0, 13.0)
    values = np.sqrt(sum(axis**2 for axis in np.meshgrid(axes, axes, axes))) - 10.2
    assert volume(*marched(values)) == pytest.approx(4.0 / 3.0 * np.pi * 10.2**3, rel=0.01)


def test_what_is_outside_stays_connected_across_a_face():
    values = np.ones((4, 4, 4))
    values[1, 1, 1] = values[2, 2, 1] = -1.0  # across from each other on one face
    vertices, faces = marched(values)
    assert len(faces) == 16  # two octahedra
    assert len(vertices) == 12
