"""Blender's way and CAD's way of moving the camera."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from facewright.editor.viewport.navigation import STYLE, STYLES, dragged, pressed, wheeled
from facewright.editor.viewport.pose import Pose, View

POSE = Pose(View(10.0, 5.0), (0.0, 0.0, 0.0), 500.0)
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def test_the_middle_button_orbits_in_blender_and_pans_in_cad() -> None:
    middle, right = Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
    assert STYLE["blender"].gesture(middle, NONE) == "orbit"
    assert STYLE["blender"].gesture(middle, SHIFT) == "pan"
    assert STYLE["blender"].gesture(right, NONE) is None
    assert STYLE["cad"].gesture(middle, NONE) == "pan"
    assert STYLE["cad"].gesture(right, NONE) == "orbit"


@pytest.mark.parametrize("style", STYLES)
def test_one_button_is_enough_in_every_style(style: str) -> None:
    chosen, left = STYLE[next(name for name in STYLES if name == style)], Qt.MouseButton.LeftButton
    control = Qt.KeyboardModifier.ControlModifier
    gestures = {chosen.gesture(left, m) for m in (NONE, SHIFT, control, control | SHIFT)}
    assert gestures == {"orbit", "pan", "zoom", "light"} == set(chosen.in_words)
    assert chosen.gesture(left, Qt.KeyboardModifier.KeypadModifier) == "orbit"  # other modifiers do not matter


def test_dragging_to_the_right_turns_the_head_to_the_right() -> None:
    assert dragged(POSE, "orbit", 0.1, 0.0).view.azimuth < POSE.view.azimuth
    assert dragged(POSE, "zoom", 0.0, 0.1).distance < POSE.distance


def test_wheel_notches_there_and_back_change_nothing() -> None:
    assert wheeled(POSE, 120).distance < POSE.distance
    assert wheeled(wheeled(POSE, 120), -120).distance == pytest.approx(POSE.distance)


def test_the_keyboard_alone_orbits_pans_and_zooms() -> None:
    turned = pressed(POSE, Qt.Key.Key_Right, NONE)
    panned = pressed(POSE, Qt.Key.Key_Right, SHIFT)
    nearer = pressed(POSE, Qt.Key.Key_Plus, NONE)
    assert turned is not None
    assert panned is not None
    assert nearer is not None
    assert turned.view.azimuth > POSE.view.azimuth
    assert panned.view == POSE.view
    assert panned.focus != POSE.focus
    assert nearer.distance < POSE.distance
    assert pressed(POSE, Qt.Key.Key_A, NONE) is None
