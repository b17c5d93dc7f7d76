"""What a crash leaves behind, and getting it back."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QMessageBox

from core import project_file
from core.errors import FacewrightError
from core.parameters import Parameters
from editor import commands
from editor.document import Document
from editor.storage.autosave import Autosave, left_behind
from tests.core.test_fitted_scan import some_scan

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from editor.main_window import MainWindow


CRASH = """
import os, sys
from PySide6.QtCore import QLockFile
lock = QLockFile(sys.argv[1])
assert lock.tryLock(0)
os._exit(0)
"""


def test_unsaved_changes_are_kept_until_they_are_saved(qtbot: QtBot, document: Document, tmp_path: Path) -> None:
    autosave = Autosave(document, tmp_path / "autosave")
    commands.set_coefficient(document, "nose", 0, 1.0)
    qtbot.waitUntil(autosave.path.exists)
    assert project_file.load(autosave.path).state.parameters == Parameters(nose=(1.0,))
    assert left_behind(tmp_path / "autosave") == []  # its editor still runs
    document.set_saved(tmp_path / "mine.facewright", document.undo_stack.index())
    qtbot.waitUntil(lambda: not autosave.path.exists())
    commands.set_coefficient(document, "nose", 0, 2.0)
    qtbot.waitUntil(autosave.path.exists)
    autosave.close()
    assert list((tmp_path / "autosave").iterdir()) == []


def test_autosave_that_cannot_write_is_told_until_it_can(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("editor.storage.autosave._LATEST_MS", 10)
    document, told = window.document, list[str]()
    autosave = Autosave(document, window.autosave.path.parent / "second", window)
    autosave.trouble_changed.connect(told.append)
    autosave.trouble_changed.connect(window.status.show_autosave)
    hint = window.status.hint.text()

    def full(project: object, path: Path) -> None:
        tries.append(path)
        raise FacewrightError("no space left on device")

    tries: list[Path] = []
    with monkeypatch.context() as patch:
        patch.setattr("core.project_file.save", full)
        commands.set_coefficient(document, "nose", 0, 1.0)
        qtbot.waitUntil(lambda: len(tries) > 2)
        assert told == ["no space left on device"]
        assert "save often" in window.status.hint.text()
        assert not window.findChildren(QMessageBox)
    qtbot.waitUntil(autosave.path.exists)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert window.status.hint.text() == hint
    autosave.close()


def test_a_folder_that_cannot_be_made_is_told_and_tried_again(
    qtbot: QtBot, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("editor.storage.autosave._LATEST_MS", 10)
    folder = tmp_path / "autosave"
    folder.touch()
    autosave = Autosave(document, folder)
    commands.set_coefficient(document, "nose", 0, 1.0)
    with qtbot.waitSignal(autosave.trouble_changed):
        pass
    folder.unlink()
    qtbot.waitUntil(autosave.path.exists)
    autosave.close()


def test_a_scan_is_kept_too_and_packed_once_off_the_gui_thread(
    qtbot: QtBot, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("editor.storage.autosave._REST_MS", 10)
    scan = some_scan()
    autosave = Autosave(document, tmp_path / "autosave")
    commands.adopt_scan(document, scan)
    assert "packed" not in vars(scan)
    qtbot.waitUntil(autosave.path.exists)
    packed = scan.packed
    commands.set_coefficient(document, "nose", 0, 2.0)
    qtbot.waitUntil(lambda: project_file.load(autosave.path).current == 2)
    assert scan.packed is packed
    kept = project_file.load(autosave.path).state.variant.scan
    assert kept
    np.testing.assert_array_equal(kept.points, scan.points)
    autosave.close()


def test_a_crash_is_offered_and_restored(qtbot: QtBot, window: MainWindow, home: Path) -> None:
    crashed = Document(window.document.model)
    crashed.set_saved(home / "mine.facewright", 0)
    autosave = Autosave(crashed, home / "autosave")
    commands.set_coefficient(crashed, "nose", 0, 1.0)
    commands.set_coefficient(crashed, "eyes", 0, 2.0)
    qtbot.waitUntil(autosave.path.exists)
    left = autosave.path.with_name("left.facewright")
    left.write_bytes(autosave.path.read_bytes())
    autosave.close()

    window.offer_recovery()
    box = window.findChildren(QMessageBox)[0]
    box.button(QMessageBox.StandardButton.Yes).click()
    qtbot.waitUntil(lambda: window.document.parameters == Parameters(nose=(1.0,), eyes=(2.0,)))
    assert window.document.undo_stack.count() == 2
    assert window.document.path == home / "mine.facewright"
    assert window.isWindowModified()
    qtbot.waitUntil(lambda: not left.exists())
    assert window.autosave.path.exists()


def test_nothing_is_offered_after_an_orderly_end(window: MainWindow) -> None:
    window.offer_recovery()
    assert not window.findChildren(QMessageBox)


def test_the_lock_of_a_process_that_has_ended_counts_for_nothing(tmp_path: Path) -> None:
    left = tmp_path / "1-2.facewright"
    left.touch()
    subprocess.run([sys.executable, "-c", CRASH, str(left.with_suffix(".lock"))], check=True)
    assert left.with_suffix(".lock").exists()
    assert left_behind(tmp_path) == [left]
