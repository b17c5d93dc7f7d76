"""Panels beside the viewport: hidden until they are asked for, and shown by what asks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QScreen
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget

from facewright.editor.docks import Docks

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = ("History", "Blend", "My Sliders", "Brush", "Measurements", "Operations", "Training", "Scan")


class Asker(QObject):
    """Asks for a panel."""

    wanted = Signal()


def test_panels_come_when_they_are_asked_for(qtbot: QtBot) -> None:
    window, asker = QMainWindow(), Asker()
    qtbot.addWidget(window)
    viewport = QWidget()
    window.setCentralWidget(viewport)
    docks = Docks(window, viewport, QWidget(), {title: QWidget() for title in LEFT})
    docks.show_on(asker.wanted, "Scan")
    window.show()
    by_title = {dock.windowTitle(): dock for dock in window.findChildren(QDockWidget)}
    assert set(by_title) == {"Parts", *LEFT}
    assert [title for title, dock in by_title.items() if not dock.isHidden()] == ["Parts"]
    assert window.dockWidgetArea(by_title["Parts"]) == Qt.DockWidgetArea.RightDockWidgetArea
    asker.wanted.emit()
    assert not by_title["Scan"].isHidden()
    docks.action("History").trigger()
    assert not by_title["History"].isHidden()
    tool = QAction("Brush", window, checkable=True)
    docks.show_with(tool, "Brush")
    for on in (True, False):
        tool.setChecked(on)
        assert by_title["Brush"].isHidden() != on
    keys = {docks.action(title).shortcut().toString() for title in by_title}
    assert len(keys) == len(by_title)
    assert "" not in keys


def test_tall_panels_have_the_whole_height_one_behind_the_other(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    docks = Docks(window, window, QWidget(), {title: QWidget() for title in LEFT})
    window.resize(1600, 1000)
    window.show()
    by_title = {dock.windowTitle(): dock for dock in window.findChildren(QDockWidget)}
    measuring, scan = by_title["Measurements"], by_title["Scan"]
    for title in ("Measurements", "Scan"):
        docks.action(title).trigger()
    qtbot.waitUntil(lambda: not scan.visibleRegion().isEmpty() and measuring.visibleRegion().isEmpty())
    assert scan.height() > 800
    docks.action("Measurements").trigger()  # it stood behind: it comes to the front, and is not put away
    qtbot.waitUntil(lambda: not measuring.visibleRegion().isEmpty())
    assert not scan.isHidden()
    docks.action("Measurements").trigger()
    assert measuring.isHidden()


def test_keys_lead_to_the_tabs_of_panels_only_where_there_are_some(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QScreen, "availableSize", lambda screen: QSize(1920, 1000))
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    docks = Docks(window, window, QWidget(), {title: QWidget() for title in LEFT})
    window.show()

    def focusable() -> list[int]:
        bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [bar.count() for bar in bars if bar.focusPolicy() != Qt.FocusPolicy.NoFocus]

    for title, tabs in (("Measurements", 0), ("Operations", 2), ("Operations", 0), ("Measurements", 0)):
        docks.action(title).trigger()
        qtbot.waitUntil(partial(lambda tabs: focusable() == ([tabs] if tabs else []), tabs))


def test_a_panel_that_comes_after_a_wide_one_leaves_a_small_window_some_room(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QScreen, "availableSize", lambda screen: QSize(1920, 1000))
    window, middle, wide = QMainWindow(), QWidget(), QWidget()
    qtbot.addWidget(window)
    window.setCentralWidget(middle)
    wide.setMinimumWidth(500)
    docks = Docks(window, window, QWidget(), {title: wide if title == "Scan" else QWidget() for title in LEFT})
    window.resize(800, 600)
    window.show()
    by_title = {dock.windowTitle(): dock for dock in window.findChildren(QDockWidget)}
    docks.action("Scan").trigger()
    qtbot.waitUntil(lambda: by_title["Scan"].width() >= 500)
    docks.action("Scan").trigger()
    docks.action("Operations").trigger()
    qtbot.waitUntil(lambda: middle.width() > 300)


@pytest.mark.parametrize(("width", "before"), [(1024, True), (1920, False)])
def test_on_a_small_screen_a_tall_panel_stands_before_the_parts(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, width: int, before: bool
) -> None:
    monkeypatch.setattr(QScreen, "availableSize", lambda screen: QSize(width, 700))
    window, middle, parts, table = QMainWindow(), QWidget(), QWidget(), QWidget()
    qtbot.addWidget(window)
    window.setCentralWidget(middle)
    parts.setMinimumWidth(440)
    table.setMinimumWidth(480)
    docks = Docks(window, window, parts, {title: table if title == "Measurements" else QWidget() for title in LEFT})
    window.resize(1000, 600)
    window.show()
    docks.action("Measurements").trigger()
    qtbot.waitUntil(lambda: not table.visibleRegion().isEmpty())
    assert (middle.width() > 400) == before
    assert parts.visibleRegion().isEmpty() == before
    docks.action("Measurements").trigger()
    qtbot.waitUntil(lambda: not parts.visibleRegion().isEmpty())


def test_on_a_tiny_screen_every_panel_stands_before_the_parts(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QScreen, "availableSize", lambda screen: QSize(640, 400))  # 1280 × 800 at twice the size
    window, parts = QMainWindow(), QWidget()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    parts.setMinimumWidth(450)
    others = {title: QWidget() for title in LEFT}
    for panel in others.values():
        panel.setMinimumWidth(270)
    docks = Docks(window, window, parts, others)
    window.resize(640, 370)
    window.show()
    tool = QAction("Brush", window, checkable=True)
    docks.show_with(tool, "Brush")
    tool.setChecked(True)
    qtbot.waitUntil(lambda: not others["Brush"].visibleRegion().isEmpty())
    docks.action("History").trigger()
    qtbot.waitUntil(lambda: not others["History"].visibleRegion().isEmpty())
    assert parts.visibleRegion().isEmpty()
    assert window.width() == 640
