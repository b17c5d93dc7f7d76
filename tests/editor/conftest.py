"""Fixtures of the editor's tests."""

from __future__ import annotations

import gc
import sys
import threading
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from facewright.editor.desktop.display import has_display
from facewright.editor.desktop.garbage import collect_what_is_due
from facewright.editor.document import Document
from facewright.editor.main_window import MainWindow
from tests.editor.ellipsoid_head import EllipsoidHead
from tests.editor.patience import PatientBot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel


@pytest.fixture(autouse=True, scope="session")
def display() -> None:
    """Skip where no window can be opened: Qt would abort the whole test run."""
    if sys.platform.startswith("linux") and not has_display():
        pytest.skip("there is no display to open a window on")


@pytest.fixture(autouse=True)
def garbage() -> Iterator[None]:
    """Collect on this thread alone, as the program does: elsewhere Qt's and VTK's objects must not end."""
    gc.disable()
    yield
    collect_what_is_due()


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> PatientBot:
    """Drives widgets and waits for them, on slow machines too."""
    return PatientBot(request)


@pytest.fixture
def head() -> EllipsoidHead:
    return EllipsoidHead()


@pytest.fixture
def model(head: EllipsoidHead) -> HeadModel:
    return cast("HeadModel", head)


@pytest.fixture
def document(qapp: object, model: HeadModel) -> Document:
    return Document(model)


@pytest.fixture
def bare_window(qtbot: QtBot, document: Document) -> QWidget:
    """An empty window that owns the document, for what needs no more of the program."""
    window = QWidget()
    qtbot.addWidget(window)
    document.setParent(window)
    return window


@pytest.fixture
def window(qtbot: QtBot, document: Document) -> MainWindow:
    """The main window on the screen, its first head shown at full resolution."""
    window = MainWindow(document)
    qtbot.addWidget(window, before_close_func=lambda window: window.document.set_saved(None, window.document.mark()))
    window.show()
    qtbot.waitUntil(lambda: window.pipeline.full_mesh(document.model, document.parameters) is not None)
    return window


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings, autosaved projects, sliders and topologies of one test, apart from everybody else's."""
    home = tmp_path_factory.mktemp("home")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for way in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):  # Qt's own dialog takes the second
        QSettings.setPath(way, QSettings.Scope.UserScope, str(home))
    monkeypatch.setattr("facewright.editor.main_window.autosave_folder", lambda: home / "autosave")
    monkeypatch.setattr("facewright.editor.own_sliders.panel.own_folder", lambda: home / "sliders")
    monkeypatch.setattr("facewright.editor.export.topologies.own_folder", lambda: home / "topologies")
    return home


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    left = [name for name in left if not name.startswith("field")]  # the pool that all fields share
    assert not left, f"threads left running: {left}"
