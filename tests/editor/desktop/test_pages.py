"""What the program says of itself, and what it remembers of its windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QMessageBox, QPushButton, QWidget

from facewright.editor.desktop.about import about_text
from facewright.editor.desktop.action_group import ActionGroup
from facewright.editor.desktop.icons import ActionIcons, glyph
from facewright.editor.desktop.key_sheet import KeySheet, key_sheet
from facewright.editor.desktop.layout_memory import leave_room, remember_layout, restore_layout
from facewright.editor.desktop.messages import ask, choose, show_error
from facewright.editor.desktop.settings import Settings
from facewright.editor.desktop.title import WindowTitle
from facewright.editor.desktop.welcome import Welcome
from tests.editor.ellipsoid_head import EllipsoidHead
from tests.editor.keys import unnamed

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.document import Document


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    """A window with one menu and one panel."""
    window = QMainWindow()
    qtbot.addWidget(window)
    group = ActionGroup(window)
    window.menuBar().addMenu("&File").addAction(group.action("Save <it>", "Ctrl+S", "Keep it.", lambda: None))
    dock = QDockWidget("Panel", window)
    dock.setObjectName("panel")
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    return window


def test_an_action_teaches_its_shortcut_and_passes_on_whether_it_is_on(qapp: object) -> None:
    states: list[bool] = []
    group = ActionGroup()
    toggle = group.toggle("Wireframe", "Ctrl+Alt+W", "Show edges.", states.append)
    assert "Ctrl+Alt+W" in toggle.toolTip()
    toggle.trigger()
    toggle.trigger()
    assert states == [True, False]


def test_credit_from_a_model_is_told_letter_by_letter() -> None:
    model = EllipsoidHead(metadata={"data": "<b>mine</b>", "licence": "MIT"})
    text = about_text(cast("HeadModel", model))
    assert "&lt;b&gt;mine" in text
    assert "synthetic" in text


def test_the_sheet_has_every_shortcut_of_the_menus(qtbot: QtBot, window: QMainWindow) -> None:
    assert "<b>Ctrl+S</b></td><td>Save &lt;it&gt;" in key_sheet(window.menuBar(), "blender")
    assert key_sheet(window.menuBar(), "blender") != key_sheet(window.menuBar(), "cad")
    sheet = KeySheet(window.menuBar(), Settings(QSettings(), window), window)
    sheet.show()
    assert unnamed(sheet) == []


def test_first_steps_speak_of_the_camera_as_it_is_set(qtbot: QtBot, window: QMainWindow) -> None:
    settings = Settings(QSettings(), window)
    welcome = Welcome(settings, window)
    welcome.show()
    assert unnamed(welcome) == []


def test_known_actions_have_icons_and_others_none(qtbot: QtBot, window: QMainWindow) -> None:
    save, odd = QAction("Save", window), QAction("Quite Odd", window)
    assert glyph(save)
    assert glyph(odd) is None
    ActionIcons(window, [save, odd])
    assert not save.icon().isNull()
    assert odd.icon().isNull()


def test_panels_come_back_where_they_were(qtbot: QtBot, window: QMainWindow, tmp_path: Path) -> None:
    store = QSettings(str(tmp_path / "layout.ini"), QSettings.Format.IniFormat)
    panel = window.findChild(QDockWidget, "panel")
    assert isinstance(panel, QDockWidget)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, panel)
    remember_layout(window, store)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, panel)
    restore_layout(window, store)
    assert window.dockWidgetArea(panel) == Qt.DockWidgetArea.RightDockWidgetArea
    store.setValue("layout/state", "nonsense")
    restore_layout(window, store)


def test_panels_of_a_wide_screen_leave_the_middle_of_a_narrow_window_some_room(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    docks = [QDockWidget(title, window) for title in ("left", "right")]
    areas = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
    for dock, area in zip(docks, areas, strict=True):
        dock.setWidget(QLabel("Some words"))
        window.addDockWidget(area, dock)
    window.resize(800, 400)
    window.show()
    window.resizeDocks(docks, [500, 290], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: docks[0].width() + docks[1].width() > 750)
    leave_room(window)
    qtbot.waitUntil(lambda: docks[0].width() + docks[1].width() < 400)
    window.resizeDocks(docks, [250, 250], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: docks[0].width() == 250)
    leave_room(window)  # there is enough
    qtbot.wait(50)
    assert [dock.width() for dock in docks] == [250, 250]


def test_the_title_follows_the_document(qtbot: QtBot, document: Document) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    WindowTitle(document, window)
    assert window.windowTitle() == f"Untitled[*] — {document.model.name} — Facewright"
    assert not window.isWindowModified()
    document.set_saved(None, document.mark())
    other = cast("HeadModel", EllipsoidHead(name="Other"))
    document.set_model(other)
    assert "Other" in window.windowTitle()


def test_a_box_says_what_it_is_given_and_calls_what_is_chosen(qtbot: QtBot) -> None:
    window, chosen = QWidget(), list[str]()
    qtbot.addWidget(window)
    assert show_error(window, "<b>No.</b>").text() == "<b>No.</b>"
    box = choose(window, "Which?", "", {"One": lambda: chosen.append("one"), "Two": lambda: chosen.append("two")})
    next(button for button in box.findChildren(QPushButton) if button.text() == "Two").click()
    assert chosen == ["two"]
    buttons = QMessageBox.StandardButton
    question = ask(window, "Save?", "", buttons.Save | buttons.Cancel, buttons.Save)
    assert question.defaultButton() is question.button(buttons.Save)
