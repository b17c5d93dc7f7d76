"""Handles on the nose are measured whenever the head rests, pulled in one step, and told when there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QWidget

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.comparison import Comparison
from facewright.editor.document import Document
from facewright.editor.measurement.measurement import _write
from facewright.editor.measurement.measurer import HeadPair, Measurer
from facewright.editor.measurement.nose_handles import NoseHandles
from tests.core.anthropometry.test_solve import nosed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.model.head_model import HeadModel


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document(nosed())


@pytest.fixture
def handles(qtbot: QtBot, document: Document) -> Iterator[NoseHandles]:
    window = QWidget()
    qtbot.addWidget(window)
    document.setParent(window)
    handles = NoseHandles(document, window)
    yield handles
    handles.close()


def test_a_measurement_is_pulled_in_one_step_and_handles_are_measured_anew(
    qtbot: QtBot, document: Document, handles: NoseHandles
) -> None:
    with qtbot.waitSignal(handles.changed, check_params_cb=lambda new: new is not None):
        handles.need(True)
    first = handles._handles
    assert first
    key = next(iter(first.values))
    handles.grab(key, ())
    handles.pull(first.values[key] + 1.0)
    handles.release()
    qtbot.waitUntil(lambda: document.gesture is None and document.undo_stack.count() == 1)
    assert document.parameters.nose
    qtbot.waitUntil(lambda: handles._handles is not first)
    assert handles._handles


def test_a_late_answer_leaves_what_a_slider_did_meanwhile(
    qtbot: QtBot, document: Document, handles: NoseHandles
) -> None:
    with qtbot.waitSignal(handles.changed, check_params_cb=lambda new: new is not None):
        handles.need(True)
    assert handles._handles
    key, value = next(iter(handles._handles.values.items()))
    handles.grab(key, ())
    handles.pull(value + 1.0)
    handles.release()
    commands.set_coefficient(document, "mouth", 0, 1.0)
    qtbot.waitUntil(lambda: bool(document.parameters.nose))
    assert document.parameters.mouth == (1.0,)


def test_another_head_in_the_meantime_is_measured_in_the_place_of_the_first(
    qtbot: QtBot, document: Document, handles: NoseHandles
) -> None:
    handles.need(True)
    qtbot.waitUntil(lambda: handles._worker.busy)
    commands.set_parameters(document, Parameters(nose=(1.0,)), "Wider")
    qtbot.waitUntil(lambda: handles._handles is not None)
    handles.need(False)
    commands.set_parameters(document, Parameters(nose=(2.0,)), "Wider")
    qtbot.wait(10)
    assert not handles._worker.busy


def test_what_cannot_be_measured_is_told_and_a_later_head_is_measured(
    qtbot: QtBot, document: Document, handles: NoseHandles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(model: HeadModel, head: Parameters, *arguments: object, **options: object) -> Landmarks:
        if head.nose:
            raise FacewrightError("No nose.")
        return find_landmarks(model, head, {})

    monkeypatch.setattr("facewright.editor.measurement.measurer.find_landmarks", find)
    measurer, messages = Measurer(document, Comparison(document, document), document), list[str]()
    measurer.failed.connect(messages.append)
    commands.set_parameters(document, Parameters(nose=(1.0,)), "Wider")
    measurer.need("test", True)
    qtbot.waitUntil(lambda: messages == ["No nose."])
    assert measurer.last is None
    commands.set_parameters(document, Parameters(), "Back")
    qtbot.waitUntil(lambda: measurer.last is not None)
    measurer.close()


def test_a_table_says_in_json_what_is_doubtful(tmp_path: Path) -> None:
    pair = HeadPair(nosed(), {}, "Mean", Parameters(), Parameters(nose=(1.0,)))
    _write(pair, None, ("Bad alignment.",), tmp_path / "table.json")
    _write(pair, None, (), tmp_path / "plain.json")
    assert '"Bad alignment."' in (tmp_path / "table.json").read_text(encoding="utf-8")
    assert "warnings" not in (tmp_path / "plain.json").read_text(encoding="utf-8")
