"""What is made of a run's events, and of how it ended; no process is started here."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from facewright.editor.training.ending import INTERRUPTED, LOG, explain
from facewright.editor.training.plot import LossPlot, colour, thinned
from facewright.editor.training.record import Curve, Record, parse
from facewright.editor.training.terms import HELD_OUT, TERMS, explanation, plain_name
from facewright.train.config import LossWeights
from facewright.train.run.checkpoint import STATE
from facewright.train.run.events import EventLog

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QColor
    from pytestqt.qtbot import QtBot


def recorded(path: Path) -> Record:
    """The record of a run that was written by training's own log."""
    log = EventLog(path, [])
    log("begin", message="Reading ict:heads", run="run")
    log("ready", message="Training 10 M weights")
    for step in range(1, 6):
        log("step", phase="template", step=step, progress=step / 20, losses={"gt": 1.0 / step})
    log("checkpoint", step=5, progress=0.25)
    for step in range(6, 11):
        log("step", phase="stages", step=step, progress=step / 20, losses={"stage/nose": 0.1, "reg": 2.0 * step})
    log.close()
    record = Record()
    record.take(filter(None, map(parse, path.read_text(encoding="utf-8").splitlines())))
    return record


def test_the_record_of_a_run(tmp_path: Path) -> None:
    record = recorded(tmp_path / "events.jsonl")
    assert (record.phase, record.step, record.progress, record.saved) == ("stages", 10, 0.5, 5)
    assert record.turns == {"template": 1, "stages": 6}
    assert list(record.curves) == ["gt", "stage/nose", "reg"]
    assert list(record.curves["gt"].values) == [1.0 / step for step in range(1, 6)]
    assert not record.ended


def test_a_run_that_went_back_to_its_checkpoint_takes_what_came_after_back(tmp_path: Path) -> None:
    record = recorded(tmp_path / "events.jsonl")
    record.take([{"event": "step", "phase": "stages", "step": 7, "progress": 0.35, "losses": {"reg": 3.0}}])
    assert list(record.curves["reg"].steps) == [6, 7]
    assert list(record.curves["reg"].values) == [12.0, 3.0]


@pytest.mark.parametrize("line", ["", "{", '{"event": "st', "[1]", '{"step": 1}', '{"event": 3}', "Traceback", "null"])
def test_a_line_that_is_no_event_is_passed_over(line: str) -> None:
    assert parse(line) is None


def test_an_event_with_unexpected_values_does_no_harm() -> None:
    record = Record()
    record.take([{"event": "step", "step": "many", "progress": None, "losses": {"gt": None, "reg": "x"}, "phase": 1}])
    record.take([{"event": "new kind"}])
    assert record == Record()


def test_a_held_out_error_is_a_curve() -> None:
    record = Record()
    record.take([{"event": "held_out", "step": 3, "mm": {"nose": 0.5}}])
    assert list(record.curves["held_out/nose"].values) == [0.5]


def test_every_curve_has_a_plain_name() -> None:
    assert set(TERMS) == {*asdict(LossWeights()), HELD_OUT}
    assert plain_name("held_out/remainder") == "Error on unseen heads (mm): head shape"
    assert plain_name("gt") == "Signed distance"
    assert explanation("stage/nose").endswith("stage/nose")
    assert plain_name("of a newer version") == "of a newer version"


def test_what_a_run_does_between_steps_and_what_it_warns_of_are_kept() -> None:
    record = Record()
    record.take([{"event": "pool", "message": "Sampling distances", "done": 3, "of": 1600}])
    record.take([{"event": "pool", "done": 1200, "of": 1600}])
    assert record.doing == "Sampling distances (1,200 of 1,600)"
    record.take([{"event": "warning", "message": "The disk is full.", "step": 3}])
    record.take([{"event": "step", "phase": "end", "step": 4}])
    assert (record.doing, record.notice) == ("", "The disk is full.")


def ended(record: Record, progress: float) -> Record:
    record.take([json.loads(json.dumps({"event": "end", "step": 10, "progress": progress, "message": "Training …"}))])
    return record


def test_a_run_that_ended_as_it_should(tmp_path: Path) -> None:
    record = recorded(tmp_path / "events.jsonl")
    assert "kept" in explain(tmp_path, ended(record, 0.5), 0).message
    finished = explain(tmp_path, ended(record, 1.0), None)
    assert (finished.failed, finished.message) == (False, "Training is finished.")
    assert not explain(tmp_path, Record(), INTERRUPTED).failed


@pytest.mark.parametrize(
    ("log", "status", "words"),
    [
        ("", None, "ended it from outside"),
        ("error: There is no folder heads: give another.\n", 1, "There is no folder heads"),
        ("Traceback\ntorch.OutOfMemoryError: CUDA out of memory. Tried\n", 1, "fewer subjects"),
        ("Traceback\nRuntimeError: DefaultCPUAllocator: not enough memory\n", 1, "fewer subjects"),
        ("error: state cannot be written, no space left on device: choose another place.\n", 1, "disk is full"),
        ("Traceback\nRuntimeError: CUDA error: device-side assert\n", 1, "GPU failed"),
        ("Traceback\nModuleNotFoundError: No module named 'igl'\n", 1, "install it again"),
        ("Traceback\nKeyError: 'nose'\n", 1, "KeyError: 'nose'. All it said is in"),
        ("UserWarning: this is slow\n", None, "ended it from outside"),
    ],
)
def test_a_run_that_failed_says_why_and_what_is_kept(tmp_path: Path, log: str, status: int, words: str) -> None:
    (tmp_path / LOG).write_text(log, encoding="utf-8")
    record = recorded(tmp_path / "events.jsonl")
    ending = explain(tmp_path, record, status)
    assert ending.failed
    assert words in ending.message
    assert "begins anew" in ending.message
    (tmp_path / STATE).write_bytes(b"")
    assert "last checkpoint of step 5 is intact" in explain(tmp_path, record, status).message


@pytest.mark.parametrize(
    ("log", "refused"),
    [
        ("error: There is no folder heads: give another.\n", True),
        ("error: state cannot be written, no space left on device: choose another place.\n", False),  # it can go on
        ("Traceback\nKeyError: 'nose'\n", False),
    ],
)
def test_a_run_is_refused_that_says_why_it_does_not_begin(tmp_path: Path, log: str, refused: bool) -> None:
    (tmp_path / LOG).write_text(log, encoding="utf-8")
    ending = explain(tmp_path, Record(), 1)
    assert (ending.failed, ending.refused, "Resume" in ending.message) == (True, refused, not refused)


def test_a_curve_is_thinned_to_the_means_of_what_lies_together() -> None:
    curve = Curve()
    for step in range(1000):
        curve.add(step, float(step % 2))
    steps, values = thinned(curve, 0.0, 1000.0, 50)
    assert len(steps) <= 50
    np.testing.assert_allclose(values, 0.5, atol=0.05)
    assert (np.diff(steps) > 0).all()
    curve.add(1000, float("nan"))
    assert np.isfinite(thinned(curve, 0.0, 1000.0, 50)[1]).all()


def test_curves_are_drawn_in_their_colours_unless_hidden(qtbot: QtBot, tmp_path: Path) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    record = recorded(tmp_path / "events.jsonl")
    ground = plot.palette().base().color()

    def shows(index: int) -> bool:
        image = plot.grab().toImage()
        wanted = colour(index, ground)
        pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
        return any(_near(pixel, wanted) for pixel in pixels)

    plot.show_record(record)
    assert shows(0)
    assert shows(2)
    plot.show_record(record, {"gt"})
    assert not shows(0)
    assert shows(2)
    plot.show_record(Record())
    assert not shows(2)


def test_no_line_is_drawn_across_a_phase_that_did_not_measure(qtbot: QtBot) -> None:
    record = Record()
    for step in range(301):
        phase = ("template", "stages", "end")[min(step // 100, 2)]
        losses = {"stage/nose": 1e-3} if phase == "stages" else {"gt": 0.3}
        record.take([{"event": "step", "phase": phase, "step": step, "losses": losses}])
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    plot.show_record(record, {"stage/nose"})
    image = plot.grab().toImage()
    rows, columns = range(image.height()), range(60, image.width() - 12)
    drawn = [any(image.pixelColor(x, y).saturation() > 80 for y in rows) for x in columns]
    template, stages, end = (third[15:-15] for third in np.array_split(np.array(drawn), 3))
    assert template.all()
    assert not stages.any()
    assert end.all()


def _near(a: QColor, b: QColor) -> bool:
    return max(abs(a.red() - b.red()), abs(a.green() - b.green()), abs(a.blue() - b.blue())) < 30
