"""The window as a whole: status, errors, views, and a clean end."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, cast

import shiboken6
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent, QOffscreenSurface, QSurface
from PySide6.QtWidgets import QMessageBox

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.train.config import CONFIG, TrainConfig

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from PySide6.QtWidgets import QMenu
    from pytestqt.qtbot import QtBot

    from facewright.editor.main_window import MainWindow
    from tests.editor.ellipsoid_head import EllipsoidHead


def test_the_status_bar_tells_state_time_size_and_device(qtbot: QtBot, window: MainWindow, head: EllipsoidHead) -> None:
    qtbot.waitUntil(lambda: window.status.state.text() == "Ready")
    assert window.status.update_time.text().startswith("1.5 mm in ")
    mesh = window.pipeline.full_mesh(window.document.model, Parameters())
    assert mesh
    assert window.status.vertices.text() == f"{len(mesh.vertices):,} vertices"
    assert window.status.device.text().startswith("CPU")
    head.gate.clear()
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    assert window.status.state.text() == "Updating…"
    head.gate.set()
    qtbot.waitUntil(lambda: window.status.state.text() == "Ready")


def test_closing_calls_off_an_evaluation_and_shows_nothing_more(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, called_off = threading.Event(), threading.Event()

    def evaluate_on(job: object, surfaces: object, cancelled: Callable[[], bool]) -> None:
        begun.set()
        while not cancelled():
            time.sleep(0.01)
        called_off.set()
        raise Cancelled

    monkeypatch.setattr("facewright.editor.live.evaluation.evaluate", evaluate_on)
    shown: list[object] = []
    window.pipeline.computed.connect(shown.append)
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    qtbot.waitUntil(begun.is_set)
    window.document.set_saved(None, window.document.mark())  # or it would ask what is to become of the change
    window.close()
    assert called_off.is_set()
    assert not window.isVisible()
    commands.set_coefficient(window.document, "nose", 0, 2.0)
    assert not shown


def test_a_closed_window_leaves_python_no_surface_that_qt_is_about_to_delete(window: MainWindow) -> None:
    def surfaces() -> list[object]:
        return [each for each in shiboken6.getAllValidWrappers() if type(each) in (QSurface, QOffscreenSurface)]

    window.viewport.canvas.grabFramebuffer()
    assert surfaces()
    window.close()
    assert not surfaces()


def test_drawing_takes_no_reference_that_it_was_not_given(window: MainWindow) -> None:
    before = sys.getrefcount(None)
    for _ in range(20):
        window.grab()
    assert sys.getrefcount(None) > before - 20  # PySide6 6.12.0: some 9,000 fewer, and Python ends when none is left


def test_a_head_without_a_surface_is_told_in_one_dialog(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, draft: bool = False) -> None:
        raise FacewrightError("The model has no surface.")

    monkeypatch.setattr("facewright.editor.live.evaluation.LiveSurface.update", fail)
    for value in (1.0, 2.0):
        with qtbot.waitSignal(window.pipeline.busy_changed, check_params_cb=lambda busy: not busy):
            commands.set_coefficient(window.document, "nose", 0, value)
    boxes = window.findChildren(QMessageBox)
    assert [box.text() for box in boxes] == ["The model has no surface."]


def test_every_action_is_in_a_menu_with_a_shortcut_of_its_own(window: MainWindow) -> None:
    shortcuts = []
    waiting = list(window.menuBar().actions())
    while waiting:
        action = waiting.pop()
        if menu := cast("QMenu | None", action.menu()):
            waiting += menu.actions()
        elif not action.isSeparator() and action.isVisible():  # of two that take turns, the one that is there
            assert action.shortcuts(), action.text()
            shortcuts += [shortcut.toString() for shortcut in action.shortcuts()]
    assert len(shortcuts) == len(set(shortcuts)) > 40


def test_undo_names_the_step_in_the_menu_and_keeps_the_tool_bar_still(window: MainWindow) -> None:
    commands.set_coefficient(window.document, "nose", 1, 1.0)
    assert window.actions_.edit.undo.text() == "&Undo Nose 2: 1.0 σ"
    assert window.actions_.edit.undo.iconText() == "Undo"
    window.actions_.edit.undo.trigger()
    assert window.document.parameters == Parameters()


def test_about_names_the_model_and_its_licence(window: MainWindow) -> None:
    window.actions_.help.about.trigger()
    text = window.findChildren(QMessageBox)[0].text()
    for word in ("Facewright", "Ellipsoid", "Closed form", "MIT"):
        assert word in text


def test_a_runs_folder_that_is_dropped_is_opened_as_a_run(window: MainWindow, tmp_path: Path) -> None:
    """And not as a folder of slices, which any other may be."""
    TrainConfig(data="ict:heads").save(tmp_path / CONFIG)
    data, button = QMimeData(), Qt.MouseButton.LeftButton
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    drop = QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, button, Qt.KeyboardModifier.NoModifier)
    assert window.drops.eventFilter(window, drop)
    assert window.training.process.run == tmp_path
