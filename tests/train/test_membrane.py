"""The rows of faces between the lips of a template's mesh."""

from collections import Counter

import numpy as np
import pytest

from facewright.core.metrics import face_normals
from facewright.train.membrane import slit, string
from tests.core.flat_sheet import sheet

LANDMARKS = {"sto": np.array([0.0, -0.4, 0.0]), "ch_l": np.array([6.0, -1.4, 0.0])}


def border(faces):
    """The sides that only one face has."""
    sides = Counter(frozenset((face[k], face[k - 1])) for face in faces.tolist() for k in range(3))
    assert max(sides.values()) == 2
    return {side for side, count in sides.items() if count == 1}


@pytest.fixture(scope="module")
def strung():
    vertices, faces = sheet()
    return string(vertices, faces, slit(LANDMARKS))


def test_the_slit_runs_from_the_stomion_to_the_corner_of_the_mouth():
    line = slit(LANDMARKS)
    assert line is not None
    np.testing.assert_allclose(line[[0, -1]], list(LANDMARKS.values()))
    np.testing.assert_allclose(line[:, 1], -0.4 - line[:, 0] ** 2 / 36.0)
    assert slit({"sto": LANDMARKS["sto"]}) is None


def test_without_a_slit_a_mesh_stays_as_it_is():
    vertices, faces = sheet()
    same = string(vertices, faces, None)
    assert same.vertices is vertices
    assert same.faces is faces
    assert len(same.membrane) == len(same.share) == 0


def test_the_sheet_stays_whole_and_flat(strung):
    vertices, faces = sheet()
    np.testing.assert_array_equal(strung.vertices[: len(vertices)], vertices)
    np.testing.assert_allclose(face_normals(strung.vertices, strung.faces)[:, 2], 1.0)
    corners = strung.vertices[strung.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    assert areas.sum() == pytest.approx(800.0)
    assert areas.min() > 0.0
    outer, before = border(strung.faces), border(faces)
    assert before - outer == {side for side in before if side <= set(strung.membrane[:, 1:].ravel().tolist())}
    assert all((strung.vertices[list(side), 0] == 0.0).all() for side in outer - before)


def test_its_vertices_lie_between_the_lips_in_order(strung):
    own, upper, lower = strung.membrane.T
    assert own.min() == len(sheet()[0])
    line = slit(LANDMARKS)
    assert line is not None
    for ends, sign in ((upper, 1.0), (lower, -1.0)):
        height = strung.vertices[ends, 1] - np.interp(strung.vertices[ends, 0], line[:, 0], line[:, 1])
        assert (sign * height >= 0.0).all()
    share = strung.share[:, None]
    between = (1.0 - share) * strung.vertices[upper] + share * strung.vertices[lower]
    np.testing.assert_allclose(strung.vertices[own], between, atol=1e-12)
    strands, rows = np.unique(strung.membrane[:, 1:], axis=0, return_counts=True)
    assert len(strands) > 8
    assert set(rows.tolist()) == {12}


def test_its_first_strand_lies_in_the_middle_and_its_last_before_the_corner(strung):
    places = strung.vertices[strung.membrane[:, 0], 0]
    assert (places == 0.0).sum() == 12
    assert 5.0 <= places.max() < 6.0
