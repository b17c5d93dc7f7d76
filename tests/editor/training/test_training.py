"""The dialog makes a configuration, a real process trains it, its checkpoints come under the head that is edited."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QMessageBox, QWidget

from facewright.core.errors import FacewrightError
from facewright.core.model import model_file
from facewright.editor import commands
from facewright.editor.document import Document
from facewright.editor.training.advanced_words import TITLES
from facewright.editor.training.check import in_words
from facewright.editor.training.config_form import ConfigForm
from facewright.editor.training.dialog import TrainingDialog
from facewright.editor.training.model_evaluation import EvaluateDialog
from facewright.editor.training.process import TrainingProcess
from facewright.editor.training.sources import SourceChooser
from facewright.editor.training.terms import TERMS
from facewright.editor.training.training import Training, is_run
from facewright.train.config import CONFIG, LossWeights, TrainConfig
from facewright.train.data.sources import SOURCES
from facewright.train.run.checkpoint import MODEL, STATE
from facewright.train.run.control import Control, is_running
from tests.core.tiny_model import tiny_model
from tests.editor.test_exchange_model import other

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.editor.training.ending import Ending

SMALL = {
    "run_form": {"subjects": 2, "heads": 4, "stage_points": 16, "surface_points": 16, "space_points": 16},
    "network_form": {"width": 8, "layers": 3, "hyper_width": 8, "blend_width": 8, "landmark_width": 8, "sdf_width": 16},
}


@pytest.fixture
def dialog(qtbot: QtBot) -> TrainingDialog:
    dialog = TrainingDialog()
    qtbot.addWidget(dialog)
    return dialog


def small(dialog: TrainingDialog, source: str) -> TrainConfig:
    """A run of a tiny network, as the dialog makes it."""
    dialog.source.set_source(source)
    for form, values in SMALL.items():
        for name, value in values.items():
            getattr(dialog, form).show_value(name, value)
    dialog.run_form.show_value("pool_heads", 2)
    dialog.run_form.show_value("pool_points", 100)
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    return dialog.config


def test_the_dialog_asks_for_heads_and_else_knows_what_to_do(dialog: TrainingDialog) -> None:
    dialog.source.set_source("ict:")
    assert not dialog.start.isEnabled()
    dialog.source.set_source("ict:/heads")
    assert dialog.start.isEnabled()
    expected = dataclasses.replace(TrainConfig(data="ict:/heads"), checkpoint_seconds=120.0)
    assert dialog.config == expected
    assert not dialog.run.exists()


def test_plain_choices_reach_the_configuration(dialog: TrainingDialog) -> None:
    dialog.time.setCurrentIndex(0)
    assert (dialog.config.minutes, dialog.config.checkpoint_seconds) == (5.0, 10.0)
    dialog.minutes.setValue(7.5)
    assert dialog.time.currentData() is None
    assert dialog.config.minutes == 7.5
    dialog.parts["eyes"].setChecked(False)
    assert dialog.config.network.stages == ("expression", "nose", "mouth", "remainder")
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    assert dialog.config.device == "cpu"


def test_every_other_field_is_under_advanced_with_its_explanation(dialog: TrainingDialog) -> None:
    config = dialog.config
    forms = (
        (dialog.run_form, config),
        (dialog.people_form, config.people),
        (dialog.network_form, config.network),
        (dialog.weights_form, config.weights),
    )
    plain = {"data", "minutes", "device", "checkpoint_seconds", "people", "network", "weights", "stages", "start_from"}
    for form, shown in forms:
        assert set(form.inputs) == {field.name for field in dataclasses.fields(shown)} - plain
        notes = {label.text() for label in form.findChildren(QLabel)}
        for field in form.inputs.values():
            assert field.toolTip().endswith(".")
            assert field.toolTip() in notes
            assert field.accessibleName()
        assert set(form.inputs) <= {*TITLES, *TERMS}  # each in words
        assert form.title().count("&") == 1
    assert dialog.run_form.inputs["subjects"].placeholderText() == "all"  # type: ignore[union-attr]
    codes = dialog.run_form.inputs["codes"]
    assert isinstance(codes, QComboBox)
    assert (codes.currentText(), config.codes) == ("principal components", "principal")
    dialog.run_form.show_value("learning_rate", 3e-4)
    dialog.network_form.show_value("windows", False)
    dialog.weights_form.show_value("reg", 0.5)
    dialog.run_form.show_value("also", ("anny:", "folder:/more heads"))
    dialog.run_form.show_value("shares", (0.5, 0.25, 0.25))
    dialog.people_form.show_value("ages", "children")
    config = dialog.config
    assert (config.also, config.shares) == (("anny:", "folder:/more heads"), (0.5, 0.25, 0.25))
    assert config.people.ages == "children"
    assert (config.learning_rate, config.network.windows, config.weights.reg) == (3e-4, False, 0.5)
    assert config.subjects is None


def test_what_is_no_number_is_refused_in_the_dialog(dialog: TrainingDialog, tmp_path: Path) -> None:
    dialog.source.set_source("ict:/heads")
    dialog.folder.setText(str(tmp_path / "run"))
    for value, words in (("many", "Heads a step: 'many' is not a whole number"), ("1", "at least 4 heads")):
        dialog.run_form.show_value("heads", value)
        dialog.accept()
        assert words in dialog.message.text()
        assert dialog.start.isEnabled()
    dialog.run_form.show_value("heads", 8)
    (tmp_path / CONFIG).write_text("{}", encoding="utf-8")
    dialog.folder.setText(str(tmp_path))
    dialog.accept()
    assert "holds a training run" in dialog.message.text()
    assert not (tmp_path / "run").exists()


def test_a_form_shows_back_what_it_was_given(qtbot: QtBot) -> None:
    weights = LossWeights(stage=1234.5, reg=1e-6)
    form = ConfigForm("Weights", weights)
    qtbot.addWidget(form)
    assert LossWeights(**form.values()) == weights
    form.show_value("stage", "much")
    with pytest.raises(FacewrightError, match="not a number"):
        form.values()


def test_the_source_is_remembered(qtbot: QtBot) -> None:
    for number in range(2):
        chooser = SourceChooser()
        qtbot.addWidget(chooser)
        assert chooser.kinds.count() == len(SOURCES)
        if not number:
            chooser.set_source("ict:")
        assert chooser.complete == bool(number)
        chooser.set_source("ict:/some/where")
        chooser.set_source("unheard-of:/else")
        assert chooser.source == "ict:/some/where"
        chooser.remember()


def test_what_was_found_is_said_in_words() -> None:
    report = {
        "data": "Mine", "unit": "cm", "licence": "MIT", "true_scale": False, "subjects": 3, "expressions": 17,
        "vertices": 10671, "device": "cpu", "minutes": 60.0, "reading_s": 4.2, "memory_mb": 2048, "disk_mb": 500,
    }  # fmt: skip
    words = in_words(report)
    assert "decimetres" in in_words({**report, "unit": "dm"})
    for word in (
        "3 subjects × 17 expressions",
        "10,671",
        "relative",
        "centimetres",
        "on the CPU",
        "60 minutes",
        "2.0 GB",
        "500 MB",
        "8 s",
    ):
        assert word in words


def test_evaluation_offers_the_runs_newest_model_first(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / MODEL).write_bytes(b"")
    dialog = EvaluateDialog(tmp_path)
    qtbot.addWidget(dialog)
    dialog.source.set_source("ict:")
    assert not dialog.start.isEnabled()
    dialog.source.set_source("ict:/heads")
    assert dialog.start.isEnabled()
    assert dialog.arguments[:4] == ["--data", "ict:/heads", "--model", str(tmp_path / MODEL)]
    assert dialog.arguments[-1] == "--quick"


@pytest.fixture
def training(qtbot: QtBot) -> Iterator[Training]:
    window = QWidget()
    qtbot.addWidget(window)
    training = Training(Document(tiny_model(), parent=window), window)
    qtbot.addWidget(training.panel)
    yield training
    training.close()


def messages(training: Training) -> list[QMessageBox]:
    window = training.parent()
    assert isinstance(window, QWidget)
    return window.findChildren(QMessageBox)


def wait_for_steps(qtbot: QtBot, document: Document, steps: int) -> None:
    qtbot.waitUntil(lambda: document.model.metadata.get("steps") == steps)


def test_a_dropped_folder_is_told_for_a_run_by_its_configuration(training: Training, tmp_path: Path) -> None:
    assert not is_run(tmp_path)
    TrainConfig(data="ict:heads").save(tmp_path / CONFIG)
    assert is_run(tmp_path)
    assert not is_run(tmp_path / CONFIG)


def test_two_checkpoints_and_the_model_of_before_show_the_same_head(
    qtbot: QtBot, training: Training, tmp_path: Path
) -> None:
    TrainConfig(data="ict:heads").save(tmp_path / CONFIG)
    document, panel = training._document, training.panel
    training.open(tmp_path)
    training.show_newest()
    qtbot.waitUntil(lambda: len(messages(training)) == 1)
    assert "no checkpoint yet" in messages(training)[0].text()
    commands.set_coefficient(document, "mouth", 0, 2.0)
    head, first = document.parameters, document.model
    for steps in (10, 20):
        model_file.save(other(f"run at {steps}", steps), tmp_path / MODEL)
        training.show_newest()
        wait_for_steps(qtbot, document, steps)
        assert document.parameters == head
    rows = [panel.checkpoints.item(row).text() for row in range(panel.checkpoints.count())]
    assert rows == ["Before: tiny", "Step 10", "Step 20"]
    assert panel.checkpoints.currentRow() == 2
    panel.checkpoints.setCurrentRow(1)
    wait_for_steps(qtbot, document, 10)
    panel.checkpoints.setCurrentRow(0)
    assert document.model is first
    assert document.parameters == head
    document.set_model(other("another project", 0))
    assert training.checkpoints.first is None


def test_a_folder_that_is_no_run_is_refused(training: Training, tmp_path: Path) -> None:
    training.open(tmp_path)
    assert f"There is no run in {tmp_path}" in messages(training)[0].text()
    assert training.settled


@pytest.mark.parametrize("mine", [False, True])
def test_a_run_that_is_refused_leaves_nothing(
    qtbot: QtBot, training: Training, dialog: TrainingDialog, plain_source: str, tmp_path: Path, mine: bool
) -> None:
    run = tmp_path / "runs" / "first"
    if mine:
        run.mkdir(parents=True)
        (run / "notes.txt").write_text("mine", encoding="utf-8")
    training.begin(dataclasses.replace(small(dialog, plain_source), steps=None, minutes=1e-4), run)
    qtbot.waitUntil(lambda: bool(messages(training)))
    (box,) = messages(training)
    assert "Training did not begin." in box.text()
    assert "too few for a head" in box.text()
    assert "--" not in box.text()
    assert [file.name for file in tmp_path.rglob("*")] == (["runs", "first", "notes.txt"] if mine else [])
    panel = training.panel
    assert not panel.resume.isEnabled()
    assert (panel.place.text(), panel.state.text()[:11]) == ("", "No run is o")


def test_a_run_that_is_too_short_is_asked_for_again_with_all_that_was_filled_in(
    qtbot: QtBot, training: Training, plain_source: str, tmp_path: Path
) -> None:
    training.ask_to_train()
    dialog = training._dialog
    assert dialog is not None
    small(dialog, plain_source)
    dialog.run_form.show_value("seed", 7)
    dialog.folder.setText(str(tmp_path / "run"))
    dialog.minutes.setRange(0.0001, 1000.0)
    dialog.minutes.setDecimals(4)
    dialog.minutes.setValue(0.0001)
    dialog.accept()
    qtbot.waitUntil(dialog.start.isEnabled)
    assert dialog.isVisible()
    assert messages(training) == []
    assert "too few for a head on the CPU" in dialog.message.text()
    assert dialog.minutes.value() >= 1.0
    assert f"for {dialog.minutes.value():g} min or longer" in dialog.message.text()
    assert dialog.config.seed == 7
    assert dialog.source.source == plain_source
    dialog.minutes.setValue(0.0001)
    QDialog.accept(dialog)  # as for a run from a model, whose time the run itself tells
    qtbot.waitUntil(lambda: training.process.running)
    assert not dialog.isVisible()
    qtbot.waitUntil(dialog.isVisible)
    assert messages(training) == []
    assert "too few for a head on the CPU" in dialog.message.text()
    assert dialog.minutes.value() >= 1.0
    assert dialog.start.isEnabled()
    dialog.reject()


@pytest.mark.parametrize("name", ["file", "file/run"])
def test_a_place_that_cannot_be_written_is_told_before_heads_are_read(
    qtbot: QtBot, dialog: TrainingDialog, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    evaluation = EvaluateDialog(None)
    qtbot.addWidget(evaluation)
    for each in (dialog, evaluation):
        each.source.set_source("ict:/heads")
        each.folder.setText(str(tmp_path / name))
        each.show()
        each.accept()
        assert f"{tmp_path / 'file'} is a file" in each.message.text()
        assert each.isVisible()
        assert each.start.isEnabled()
        each.folder.setText(str(tmp_path / "other" / "run"))
        assert not each.message.text()
    evaluation.accept()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_real_run_outlives_its_editor_is_found_again_paused_and_stopped(
    qtbot: QtBot, training: Training, dialog: TrainingDialog, plain_source: str, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    training.begin(small(dialog, plain_source), run)
    process = training.process
    assert process.owned
    qtbot.waitUntil(lambda: bool(process.record.curves))
    training.settle(lambda: None)
    question = messages(training)[0]
    next(button for button in question.buttons() if "Keep Training" in button.text()).click()
    training.close()
    assert is_running(run)

    found = TrainingProcess()
    endings: list[Ending] = []
    found.ended.connect(endings.append)
    found.open(run)
    assert found.running
    assert not found.owned
    found.ask("pause")
    assert found.paused
    found.ask(None)
    step = found.record.step
    qtbot.waitUntil(lambda: found.record.step > step)
    found.ask("stop")
    qtbot.waitUntil(lambda: not found.running)
    assert "kept" in endings[0].message
    assert (run / STATE).is_file()
    assert found.record.saved == found.record.step > 0
    assert not is_running(run)


def test_the_end_of_a_run_that_another_program_started_is_noticed(qtbot: QtBot, tmp_path: Path) -> None:
    TrainConfig(data="ict:heads").save(tmp_path / CONFIG)
    process = TrainingProcess()
    endings: list[Ending] = []
    process.ended.connect(endings.append)
    with Control(tmp_path):
        process.open(tmp_path)
        assert process.running
    qtbot.waitUntil(lambda: not process.running)
    assert endings[0].failed
    assert "begins anew" in endings[0].message
