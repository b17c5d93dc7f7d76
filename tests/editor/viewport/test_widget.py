"""The viewport's own mouse and keys: they reach it through PyVista's canvas and move the camera as its style says."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QExposeEvent, QMouseEvent, QRegion, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from facewright.editor.viewport.canvas import Canvas
from facewright.editor.viewport.pose import framed
from facewright.editor.viewport.widget import Viewport
from tests.editor.patience import pause

if TYPE_CHECKING:
    import numpy as np
    from pytestqt.qtbot import QtBot

    from facewright.editor.main_window import MainWindow
    from facewright.editor.viewport.tool import Touch

NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def viewport(window: MainWindow) -> Viewport:
    assert isinstance(window.viewport, Viewport)
    assert isinstance(window.viewport.canvas, Canvas)
    return window.viewport


def wheel(canvas: Canvas, delta: int) -> None:
    place, button = QPointF(canvas.rect().center()), Qt.MouseButton.NoButton
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(place, canvas.mapToGlobal(place), QPoint(), QPoint(0, delta), button, NONE, phase, False)
    QApplication.sendEvent(canvas, event)


def test_the_wheel_over_the_canvas_zooms_there_and_back(viewport: Viewport) -> None:
    before = viewport.pose
    wheel(viewport.canvas, 120)
    assert viewport.pose.distance < before.distance
    wheel(viewport.canvas, -120)
    assert viewport.pose.distance == pytest.approx(before.distance)
    assert viewport.pose.view == before.view


@pytest.mark.parametrize(("style", "orbits"), [("blender", True), ("cad", False)])
def test_the_middle_button_moves_the_camera_as_the_style_says(viewport: Viewport, style: str, orbits: bool) -> None:
    viewport.set_style("blender" if style == "blender" else "cad")
    before, middle = viewport.pose, viewport.canvas.rect().center()
    QTest.mousePress(viewport.canvas, Qt.MouseButton.MiddleButton, NONE, middle)
    QTest.mouseMove(viewport.canvas, middle + QPoint(30, 0))
    QTest.mouseRelease(viewport.canvas, Qt.MouseButton.MiddleButton, NONE, middle + QPoint(30, 0))
    after = viewport.pose
    assert (after.view != before.view) == orbits
    assert (after.focus != before.focus) != orbits
    QTest.mouseMove(viewport.canvas, middle - QPoint(30, 0))
    assert viewport.pose == after  # let go


def test_a_hand_whose_release_a_dialog_has_kept_holds_nothing_any_more(viewport: Viewport) -> None:
    before, middle = viewport.pose, viewport.canvas.rect().center()
    QTest.mousePress(viewport.canvas, Qt.MouseButton.LeftButton, NONE, middle)
    place, button = QPointF(middle + QPoint(30, 0)), Qt.MouseButton.NoButton
    there = QPointF(viewport.canvas.mapToGlobal(place))
    QApplication.sendEvent(viewport.canvas, QMouseEvent(QEvent.Type.MouseMove, place, there, button, button, NONE))
    QTest.mouseRelease(viewport.canvas, Qt.MouseButton.LeftButton, NONE, middle)
    assert viewport.pose == before


def test_keys_move_the_camera_and_home_brings_the_view_back(viewport: Viewport) -> None:
    viewport.set_view("front")
    before = viewport.pose
    QTest.keyClick(viewport, Qt.Key.Key_Right)
    assert viewport.pose.view != before.view
    QTest.keyClick(viewport, Qt.Key.Key_Plus)
    assert viewport.pose.distance < before.distance
    QTest.keyClick(viewport, Qt.Key.Key_Home)
    assert viewport.pose.view == before.view
    assert viewport.pose.distance == pytest.approx(before.distance)


def test_the_pointer_finds_the_surface_where_the_head_is_and_nothing_beside_it(viewport: Viewport) -> None:
    viewport.set_view("front")
    viewport.draw()
    touch = viewport._touch(QPointF(viewport.rect().center()))
    assert touch is not None
    assert viewport._touch(QPointF(2.0, 2.0)) is None


def test_the_whole_head_is_seen_in_whatever_the_window_becomes_until_the_camera_is_moved(
    qtbot: QtBot, window: MainWindow, viewport: Viewport
) -> None:
    """As at a start, where the first surface comes before the window has a size."""
    before = viewport.pose

    def is_framed() -> bool:
        viewport.draw()
        whole = framed(before.view, viewport.panes.head.points, viewport.panes.aspect)
        return viewport.pose.distance == pytest.approx(whole.distance, rel=0.01)

    window.resize(900, 1000)
    qtbot.waitUntil(lambda: viewport.pose != before and is_framed())
    viewport.stand(before)
    window.resize(1400, 700)
    QApplication.processEvents()
    viewport.draw()
    assert viewport.pose == before


class Noted:
    """A tool that keeps where the pointer was, and how what it took hold of ended."""

    def __init__(self, takes: bool = False) -> None:
        self.touches: list[Touch | None] = []
        self.ended: list[str] = []
        self._takes = takes

    def hover(self, touch: Touch | None) -> None:
        self.touches.append(touch)

    def grab(self, point: np.ndarray) -> bool:
        return self._takes

    def drag(self, way: np.ndarray, touch: Touch | None) -> None: ...

    def release(self) -> None:
        self.ended.append("released")

    def call_off(self) -> None:
        self.ended.append("called off")


def test_a_tool_that_is_put_away_leaves_nothing_under_the_pointer(qtbot: QtBot, viewport: Viewport) -> None:
    first, second = Noted(), Noted()
    viewport.set_tool(first)
    viewport.draw()
    QTest.mouseMove(viewport.canvas, viewport.canvas.rect().center())
    qtbot.waitUntil(lambda: bool(first.touches))
    viewport.set_tool(second)
    assert [touch is None for touch in first.touches[-2:]] == [False, True]
    viewport.set_tool(None)
    assert second.touches == [None]


def test_escape_calls_off_what_a_tool_holds_and_letting_go_then_does_nothing(viewport: Viewport) -> None:
    tool, middle = Noted(takes=True), viewport.canvas.rect().center()
    viewport.set_tool(tool)
    viewport.draw()
    QTest.keyClick(viewport, Qt.Key.Key_Escape)
    assert tool.ended == []
    for ends, keys in (("called off", [Qt.Key.Key_Escape]), ("released", [])):
        QTest.mousePress(viewport.canvas, Qt.MouseButton.LeftButton, pos=middle)
        for key in keys:
            QTest.keyClick(viewport, key)
        QTest.mouseRelease(viewport.canvas, Qt.MouseButton.LeftButton, pos=middle)
        assert tool.ended.pop() == ends
        assert tool.ended == []


class Paints(QObject):
    """Counts how often a widget is drawn."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the viewport is a window of its own on X11 alone")
def test_a_window_that_was_covered_is_drawn_whole(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.status.state.text() == "Ready")
    pause(300)
    paints = Paints()
    window.variants.installEventFilter(paints)
    handle = window.windowHandle()
    assert handle is not None
    corner = QRegion(window.width() - 1, window.height() - 1, 1, 1)
    QCoreApplication.sendEvent(handle, QExposeEvent(corner))
    qtbot.waitUntil(lambda: paints.count > 0)


def test_a_closed_viewport_is_drawn_no_other_way(viewport: Viewport) -> None:
    viewport.close_graphics()
    viewport.set_display(replace(viewport.display, dark=not viewport.display.dark, comparison="split"))
    viewport.name_head("Another")  # text has its size without OpenGL
