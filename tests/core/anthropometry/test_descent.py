"""Steps down to landmarks: on a surface whose tops are known a map that is worked out by hand finds them."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.descent import Descent, descent
from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.locate import FRAME
from facewright.core.metrics import in_face
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.surface.extraction import head_mesh

ROUND_MM = 20.0
TOPS = np.array([(40.0 * (k % 4), 40.0 * (k // 4), 0.0) for k in range(len(FRAME))])
"""Where tops are: round each the surface falls as x²/20 to both sides."""


def known() -> Descent:
    """From 2 mm to the left and to the right of a landmark x mm beside its top Φ differs by 8 x/20."""
    count = len(FRAME)
    maps = np.zeros((1, count, count, 2, 3))
    for k in range(count):
        maps[0, k, k, :, 0] = np.array([-1.0, 1.0]) * ROUND_MM / 8.0
    places = np.tile([(2.0, 0.0, 0.0), (-2.0, 0.0, 0.0)], (count, 1, 1))
    return Descent(FRAME, TOPS, places, maps, np.zeros((1, count, 3)))


def height(points):
    nearest = TOPS[np.linalg.norm(points[:, None, :2] - TOPS[None, :, :2], axis=2).argmin(axis=1)]
    return points[:, 2] + (points - nearest)[:, 0] ** 2 / ROUND_MM


def begun():
    points = TOPS + [1.0, 0.0, 0.0] * np.array([1, -1, 1, -1, -1, 1, -1, 1])[:, None]
    return points - np.outer(height(points), [0.0, 0.0, 1.0])


@pytest.mark.parametrize("size", [1.0, 1.5])
def test_landmarks_go_to_their_tops_in_a_face_of_any_pose_and_size(size):
    turn, shift = Rotation.from_rotvec([0.3, -0.2, 0.5]).as_matrix(), np.array([5.0, -80.0, 30.0])

    def distance(points):
        return size * height((points - shift) @ turn / size)

    def onto(points):
        return points - distance(points)[:, None] * turn[:, 2]

    starts = dict(zip(FRAME, size * begun() @ turn.T + shift, strict=True))
    moved = known().moved(distance, onto, starts, held=["en_l"])
    np.testing.assert_array_equal(moved["en_l"], starts["en_l"])
    for name, top in zip(FRAME, size * TOPS @ turn.T + shift, strict=True):
        if name != "en_l":
            assert np.linalg.norm(moved[name] - top) < 0.2 * np.linalg.norm(starts[name] - top)


def test_without_all_landmarks_none_is_moved():
    starts = dict(zip(FRAME[1:], begun()[1:], strict=True))
    assert known().moved(height, lambda points: points, starts) == starts


def test_on_a_scan_of_the_mean_head_landmarks_stay_about_where_the_model_has_them():
    model = load(bundled_model(), torch.device("cpu"))
    before = find_landmarks(model, Parameters(), names=descent().names).points
    surface = head_mesh(model, Parameters(), 4.0).vertices
    on_scan = find_landmarks(model, Parameters(), scan=surface[in_face(surface, before["prn"])])
    assert max(np.linalg.norm(on_scan.points[name] - point) for name, point in before.items()) < 2.5
    assert on_scan.facial_plane is not None  # of the face alone: it has no ears
