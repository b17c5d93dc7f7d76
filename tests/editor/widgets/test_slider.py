"""The slider and the field: mouse, keys, wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from facewright.editor.widgets.drag_slider import HeldKeys
from facewright.editor.widgets.slider import CoefficientField, CoefficientSlider

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def slider(qtbot: QtBot) -> CoefficientSlider:
    slider = CoefficientSlider()
    slider.resize(220, 24)
    qtbot.addWidget(slider)
    return slider


@pytest.fixture
def values(slider: CoefficientSlider) -> list[float]:
    """Every coefficient that a person set."""
    values: list[float] = []
    slider.coefficient_changed.connect(values.append)
    return values


def at(slider: CoefficientSlider, sigma: float) -> QPoint:
    """Where the handle is at a coefficient: the margin is 10 pixels at either end."""
    return QPoint(round(10 + (sigma + 3) / 6 * (slider.width() - 20)), slider.height() // 2)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (Qt.Key.Key_Right, 0.1),
        (Qt.Key.Key_Left, -0.1),
        (Qt.Key.Key_PageUp, 1.0),
        (Qt.Key.Key_PageDown, -1.0),
        (Qt.Key.Key_Home, -3.0),
        (Qt.Key.Key_End, 3.0),
    ],
)
def test_keys(qtbot: QtBot, slider: CoefficientSlider, values: list[float], key: Qt.Key, value: float) -> None:
    qtbot.keyClick(slider, key)
    assert values == [value]
    qtbot.keyClick(slider, Qt.Key.Key_0)
    assert values == [value, 0.0]


def test_a_press_brings_the_handle_and_a_drag_is_one_gesture(
    qtbot: QtBot, slider: CoefficientSlider, values: list[float]
) -> None:
    gestures: list[str] = []
    slider.gesture_began.connect(lambda: gestures.append("began"))
    slider.gesture_ended.connect(lambda: gestures.append("ended"))
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=at(slider, 1.0))
    assert values == [1.0]
    qtbot.mouseMove(slider, at(slider, 2.0))
    qtbot.mouseMove(slider, at(slider, 9.0))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=at(slider, 9.0))
    assert values == [1.0, 2.0, 3.0]
    assert gestures == ["began", "ended"]


def test_a_handle_that_hears_of_no_release_is_let_go_all_the_same(qtbot: QtBot, slider: CoefficientSlider) -> None:
    ended: list[bool] = []
    slider.gesture_ended.connect(lambda: ended.append(True))
    slider.show()
    slider.activateWindow()
    qtbot.waitUntil(slider.isActiveWindow)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=at(slider, 1.0))
    assert slider.hasFocus()
    assert ended == []
    slider.setEnabled(False)
    assert ended == [True]
    slider.setEnabled(True)
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=at(slider, 1.0))
    assert ended == [True]


def test_gripping_the_edge_of_the_handle_does_not_move_it(
    qtbot: QtBot, slider: CoefficientSlider, values: list[float]
) -> None:
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=at(slider, 0.0) + QPoint(6, 0))
    assert values == []


def test_double_click_is_the_mean(qtbot: QtBot, slider: CoefficientSlider) -> None:
    slider.set_coefficient(2.0)
    qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton, pos=at(slider, 2.0))
    assert slider.value() == 0


def test_showing_a_coefficient_is_no_change(slider: CoefficientSlider, values: list[float]) -> None:
    slider.set_coefficient(1.25)
    slider.set_coefficient(5.0)
    assert values == []
    assert slider.value() == slider.maximum()


def test_the_wheel_is_left_to_the_panel(slider: CoefficientSlider, values: list[float]) -> None:
    field = CoefficientField()
    for widget in (slider, field):
        event = QWheelEvent(
            QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)
        assert not event.isAccepted()
    assert values == []
    assert field.value() == 0.0


def test_the_field_reports_a_typed_number_once(qtbot: QtBot) -> None:
    field = CoefficientField()
    qtbot.addWidget(field)
    values: list[float] = []
    field.coefficient_changed.connect(values.append)
    field.selectAll()
    qtbot.keyClicks(field, "-4.25")
    assert values == []
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert values == [-4.25]


def test_a_held_key_is_one_gesture(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    keys = HeldKeys(widget)
    gestures: list[str] = []
    keys.gesture_began.connect(lambda: gestures.append("began"))
    keys.gesture_ended.connect(lambda: gestures.append("ended"))

    def send(kind: QEvent.Type, *, repeated: bool) -> None:
        QApplication.sendEvent(widget, QKeyEvent(kind, Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, "", repeated))

    send(QEvent.Type.KeyPress, repeated=False)
    for _ in range(3):
        send(QEvent.Type.KeyRelease, repeated=True)
        send(QEvent.Type.KeyPress, repeated=True)
    assert gestures == ["began"]
    send(QEvent.Type.KeyRelease, repeated=False)
    assert gestures == ["began", "ended"]
