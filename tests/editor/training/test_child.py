"""Processes of the training package: every way to end is told, once, and in words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QMessageBox, QProgressDialog, QWidget

from facewright.editor.training.check import PreflightCheck
from facewright.editor.training.child import Child
from facewright.editor.training.ending import Ending
from facewright.editor.training.model_evaluation import ModelEvaluation
from facewright.editor.training.process import TrainingProcess
from facewright.train.config import CONFIG, TrainConfig

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

MISSING = ["no program of this name"]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.mark.parametrize(("command", "status", "words"), [
    (python("import sys; sys.exit('error: No heads.')"), 1, "No heads."),
    (python("pass"), 0, "silent"),
    (python("import faulthandler, os; faulthandler.disable(); os.abort()"), None, "silent"),
    (MISSING, None, "could not be started"),
])  # fmt: skip
def test_every_end_is_told_once(qtbot: QtBot, command: list[str], status: int | None, words: str) -> None:
    process, ends = Child(), list[int | None]()
    process.over.connect(ends.append)
    process.start(command[0], command[1:])
    qtbot.waitUntil(lambda: bool(ends))
    process.waitForFinished(1000)
    assert ends == [status]
    assert words in process.reason("silent")


def test_what_is_ended_here_tells_nothing(qtbot: QtBot) -> None:
    process, ends = Child(), list[int | None]()
    process.over.connect(ends.append)
    program, *rest = python("import time; time.sleep(60)")
    process.start(program, rest)
    process.waitForStarted()
    process.end()
    assert ends == []


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Python can be started."""
    for module in ("check", "model_evaluation", "process"):
        monkeypatch.setattr(f"facewright.editor.training.{module}.module_command", lambda *words: MISSING)


@pytest.mark.usefixtures("broken")
def test_an_evaluation_that_cannot_start_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    evaluation = ModelEvaluation(window)
    for _ in range(2):  # it is free for another
        evaluation.start([], tmp_path)
        qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
        (box,) = window.findChildren(QMessageBox)
        assert "could not be started" in box.text()
        box.close()
        qtbot.waitUntil(lambda: not window.findChildren(QMessageBox) and not window.findChildren(QProgressDialog))


@pytest.mark.usefixtures("broken")
def test_a_look_at_heads_that_cannot_start_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    check = PreflightCheck()
    with qtbot.waitSignal(check.failed, check_params_cb=lambda words, _: "could not be started" in words):
        check.display(TrainConfig(data="ict:heads"), tmp_path)


@pytest.mark.usefixtures("broken")
def test_a_run_that_cannot_start_is_over(qtbot: QtBot, tmp_path: Path) -> None:
    TrainConfig(data="ict:heads").save(tmp_path / CONFIG)
    process, endings, states = TrainingProcess(), list[Ending](), list[bool]()
    process.ended.connect(endings.append)
    process.running_changed.connect(states.append)
    process.start(tmp_path)
    qtbot.waitUntil(lambda: bool(endings))
    assert endings[0].failed
    assert not process.running
    assert states[-1] is False
