"""The hand that drags the surface: its part follows, one undo step a drag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from facewright.core.parameters import Parameters
from facewright.core.surface.cascade import Cascade
from facewright.editor import commands
from facewright.editor.grab_tool import GrabTool
from facewright.editor.viewport.tool import Touch
from tests.core.tiny_model import PLANES, tiny_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.document import Document
    from facewright.editor.main_window import MainWindow


@pytest.fixture
def model() -> HeadModel:
    return tiny_model()


@pytest.fixture
def point(model: HeadModel) -> np.ndarray:
    """A point of the mean head's nose."""
    near = model.frame.to_head(np.array([PLANES["nose"][0]]))
    return Cascade(model, Parameters()).from_template(near, near)[0]


@pytest.fixture
def tool(document: Document, bare_window: QWidget) -> Iterator[GrabTool]:
    tool = GrabTool(document, bare_window)
    yield tool
    tool.close()


def test_a_drag_is_one_step_of_the_part_that_was_held(
    qtbot: QtBot, document: Document, tool: GrabTool, point: np.ndarray
) -> None:
    tool.grab(point)
    for share in np.linspace(0.1, 1.0, 10):
        tool.drag(share * np.array([0.0, 2.0, 2.0]))
        qtbot.wait(5)
    tool.release()
    qtbot.waitUntil(lambda: document.gesture is None)
    assert document.undo_stack.count() == 1
    assert document.undo_stack.text(0).startswith("Drag Nose ")
    assert document.undo_stack.text(0).endswith(" mm")
    assert document.parameters.nose
    assert document.parameters.with_code("nose", ()) == Parameters()
    document.undo_stack.undo()
    assert document.parameters == Parameters()


def test_a_click_without_a_drag_changes_nothing(
    qtbot: QtBot, document: Document, tool: GrabTool, point: np.ndarray
) -> None:
    tool.grab(point)
    tool.release()
    qtbot.waitUntil(lambda: document.gesture is None)
    assert document.undo_stack.count() == 0


def test_the_last_place_of_the_hand_counts_even_if_it_let_go_before_the_solver_came(
    qtbot: QtBot, document: Document, tool: GrabTool, point: np.ndarray
) -> None:
    tool.grab(point)
    tool.drag(np.array([0.0, 3.0, 0.0]))
    tool.release()
    qtbot.waitUntil(lambda: document.gesture is None)
    assert document.parameters.nose


def test_what_is_under_the_pointer_lights_up_and_the_status_bar_says_what_a_press_does(
    qtbot: QtBot, window: MainWindow, model: HeadModel, point: np.ndarray
) -> None:
    tool, viewport = window.grab_tool, window.viewport
    qtbot.waitUntil(lambda: window.pipeline.on_screen is not None)
    plain = viewport.panes.head.data.GetPointData().GetScalars()
    tool.hover(Touch(point, np.array([0.0, 0.0, 1.0])))
    qtbot.waitUntil(lambda: "nose follows" in window.status.hint.text())
    assert viewport.panes.head.data.GetPointData().GetScalars() is not plain
    commands.set_lock(window.document, "nose", True)
    tool.hover(None)
    tool.hover(Touch(point, np.array([0.0, 0.0, 1.0])))
    assert "locked" in window.status.hint.text()
    tool.hover(None)
    assert "orbit" in window.status.hint.text()
