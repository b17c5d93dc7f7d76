"""A face that is laid on a scan is like people's where there is one, and like nobody's where there is none."""

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.face_mixture import face_mixture
from facewright.core.anthropometry.locate import FRAME
from facewright.core.metrics import in_face
from facewright.core.normals import vertex_normals
from facewright.core.parameters import Parameters
from facewright.core.scan.likeness import distance_to, laid_face
from facewright.core.scan.mean_face import Surface, mean_face
from facewright.core.surface.extraction import head_mesh
from tests.core.people import people

TURN, AWAY = Rotation.from_euler("xyz", [40.0, -70.0, 110.0], degrees=True).as_matrix(), np.array([300.0, -20.0, 55.0])


@pytest.fixture(scope="module")
def mean():
    return mean_face(people())


def scanned(mean, inward=False):
    """The mean head's face in another pose, its normals outward, or half of them inward."""
    mesh = head_mesh(people(), Parameters(), 3.0)
    face = in_face(mesh.vertices, mean.tip)
    points = mesh.vertices[face] @ TURN.T + AWAY
    normals = vertex_normals(mesh.vertices, mesh.faces)[face] @ TURN.T
    if inward:
        normals[::2] *= -1.0
    return Surface(points, normals, cKDTree(points), np.zeros(len(points), bool))


@pytest.mark.parametrize("inward", [False, True])
def test_where_a_face_is_one_like_peoples_is_laid_from_half_a_centimetre_off(mean, inward):
    off = Rotation.from_euler("y", 4.0, degrees=True).as_matrix()
    starts = {name: (point @ off.T + [3.0, -4.5, 2.5]) @ TURN.T + AWAY for name, point in mean.landmarks.items()}
    laid = laid_face(scanned(mean, inward), starts, TURN[:, 2])
    assert laid is not None
    assert laid.sigma < 1.3
    assert laid.off_mm < 0.3
    for name in ("prn", "en_l", "ch_r"):
        assert np.linalg.norm(laid.landmarks[name] - (mean.landmarks[name] @ TURN.T + AWAY)) < 1.0


def test_where_there_is_none_it_is_like_nobodys(mean):
    forehead = {name: (0.4 * point + [0.0, 20.0, 60.0]) @ TURN.T + AWAY for name, point in mean.landmarks.items()}
    laid = laid_face(scanned(mean), forehead, TURN[:, 2])
    assert laid is not None
    assert laid.sigma > 1.8


def test_without_the_frame_nothing_is_laid(mean):
    few = {name: mean.landmarks[name] for name in FRAME[1:]}
    assert laid_face(scanned(mean), few, TURN[:, 2]) is None
    assert set(FRAME) <= set(face_mixture().names)


def test_the_distance_to_points_is_that_of_their_planes():
    side = np.arange(0.0, 20.0)
    points = np.stack([*np.meshgrid(side, side, indexing="ij"), np.zeros((20, 20))], -1).reshape(-1, 3)
    normals = np.broadcast_to([0.0, 0.0, 1.0], points.shape)
    asked = np.array([[5.3, 7.7, 1.5], [12.1, 3.2, -0.4]])
    np.testing.assert_allclose(distance_to(points, normals, cKDTree(points))(asked), asked[:, 2], atol=1e-9)
