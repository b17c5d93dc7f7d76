"""Where a person has been with a file dialog is written nowhere, however the dialog ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QStandardPaths, QUrl
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from facewright.editor.desktop.file_dialog import FileDialog
from facewright.editor.desktop.settings import REMEMBER, Settings
from facewright.editor.scan.scan_session import SCAN_FILTER
from facewright.editor.storage.file_work import FileChooser

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

PATIENT = "Doe Jane 1970"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / PATIENT
    folder.mkdir()
    (folder / "Jane.ply").touch()
    return folder


def what_is_written(home: Path) -> str:
    """Every file of the settings, and what Qt itself remembers where those are no files."""
    store = QSettings(QSettings.Scope.UserScope, "QtProject")
    store.sync()
    values = " ".join(f"{key}={store.value(key)}" for key in store.allKeys() if key.startswith("FileDialog"))
    files = [path.read_text(encoding="utf-8", errors="replace") for path in home.rglob("*") if path.is_file()]
    return QUrl.fromPercentEncoding(" ".join([values, *files]).encode())


def destroy(widget: QWidget) -> None:
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


def visited(parent: QWidget, folder: Path) -> list[Path]:
    """Choose the patient's file; what was chosen."""
    chosen: list[Path] = []
    location = QStandardPaths.StandardLocation.HomeLocation
    dialog = FileChooser(parent, location).ask("Open Scan", SCAN_FILTER, chosen.append, of_patients=True)
    assert dialog.testOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setDirectory(str(folder))
    dialog.setSidebarUrls([*dialog.sidebarUrls(), QUrl.fromLocalFile(str(folder))])
    dialog.selectFile(str(folder / "Jane.ply"))
    QApplication.processEvents()
    dialog.accept()
    destroy(dialog)
    return chosen


def test_qt_alone_writes_the_folder_that_a_dialog_was_in(qtbot: QtBot, folder: Path, home: Path) -> None:
    """Or else the other tests would show nothing."""
    if sys.platform == "win32":
        pytest.skip("Qt's settings cannot be put elsewhere in the registry")
    dialog = QFileDialog(None, "Open", str(folder))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.show()
    destroy(dialog)
    assert PATIENT in what_is_written(home)


def test_a_scan_that_was_chosen_leaves_no_trace_of_its_folder(qtbot: QtBot, folder: Path, home: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    assert visited(window, folder) == [folder / "Jane.ply"]
    assert PATIENT not in what_is_written(home)


def test_a_window_that_takes_its_open_dialog_with_it_leaves_none(qtbot: QtBot, folder: Path, home: Path) -> None:
    window = QWidget()
    window.show()
    FileDialog(window, "Open", str(folder)).open()
    QApplication.processEvents()
    destroy(window)
    assert PATIENT not in what_is_written(home)


@pytest.mark.parametrize("remember", ["on", "off"])
def test_the_systems_own_dialog_is_not_used_where_nothing_is_to_be_remembered(qtbot: QtBot, remember: str) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    Settings(QSettings())[REMEMBER] = remember
    dialog = FileDialog(window, "Open", str(Path.home()))
    assert dialog.testOption(QFileDialog.Option.DontUseNativeDialog) == (remember == "off")
