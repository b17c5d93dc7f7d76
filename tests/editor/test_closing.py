"""Closing the window: training first, then what is not saved, then what is not written (`editor.closing`).

No answer outlives the close that it was given for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QMessageBox

from facewright.core import project_file
from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.exchange.export import ExportSettings
from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.export import exporter
from facewright.editor.storage import saved_file
from facewright.editor.training.ending import Ending
from facewright.editor.training.model_evaluation import ModelEvaluation
from facewright.editor.training.process import TrainingProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.main_window import MainWindow


class Run:
    """A run of this editor's, without a process."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self.goes_on, self.left = True, False
        self._training = window.training
        self._training.process.run = folder

    def leave(self) -> None:
        self.goes_on, self.left = False, True

    def end(self) -> None:
        """The run has saved what it learnt."""
        self.goes_on = False
        self._training.process.ended.emit(Ending(False, "Training was stopped, and what it learnt is kept."))


@pytest.fixture
def run(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    run = Run(window, tmp_path)
    monkeypatch.setattr(TrainingProcess, "owned", property(lambda process: run.goes_on))
    monkeypatch.setattr(TrainingProcess, "let_go", lambda process: run.leave())
    return run


@pytest.fixture
def saving(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Projects are written once this is set."""
    gate, save = threading.Event(), saved_file.save

    def save_late(*arguments: object) -> object:
        gate.wait(60)
        return save(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(saved_file, "save", save_late)
    return gate


def answer(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """Press a button of the one question that is asked."""
    qtbot.waitUntil(lambda: len(window.findChildren(QMessageBox)) == 1)
    (box,) = window.findChildren(QMessageBox)
    next(button for button in box.buttons() if button.text().replace("&", "") == text).click()
    qtbot.waitUntil(lambda: box not in window.findChildren(QMessageBox))


def set_nose(window: MainWindow, value: float) -> None:
    commands.set_coefficient(window.document, "nose", 0, value)


def saved_nose(path: Path) -> Parameters:
    return project_file.load(path).state.parameters


def test_a_close_that_was_given_up_leaves_no_answer_behind(qtbot: QtBot, window: MainWindow, run: Run) -> None:
    set_nose(window, 1.0)
    for _ in range(2):
        window.close()
        answer(qtbot, window, "Keep Training")
        answer(qtbot, window, "Cancel")
        assert window.isVisible()
        assert not run.left
    window.close()
    answer(qtbot, window, "Keep Training")
    answer(qtbot, window, "Discard")
    assert not window.isVisible()
    assert run.left


def test_edits_made_while_training_saves_are_asked_about(qtbot: QtBot, window: MainWindow, run: Run) -> None:
    window.close()
    answer(qtbot, window, "Stop and Keep")
    assert window.isVisible()
    set_nose(window, 1.0)
    run.end()
    assert window.isVisible()
    answer(qtbot, window, "Discard")
    assert not window.isVisible()
    assert not run.left


def test_training_that_cannot_be_stopped_closes_nothing_later(
    qtbot: QtBot, window: MainWindow, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise FacewrightError("The folder cannot be written to.")

    monkeypatch.setattr(window.training.process, "ask", fail)
    window.close()
    answer(qtbot, window, "Stop and Keep")
    answer(qtbot, window, "OK")
    run.end()
    assert window.isVisible()


def test_edits_made_while_the_project_is_saved_are_asked_about(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, saving: threading.Event
) -> None:
    path = tmp_path / "mine.facewright"
    saving.set()
    with qtbot.waitSignal(window.projects.saved):
        window.projects.save_as(path)
    saving.clear()
    set_nose(window, 1.0)
    window.close()
    answer(qtbot, window, "Save")
    set_nose(window, 2.0)
    saving.set()
    answer(qtbot, window, "Save")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert saved_nose(path) == Parameters(nose=(2.0,))


def test_edits_made_while_the_project_is_saved_outlive_the_next_one(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, saving: threading.Event
) -> None:
    saving.set()
    with qtbot.waitSignal(window.projects.saved):
        window.projects.save_as(tmp_path / "mine.facewright")
    saving.clear()
    set_nose(window, 1.0)
    window.projects.new()
    answer(qtbot, window, "Save")
    set_nose(window, 2.0)
    saving.set()
    answer(qtbot, window, "Cancel")
    assert window.document.parameters == Parameters(nose=(2.0,))


def test_an_export_that_is_not_finished_is_asked_about(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, path = threading.Event(), tmp_path / "head.stl"

    def export_late(
        model: HeadModel, heads: object, path: Path, settings: object, cancelled: Callable[[], bool], *rest: object
    ) -> list[Path]:
        while not (cancelled() or gate.wait(0.02)):
            pass
        if cancelled():
            raise Cancelled
        path.write_bytes(b"")
        return [path]

    monkeypatch.setattr(exporter, "export_heads", export_late)
    window.exporter.export({"Head 1": Parameters()}, path, ExportSettings(topology="cubes"))
    window.close()
    answer(qtbot, window, "Cancel")
    assert window.isVisible()
    with qtbot.waitSignal(window.exporter.exported):
        gate.set()
    assert path.exists()
    gate.clear()
    window.exporter.export({"Head 1": Parameters()}, tmp_path / "second.stl", ExportSettings(topology="cubes"))
    window.close()
    answer(qtbot, window, "Discard")
    assert not window.isVisible()
    assert not (tmp_path / "second.stl").exists()


def test_an_evaluation_that_goes_on_is_asked_about(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ModelEvaluation, "busy", property(lambda _: True))
        window.close()
        (box,) = window.findChildren(QMessageBox)
        assert "The evaluation is not finished." in box.text()
        answer(qtbot, window, "Cancel")
    assert window.isVisible()
