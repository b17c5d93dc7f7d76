"""Landmarks by their definitions on a ball, whose outermost points are known however it is turned."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.locate import FRAME, face_axes, locate, nostrils_top

RADIUS = 100.0
TURN = Rotation.from_euler("xyz", [15.0, -25.0, 8.0], degrees=True).as_matrix()
TEMPLATE = {name: np.random.default_rng(number).uniform(-50.0, 50.0, 3) for number, name in enumerate(FRAME)}


def ball(points):
    return np.linalg.norm(points, axis=1) - RADIUS


def near(*direction):
    return RADIUS * np.array(direction) / np.linalg.norm(direction)


def test_a_faces_axes_are_turned_with_its_landmarks():
    turned = {name: TURN @ point + [5.0, 60.0, -7.0] for name, point in TEMPLATE.items()}
    np.testing.assert_allclose(face_axes(TEMPLATE, turned), TURN.T, atol=1e-9)
    few = {name: turned[name] for name in FRAME[:3]}
    np.testing.assert_array_equal(face_axes(TEMPLATE, few), np.eye(3))


@pytest.mark.parametrize("axes", [np.eye(3), TURN.T], ids=["upright", "turned"])
def test_tip_and_alae_are_the_outermost_points_along_the_faces_axes(axes):
    carried = {"prn": near(0.04, -0.02, 1.0), "al_l": near(1.0, 0.02, 0.02), "al_r": near(-1.0, 0.02, -0.01)}
    carried |= {"g": near(0.0, 0.05, 1.0), "pg": near(0.0, -0.04, 1.0), "other": np.array([1.0, 2.0, 3.0])}
    carried = {name: point @ axes if name != "other" else point for name, point in carried.items()}
    found = locate(ball, carried, axes)
    left, _, front = RADIUS * axes
    for name, expected in {"prn": front, "al_l": left, "al_r": -left, "g": front, "pg": front}.items():
        np.testing.assert_allclose(found[name], expected, atol=0.02, err_msg=name)
    np.testing.assert_array_equal(found["other"], [1.0, 2.0, 3.0])


def test_what_a_person_placed_stays_there():
    carried = {"prn": near(0.04, -0.02, 1.0), "al_l": near(1.0, 0.02, 0.02)}
    found = locate(ball, carried, np.eye(3), held={"prn"})
    np.testing.assert_array_equal(found["prn"], carried["prn"])
    assert not np.array_equal(found["al_l"], carried["al_l"])


def test_the_nostrils_end_between_subnasale_and_tip():
    [top] = nostrils_top({"sn": np.zeros(3), "prn": np.array([0.0, 10.0, 20.0])}).values()
    assert 0.0 < top[1] < 10.0
    assert top[2] == 2.0 * top[1]
    assert nostrils_top({"sn": np.zeros(3)}) == {}
