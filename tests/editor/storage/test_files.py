"""Export and opening: round trips, and errors in dialogs with nothing half-written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QProgressDialog, QPushButton

from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.live.detail import FINEST
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.storage.file_work import progress_dialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from facewright.editor.main_window import MainWindow
    from tests.editor.ellipsoid_head import EllipsoidHead


def dialog_text(qtbot: QtBot, window: MainWindow) -> str:
    """Text of the message box that appears; it is closed."""
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    box = window.findChildren(QMessageBox)[0]
    assert box.isVisible()
    box.close()
    return box.text()


def test_the_head_as_it_is_set_is_exported_at_full_resolution(
    qtbot: QtBot, window: MainWindow, head: EllipsoidHead, tmp_path: Path
) -> None:
    head.gate.clear()  # so the screen cannot have caught up
    commands.set_coefficient(window.document, "nose", 0, 3.0)
    path = tmp_path / "head.obj"
    with qtbot.waitSignal(window.files.exported):
        window.files.export_obj(path)
        head.gate.set()
    expected = evaluate(Job(1, window.document.model, Parameters(nose=(3.0,)), FINEST)).mesh
    read = trimesh.load(path, process=False)
    assert isinstance(read, trimesh.Trimesh)
    np.testing.assert_allclose(read.vertices, expected.vertices, atol=1e-3)
    np.testing.assert_array_equal(read.faces, expected.faces)
    assert window.status.currentMessage().startswith("Exported ")
    assert window.status.currentMessage().endswith("head.obj")  # of a long path both ends are seen
    assert str(path) in window.status.toolTip()


def test_a_message_gives_the_hint_its_place_back(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewright.editor.desktop.status_bar._MESSAGE_MS", 50)
    window.status.tell("Saved head.facewright")
    assert window.status.currentMessage() == "Saved head.facewright"
    qtbot.waitUntil(lambda: not window.status.currentMessage())


def test_the_shown_mesh_is_exported_as_it_is(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    shown = window.pipeline.full_mesh(window.document.model, window.document.parameters)
    assert shown
    with qtbot.waitSignal(window.files.exported):
        window.files.export_obj(tmp_path / "head.obj")
    read = trimesh.load(tmp_path / "head.obj", process=False)
    assert isinstance(read, trimesh.Trimesh)
    np.testing.assert_array_equal(read.faces, shown.faces)


def test_a_path_that_cannot_be_written(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.files.export_obj(tmp_path / "missing" / "head.obj")
    assert "missing" in dialog_text(qtbot, window)
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_export_leaves_nothing(
    qtbot: QtBot, window: MainWindow, head: EllipsoidHead, tmp_path: Path
) -> None:
    head.gate.clear()
    commands.set_coefficient(window.document, "nose", 0, 3.0)
    window.files.export_obj(tmp_path / "head.obj")
    window.findChildren(QProgressDialog)[0].findChildren(QPushButton)[0].click()
    head.gate.set()
    qtbot.waitUntil(lambda: not window.findChildren(QProgressDialog))
    assert list(tmp_path.iterdir()) == []
    assert not window.findChildren(QMessageBox)


@pytest.mark.parametrize("content", [None, b"", b"not a model"])
def test_a_bad_model_is_refused_before_unsaved_changes_are_asked_about(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bad.safetensors"
    if content is not None:
        path.write_bytes(content)
    model = window.document.model
    commands.set_coefficient(window.document, "nose", 0, 1.0)
    window.projects.open(path)
    assert "bad.safetensors" in dialog_text(qtbot, window)
    assert window.document.model is model
    assert window.document.parameters == Parameters(nose=(1.0,))


def test_a_good_model_takes_the_place_of_the_current_one(
    qtbot: QtBot, window: MainWindow, head: EllipsoidHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = type(head)(name="Other")
    monkeypatch.setattr("facewright.core.model.model_file.load", lambda path: other)
    with qtbot.waitSignal(window.document.model_changed):
        window.projects.open(Path("other.safetensors"))
    assert "Other" in window.windowTitle()
    qtbot.waitUntil(lambda: window.pipeline.full_mesh(window.document.model, Parameters()) is not None)


def test_the_export_dialog_adds_the_suffix_and_asks_before_overwriting(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.files.ask_for_obj()
    dialog = window.findChildren(QFileDialog)[0]
    assert dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
    assert not dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    with qtbot.waitSignal(window.files.exported):
        dialog.setDirectory(str(tmp_path))
        dialog.selectFile("mine")
        dialog.accept()
    assert (tmp_path / "mine.obj").exists()
    QApplication.processEvents()


def test_the_open_dialog_asks_for_one_model_file(window: MainWindow) -> None:
    window.projects.ask_for_model()
    dialog = window.findChildren(QFileDialog)[0]
    assert dialog.fileMode() == QFileDialog.FileMode.ExistingFile
    assert "safetensors" in dialog.nameFilters()[0]
    dialog.reject()


@pytest.mark.parametrize("end", [0, 100])
def test_a_progress_dialog_appears_soon_and_holds_the_window(qtbot: QtBot, bare_window: QWidget, end: int) -> None:
    bare_window.show()
    progress = progress_dialog(bare_window, "Saving…", end=end)
    waits = [timer.interval() for timer in progress.findChildren(QTimer) if timer.isActive()]
    assert waits == [progress.minimumDuration()]
    qtbot.waitUntil(progress.isVisible)
    assert progress.isModal()
