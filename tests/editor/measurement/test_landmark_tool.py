"""Landmarks are corrected by hand, one undo step a drag, and ride where they were put."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.parameters import Parameters
from facewright.core.project_file import load, save
from facewright.core.surface.cascade import Cascade
from facewright.editor import commands
from facewright.editor.comparison import Comparison
from facewright.editor.document import Document
from facewright.editor.measurement.landmark_tool import LandmarkTool
from facewright.editor.measurement.marking import Marking
from facewright.editor.measurement.measuring import Measuring
from facewright.editor.viewport.annotation import Annotation
from facewright.editor.viewport.widget import Touch
from tests.core.test_solve import nosed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.editor.viewport import Viewport


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document(nosed())


@pytest.fixture
def measuring(qtbot: QtBot, document: Document) -> Iterator[Measuring]:
    comparison = Comparison(document)
    measuring = Measuring(document, comparison, document)
    measuring.need("test", True)
    qtbot.waitUntil(lambda: measuring.last is not None)
    yield measuring
    measuring.close()


@pytest.fixture
def tool(qtbot: QtBot, document: Document, measuring: Measuring) -> Iterator[LandmarkTool]:
    window = QWidget()
    qtbot.addWidget(window)
    tool = LandmarkTool(document, measuring, window)
    yield tool
    tool.close()


def tip(measuring: Measuring) -> np.ndarray:
    assert measuring.last
    return measuring.last.now.points["prn"]


def beside(point: np.ndarray) -> Touch:
    """A place of the mean head's surface some millimetres from a point of it, seen from the front."""
    cascade = Cascade(nosed(), Parameters())
    near = cascade.to_template((point + np.array([3.0, 2.0, 0.0]))[None].astype(np.float32))
    return Touch(cascade.from_template(near, near)[0].astype(np.float64), np.array([0.0, 0.0, 1.0]))


def test_the_landmark_under_the_pointer_is_named(qtbot: QtBot, measuring: Measuring, tool: LandmarkTool) -> None:
    with qtbot.waitSignal(tool.pointed) as caught:
        tool.hover(Touch(tip(measuring) + np.eye(3)[0], np.array([0.0, 0.0, 1.0])))
    assert caught.args == ["prn"]
    assert not tool.take(tip(measuring) + 60.0)


def test_it_is_said_at_once_that_landmarks_are_looked_for(
    qtbot: QtBot, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = threading.Event()

    def slowly(*arguments: Any, **named: Any) -> Landmarks:
        found.wait()
        return find_landmarks(*arguments, **named)

    monkeypatch.setattr("facewright.editor.measurement.measuring.find_landmarks", slowly)
    comparison, drawn = Comparison(document), list[Annotation]()
    measuring = Measuring(document, comparison, document)
    window = QWidget()
    qtbot.addWidget(window)
    tool = LandmarkTool(document, measuring, window)
    marking = Marking(measuring, tool, cast("Viewport", SimpleNamespace(annotate=drawn.append)), document)
    marking.set_correcting(True)
    assert "Finding" in drawn[-1].text
    found.set()
    qtbot.waitUntil(lambda: len(drawn[-1].names) > 0)
    assert not drawn[-1].text
    for part in (tool, measuring):
        part.close()


def test_a_dragged_landmark_stays_where_it_was_put_until_undone(
    qtbot: QtBot, document: Document, measuring: Measuring, tool: LandmarkTool, tmp_path: Path
) -> None:
    start = tip(measuring)
    touch = beside(start)
    assert tool.take(start)
    for _ in range(3):
        tool.carry(np.zeros(3), touch)
    tool.let_go()
    qtbot.waitUntil(lambda: document.gesture is None)
    assert document.undo_stack.text(0) == "Correct Landmark prn"
    assert document.undo_stack.count() == 1
    qtbot.waitUntil(lambda: not np.allclose(tip(measuring), start))
    np.testing.assert_allclose(tip(measuring), touch.point, atol=0.3)
    commands.set_parameters(document, Parameters(nose=(1.0,)), "Wider")
    found = find_landmarks(nosed(), document.parameters, document.landmarks).points["prn"]
    qtbot.waitUntil(lambda: np.allclose(tip(measuring), found, atol=0.05))
    save(document.project(), tmp_path / "head.facewright")
    assert load(tmp_path / "head.facewright").state.landmarks == document.state.landmarks
    commands.reset_landmarks(document, ["prn"])
    assert document.landmarks == {}
    document.undo_stack.undo()
    assert set(document.landmarks) == {"prn"}
