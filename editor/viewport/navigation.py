"""What mouse and keys do to the camera: a table for every style, and the hand's way through it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from facewright.editor.viewport.pose import Pose, ViewName

Gesture = Literal["orbit", "pan", "zoom", "light"]
StyleName = Literal["blender", "cad"]
STYLES: tuple[StyleName, ...] = get_args(StyleName)

_LEFT, _MIDDLE, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
_NONE, _SHIFT, _CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
DEGREES_PER_HEIGHT = 200.0
"""That a drag over the picture's height turns the camera, or the light."""
_ZOOM_PER_HEIGHT = math.log(16.0)
_ZOOM_PER_NOTCH = 1.15
_NOTCH = 120.0
"""Qt's unit of a wheel's notch."""
_KEY_DEGREES = 15.0
_KEY_SHARE = 0.05


@dataclass(frozen=True)
class Style:
    """How one kind of program moves its camera.

    gestures : what dragging with a button and a modifier does; at_pointer : whether zooming heads for the pointer
    and orbiting turns about the point of the surface under it, rather than the middle of the picture; in_words :
    the same for people.
    """

    gestures: Mapping[tuple[Qt.MouseButton, Qt.KeyboardModifier], Gesture]
    at_pointer: bool
    in_words: Mapping[Gesture, str]

    def gesture(self, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> Gesture | None:
        """What dragging with that button under those modifiers does; None for nothing."""
        return self.gestures.get((button, modifiers & (_SHIFT | _CONTROL)))


_FOR_EVERYONE: Mapping[tuple[Qt.MouseButton, Qt.KeyboardModifier], Gesture] = {
    (_LEFT, _NONE): "orbit",
    (_LEFT, _SHIFT): "pan",
    (_LEFT, _CONTROL): "zoom",
    (_LEFT, _CONTROL | _SHIFT): "light",
}
"""So that a mouse with one button, a pen or a touch pad is enough."""

STYLE: Mapping[StyleName, Style] = MappingProxyType(
    {
        "blender": Style(
            MappingProxyType(
                {
                    **_FOR_EVERYONE,
                    (_MIDDLE, _NONE): "orbit",
                    (_MIDDLE, _SHIFT): "pan",
                    (_MIDDLE, _CONTROL): "zoom",
                }
            ),
            at_pointer=False,
            in_words=MappingProxyType(
                {
                    "orbit": "Drag, or middle-drag",
                    "pan": "Shift-drag, or Shift-middle-drag",
                    "zoom": "Wheel, or Ctrl-middle-drag",
                    "light": "Ctrl-Shift-drag",
                }
            ),
        ),
        "cad": Style(
            MappingProxyType(
                {
                    **_FOR_EVERYONE,
                    (_RIGHT, _NONE): "orbit",
                    (_MIDDLE, _NONE): "pan",
                    (_MIDDLE, _SHIFT): "orbit",
                    (_MIDDLE, _CONTROL): "zoom",
                }
            ),
            at_pointer=True,
            in_words=MappingProxyType(
                {
                    "orbit": "Drag, right-drag, or Shift-middle-drag, about the point under the pointer",
                    "pan": "Middle-drag, or Shift-drag",
                    "zoom": "Wheel towards the pointer, or Ctrl-middle-drag",
                    "light": "Ctrl-Shift-drag",
                }
            ),
        ),
    }
)

KEY_VIEWS: Mapping[tuple[Qt.Key, bool], ViewName] = MappingProxyType(
    {
        (Qt.Key.Key_1, False): "front",
        (Qt.Key.Key_1, True): "back",
        (Qt.Key.Key_3, False): "left",
        (Qt.Key.Key_3, True): "right",
        (Qt.Key.Key_7, False): "top",
        (Qt.Key.Key_7, True): "basal",
        (Qt.Key.Key_9, False): "three-quarter",
    }
)
"""Views on the number pad, without and with Ctrl, as Blender has them (its Right is the subject's left)."""


def dragged(pose: Pose, gesture: Gesture, right: float, up: float, pivot: np.ndarray | None = None) -> Pose:
    """The pose after a drag by shares of the picture's height; an orbit turns about `pivot` (3,) mm if given."""
    if gesture == "orbit":
        return pose.orbited(-DEGREES_PER_HEIGHT * right, -DEGREES_PER_HEIGHT * up, pivot)
    if gesture == "pan":
        return pose.panned(right, up)
    return pose.zoomed(math.exp(_ZOOM_PER_HEIGHT * up))


def wheeled(pose: Pose, delta: float, right: float = 0.0, up: float = 0.0) -> Pose:
    """The pose after turning the wheel by Qt's `delta`, towards (right, up) from the middle in heights."""
    return pose.zoomed(_ZOOM_PER_NOTCH ** (delta / _NOTCH), right, up)


def pressed(pose: Pose, key: int, modifiers: Qt.KeyboardModifier) -> Pose | None:
    """The pose after an arrow (orbit; with Shift pan), + or −; None if the key moves nothing."""
    arrows = {
        Qt.Key.Key_Left: (-1, 0),
        Qt.Key.Key_Right: (1, 0),
        Qt.Key.Key_Up: (0, 1),
        Qt.Key.Key_Down: (0, -1),
    }
    if key in arrows:
        right, up = arrows[Qt.Key(key)]
        if modifiers & _SHIFT:
            return pose.panned(_KEY_SHARE * right, _KEY_SHARE * up)
        return pose.orbited(_KEY_DEGREES * right, _KEY_DEGREES * up)
    if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
        return pose.zoomed(_ZOOM_PER_NOTCH)
    if key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
        return pose.zoomed(1 / _ZOOM_PER_NOTCH)
    return None
