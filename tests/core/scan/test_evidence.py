"""What speaks for a pose, on a bowl whose face is itself."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from facewright.core.scan.evidence import Pose, evidence, score
from facewright.core.scan.mean_face import Surface


def dome(count=1000, seed=0):
    """Points (N, 3) and normals (N, 3) of a half ball of 60 mm, its top at the origin."""
    normals = np.random.default_rng(seed).normal(size=(4 * count, 3))
    normals = normals[normals[:, 2] > 0.0][:count]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return 60.0 * normals - [0.0, 0.0, 60.0], normals


def surface(points, normals, edge=None):
    return Surface(points, normals, cKDTree(points), np.zeros(len(points), bool) if edge is None else edge)


@pytest.fixture
def mean():
    points, normals = dome()
    face = SimpleNamespace(face=points, face_normals=normals, modes=np.zeros((1, 1000, 3)), tip=np.zeros(3))
    face.face_of = lambda shape, count: points[:count]
    return face


HERE = Pose(np.eye(3), np.zeros(3), np.zeros(1))


def speaks(scan, mean, pose=HERE):
    return evidence(pose, scan, mean, 1000, 1.5)


def test_a_whole_face_speaks_most_and_half_of_it_half_as_much(mean):
    points, normals = dome(6000, 1)
    half = points[:, 0] < 0.0
    edge = half & (points[:, 0] > -5.0)
    whole, part = speaks(surface(points, normals), mean), speaks(surface(points[half], normals[half], edge[half]), mean)
    assert whole > 0.85
    assert part == pytest.approx(whole / 2, abs=0.12)
    wrong = Pose(np.eye(3), np.array([0.0, 0.0, 5.0]), np.zeros(1))
    assert speaks(surface(points, normals), mean, wrong) < 0.0
    assert score(wrong, surface(points, normals), mean, 1000) > score(HERE, surface(points, normals), mean, 1000)


def test_what_is_before_or_behind_speaks_against_and_a_hole_does_not(mean):
    points, normals = dome(6000, 1)
    gone = points[:, 0] > 20.0
    hole = speaks(surface(points[~gone], normals[~gone]), mean)
    behind = points - 24.0 * normals * gone[:, None]
    assert speaks(surface(behind, normals), mean) < hole - 0.15


def test_what_is_in_the_free_air_speaks_against(mean):
    points, normals = dome(6000, 1)
    veil = points + np.array([0.0, 0.0, 40.0])
    both = surface(np.concatenate([points, veil]), np.concatenate([normals, normals]))
    assert speaks(both, mean) < speaks(surface(points, normals), mean) - 0.2


def test_what_lacks_counts_as_much_as_is_said(mean):
    points, normals = dome(6000, 1)
    half = points[:, 0] < 0.0
    part = surface(points[half], normals[half])
    strict, mild = (score(HERE, part, mean, 1000, lacking) for lacking in (10.0, 4.0))
    assert strict - mild == pytest.approx(6.0 * 0.42, abs=0.5)
