"""Landmarks are corrected by hand, one undo step a drag, and ride where they were put."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import BY_KEY
from facewright.core.parameters import Parameters
from facewright.core.project_file import load, save
from facewright.core.surface.cascade import Cascade
from facewright.editor import commands
from facewright.editor.comparison import Comparison
from facewright.editor.document import Document
from facewright.editor.measurement.annotator import Annotator
from facewright.editor.measurement.landmark_tool import LandmarkTool
from facewright.editor.measurement.measurer import Measurer
from facewright.editor.viewport.annotation import Annotation
from facewright.editor.viewport.tool import Touch
from tests.core.anthropometry.test_solve import nosed

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
def measurer(qtbot: QtBot, document: Document) -> Iterator[Measurer]:
    comparison = Comparison(document)
    measurer = Measurer(document, comparison, document)
    measurer.need("test", True)
    qtbot.waitUntil(lambda: measurer.last is not None)
    yield measurer
    measurer.close()


@pytest.fixture
def tool(qtbot: QtBot, document: Document, measurer: Measurer) -> Iterator[LandmarkTool]:
    window = QWidget()
    qtbot.addWidget(window)
    tool = LandmarkTool(document, measurer, window)
    yield tool
    tool.close()


def tip(measurer: Measurer) -> np.ndarray:
    assert measurer.last
    return measurer.last.now.points["prn"]


def beside(point: np.ndarray) -> Touch:
    """A place of the mean head's surface some millimetres from a point of it, seen from the front."""
    cascade = Cascade(nosed(), Parameters())
    near = cascade.to_template((point + np.array([3.0, 2.0, 0.0]))[None].astype(np.float32))
    return Touch(cascade.from_template(near, near)[0].astype(np.float64), np.array([0.0, 0.0, 1.0]))


def test_the_landmark_under_the_pointer_is_named(qtbot: QtBot, measurer: Measurer, tool: LandmarkTool) -> None:
    with qtbot.waitSignal(tool.pointed) as caught:
        tool.hover(Touch(tip(measurer) + np.eye(3)[0], np.array([0.0, 0.0, 1.0])))
    assert caught.args == ["prn"]
    assert not tool.grab(tip(measurer) + 60.0)


def test_it_is_said_at_once_that_landmarks_are_looked_for(
    qtbot: QtBot, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = threading.Event()

    def slowly(*arguments: Any, **named: Any) -> Landmarks:
        found.wait()
        return find_landmarks(*arguments, **named)

    monkeypatch.setattr("facewright.editor.measurement.measurer.find_landmarks", slowly)
    comparison, drawn = Comparison(document), list[Annotation]()
    measurer = Measurer(document, comparison, document)
    window = QWidget()
    qtbot.addWidget(window)
    tool = LandmarkTool(document, measurer, window)
    annotator = Annotator(measurer, tool, cast("Viewport", SimpleNamespace(annotate=drawn.append)), document)
    annotator.set_correcting(True)
    assert "Finding" in drawn[-1].text
    found.set()
    qtbot.waitUntil(lambda: len(drawn[-1].names) > 0)
    assert not drawn[-1].text
    for part in (tool, measurer):
        part.close()


def test_nothing_is_drawn_of_a_head_that_is_not_on_the_screen(
    qtbot: QtBot, document: Document, measurer: Measurer, tool: LandmarkTool
) -> None:
    drawn, heads = list[Annotation](), [Parameters()]
    viewport = cast("Viewport", SimpleNamespace(annotate=drawn.append))
    annotator = Annotator(measurer, tool, viewport, document, lambda pair: pair.now in heads)
    annotator.pick(BY_KEY["nasal_width"])
    assert drawn[-1].text
    heads[:] = [Parameters(nose=(1.0,))]  # the screen is ahead
    annotator.follow_screen()
    assert not drawn[-1].text
    assert not drawn[-1].lines
    commands.set_parameters(document, heads[0], "Wider")
    qtbot.waitUntil(lambda: bool(drawn[-1].text))
    annotator.pick(None)


def test_a_dragged_landmark_stays_where_it_was_put_until_undone(
    qtbot: QtBot, document: Document, measurer: Measurer, tool: LandmarkTool, tmp_path: Path
) -> None:
    start = tip(measurer)
    touch = beside(start)
    assert tool.grab(start)
    for _ in range(3):
        tool.drag(np.zeros(3), touch)
    tool.release()
    qtbot.waitUntil(lambda: document.gesture is None)
    assert document.undo_stack.text(0) == "Correct Landmark prn"
    assert document.undo_stack.count() == 1
    qtbot.waitUntil(lambda: not np.allclose(tip(measurer), start))
    np.testing.assert_allclose(tip(measurer), touch.point, atol=0.3)
    commands.set_parameters(document, Parameters(nose=(1.0,)), "Wider")
    found = find_landmarks(nosed(), document.parameters, document.landmarks).points["prn"]
    qtbot.waitUntil(lambda: np.allclose(tip(measurer), found, atol=0.05))
    save(document.project(), tmp_path / "head.facewright")
    assert load(tmp_path / "head.facewright").state.landmarks == document.state.landmarks
    commands.reset_landmarks(document, ["prn"])
    assert document.landmarks == {}
    document.undo_stack.undo()
    assert set(document.landmarks) == {"prn"}
