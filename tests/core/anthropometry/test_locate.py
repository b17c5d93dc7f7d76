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
    carried |= {"other": np.array([1.0, 2.0, 3.0])}
    carried = {name: point @ axes if name != "other" else point for name, point in carried.items()}
    found = locate(ball, carried, axes)
    left, _, front = RADIUS * axes  # of a top so flat the alae's grid of half millimetres tells no more
    for name, expected in {"prn": front, "al_l": left, "al_r": -left}.items():
        np.testing.assert_allclose(found[name], expected, atol=0.4, err_msg=name)
    np.testing.assert_array_equal(found["other"], [1.0, 2.0, 3.0])


CANTHI = {"en_l": (15, 0, 80), "en_r": (-15, 0, 80), "ex_l": (45, 0, 70), "ex_r": (-45, 0, 70)}


def wave(points):
    """A face that is a wave from forehead to bridge: its root is 8 mm above the canthi, its brow 26 mm."""
    return points[:, 2] - 100.0 + 3.0 * np.cos(np.pi * (points[:, 1] - 8.0) / 18.0)


@pytest.mark.parametrize("pitch", [-8.0, 0.0, 8.0])
def test_root_and_brow_are_where_a_wave_turns_however_the_head_is_pitched(pitch):
    turn = Rotation.from_euler("x", pitch, degrees=True).as_matrix()
    upright = {"n": (0, 12, 97), "g": (0, 22, 103), "prn": (0, -30, 100), **CANTHI}
    carried = {name: turn @ np.array(point, float) for name, point in upright.items()}
    found = locate(lambda points: wave(points @ turn), carried, np.eye(3), held={"prn"})
    for name, level in {"n": 8.0, "g": 26.0}.items():
        back = found[name] @ turn
        assert back[1] == pytest.approx(level, abs=2.0), name
        assert wave(back[None])[0] == pytest.approx(0.0, abs=0.02)


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


def test_gnathion_is_where_it_would_be_looked_for_again_wherever_that_begins():
    def chin(points):
        return np.hypot(points[:, 1] + 40.0, points[:, 2] - 80.0) - 30.0

    def at(degrees):
        return np.array([0.0, -40.0 - 30.0 * np.sin(np.radians(degrees)), 80.0 + 30.0 * np.cos(np.radians(degrees))])

    found = [locate(chin, {"gn": at(start)}, np.eye(3))["gn"] for start in (45.0, 75.0)]
    np.testing.assert_allclose(found[0], found[1], atol=0.3)
    again = locate(chin, {"gn": found[0]}, np.eye(3))["gn"]
    np.testing.assert_allclose(again, found[0], atol=0.3)
    assert abs(chin(found[0][None])[0]) < 0.01
