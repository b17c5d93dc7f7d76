"""An evaluation tells how far it is and how long it will take, and is asked about when the window closes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QProgressDialog, QWidget

from facewright.editor.training.model_evaluation import ModelEvaluation, time_left

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SCRIPT = """
import json, time
for done in (0, 1):
    event = {"event": "progress", "message": "Fitting", "progress": (done + 0.25) / 20, "done": done, "of": 20}
    print(json.dumps(event), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("seconds", "share", "step", "words"),
    [
        (5.0, 0.5, "Drawing", ""),
        (60.0, 0.001, "Fitting codes, model", ""),
        (60.0, 0.05, "Drawing", "about 19 min left"),
        (60.0, 0.5, "Drawing", "about 60 s left"),
        (60.0, 0.05, "Fitting codes, model", "about 19 min left, 26 min to the report"),
        (60.0, 0.5, "Comparing surfaces", "about 60 s left, 78 s to the report"),
    ],
)
def test_how_long_a_step_and_the_whole_will_take(seconds: float, share: float, step: str, words: str) -> None:
    assert time_left(seconds, share, step) == words


def test_an_evaluation_tells_how_far_it_is(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "facewright.editor.training.model_evaluation.module_command", lambda *_: [sys.executable, "-c", SCRIPT]
    )
    window = QWidget()
    qtbot.addWidget(window)
    evaluation = ModelEvaluation(window)
    busy = [evaluation.busy]
    evaluation.start([], Path("report"))
    busy.append(evaluation.busy)
    (progress,) = window.findChildren(QProgressDialog)
    qtbot.waitUntil(lambda: "1 of 20 done, 6.2%" in progress.labelText())
    assert progress.value() == 62
    assert progress.width() >= 400  # its title fits
    evaluation.close()
    assert [*busy, evaluation.busy] == [False, True, False]
