"""Checkpoints of a run under the head that is edited, the run's panel, and an evaluation's command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from facewright.core import device
from facewright.core.model.model_file import save
from facewright.editor import commands
from facewright.editor.document import Document
from facewright.editor.training.check import in_words
from facewright.editor.training.checkpoints import KEPT, Checkpoints, step_of
from facewright.editor.training.model_evaluation import EvaluateDialog
from facewright.editor.training.panel import TrainingPanel
from facewright.editor.training.record import Record
from facewright.train.run.checkpoint import MODEL
from tests.core.tiny_model import tiny_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def document(qapp: object) -> Document:
    return Document(tiny_model())


@pytest.fixture
def checkpoints(document: Document) -> Iterator[Checkpoints]:
    checkpoints = Checkpoints(document)
    yield checkpoints
    checkpoints.close()


def test_the_newest_model_of_a_run_comes_under_the_head_and_the_first_comes_back(
    qtbot: QtBot, document: Document, checkpoints: Checkpoints, tmp_path: Path
) -> None:
    first, lists = document.model, list[list[Path]]()
    checkpoints.listed.connect(lists.append)
    save(replace(first, metadata={**first.metadata, "steps": 40}), tmp_path / MODEL)
    commands.set_coefficient(document, "nose", 0, 1.0)
    head = document.parameters
    with qtbot.waitSignal(checkpoints.shown):
        checkpoints.show_newest(tmp_path)
    assert step_of(document.model) == 40
    assert document.parameters == head
    assert lists[-1] == [tmp_path / KEPT / "step-000000040.safetensors"]
    checkpoints.show_first()
    assert document.model is first
    document.start_anew()
    with qtbot.waitSignal(checkpoints.shown):
        checkpoints.show(lists[-1][0])
    assert step_of(document.model) == 40


def test_a_run_without_a_checkpoint_is_told_and_another_one_is_shown(
    qtbot: QtBot, document: Document, checkpoints: Checkpoints, tmp_path: Path
) -> None:
    messages: list[str] = []
    checkpoints.failed.connect(messages.append)
    checkpoints.show_newest(tmp_path)
    qtbot.waitUntil(lambda: bool(messages))
    assert "no checkpoint yet" in messages[0]
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / MODEL).write_bytes(b"nothing")
    checkpoints.show_newest(tmp_path / "broken")
    qtbot.waitUntil(lambda: len(messages) == 2)
    save(document.model, tmp_path / MODEL)
    with qtbot.waitSignal(checkpoints.shown):
        checkpoints.show_newest(tmp_path)


def test_the_panel_offers_what_can_be_asked_of_a_run(qtbot: QtBot, tmp_path: Path) -> None:
    panel, asked = TrainingPanel(), list[object]()
    qtbot.addWidget(panel)
    assert not panel.stop.isEnabled()
    panel.show_running(True, False, can_resume=False)
    panel.stop_asked.connect(lambda: asked.append("stop"))
    panel.stop.click()
    assert asked == ["stop"]
    panel.show_record(Record(ready=True), "")
    panel.show_running(True, True, can_resume=False)
    assert (panel.pause.text(), panel.state.text()) == ("Continue", "Paused")
    panel.show_record(Record(), "")
    panel.show_checkpoints([tmp_path / f"{name}.safetensors" for name in ("step-000000040", "best")], "tiny", "")
    assert [panel.checkpoints.item(row).text() for row in range(3)] == ["Before: tiny", "Step 40", "best"]


def test_an_evaluation_runs_where_the_editor_evaluates(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = EvaluateDialog(None)
    qtbot.addWidget(dialog)
    device.use("cpu")
    arguments = dialog.arguments
    assert arguments[arguments.index("--device") + 1] == "cpu"


@pytest.mark.parametrize(("subjects", "minutes", "words"), [
    (1, 1, ("1 subject in", "1 minute of")), (3, 2.5, ("3 subjects in", "2.5 minutes of")), (2, None, ("As long",)),
])  # fmt: skip
def test_one_of_a_thing_is_not_called_many(subjects: int, minutes: float | None, words: tuple[str, ...]) -> None:
    report = {
        "true_scale": True, "minutes": minutes, "reading_s": 3.0, "expressions": 1, "data": "ict:", "licence": "MIT",
        "subjects": subjects, "vertices": 9000, "unit": "cm", "device": "cpu", "memory_mb": 2048, "disk_mb": 30,
    }  # fmt: skip
    assert all(word in in_words(report) for word in words)


def test_a_pause_is_told_once_the_run_holds_and_until_it_goes_on(qtbot: QtBot) -> None:
    panel, record = TrainingPanel(), Record()
    qtbot.addWidget(panel)

    def told(**event: object) -> str:
        record.take([event])
        panel.show_record(record, "")
        return panel.state.text()

    assert told(event="begin", message="Reading Anny") == "Reading Anny"
    panel.show_running(True, True, can_resume=False)
    assert panel.state.text() == "Reading Anny; paused as soon as that is done"
    assert told(event="preparation", message="Making ready").startswith("Making ready; paused as soon")
    assert told(event="ready", message="Training 10 M weights", step=0) == "Paused"
    assert told(event="held_out", phase="template", step=121, mm={"nose": 1.0}) == "Paused"
    panel.show_running(True, False, can_resume=False)
    assert told(event="step", phase="template", step=122) == "Learning the template"


def test_the_panel_says_when_no_heads_are_to_be_expected(qtbot: QtBot) -> None:
    panel, record = TrainingPanel(), Record()
    qtbot.addWidget(panel)
    for phase, hint in (("template", True), ("stages", False)):
        record.take([{"event": "step", "phase": phase, "step": 5, "losses": {"gt": 5.321}}])
        panel.show_record(record, "")
        assert ("No heads yet" in panel.detail.text()) == hint
    assert panel.terms.item(0).text().startswith("5.32 ")  # where a narrow panel cuts nothing
    panel.show_none()
    assert panel.terms.count() == 0
    assert panel.state.text().startswith("No run is open")
