"""The brush in a hand: a stroke is one undo step, and Shift and Control change what it does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor, QGuiApplication

from facewright.core.normals import vertex_normals
from facewright.core.parameters import Parameters
from facewright.core.sculpt.brush import KINDS, Brush
from facewright.core.sculpt.dabs import MOST_DABS, WIDEST_MM, dab
from facewright.core.surface.extraction import head_mesh
from facewright.editor import commands
from facewright.editor.sculpt.brush_panel import BrushPanel
from facewright.editor.sculpt.brush_tool import BrushTool
from facewright.editor.viewport.tool import Touch
from tests.core.tiny_model import PLANES, tiny_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from facewright.core.mesh import Mesh
    from facewright.core.model.head_model import HeadModel
    from facewright.core.sculpt.brush import BrushKind
    from facewright.editor.document import Document
    from facewright.editor.live.pipeline import Pipeline
    from facewright.editor.viewport import Viewport

NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


class Screen:
    """A viewport that remembers its cursors."""

    def __init__(self) -> None:
        self.cursors: list[QCursor] = []

    def set_tool_cursor(self, cursor: Qt.CursorShape | QCursor) -> None:
        self.cursors.append(QCursor(cursor))

    def pixels_per_mm(self, point: np.ndarray) -> float:
        return 3.0


@pytest.fixture
def model() -> HeadModel:
    return tiny_model()


@pytest.fixture
def mesh(model: HeadModel) -> Mesh:
    return head_mesh(model, Parameters(), 4.0)


@pytest.fixture
def top(mesh: Mesh) -> np.ndarray:
    """The most forward vertex."""
    vertex: np.ndarray = mesh.vertices[mesh.vertices[:, 2].argmax()].astype(np.float64)
    return vertex


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def tool(document: Document, bare_window: QWidget, mesh: Mesh, screen: Screen) -> Iterator[BrushTool]:
    head = SimpleNamespace(mesh=mesh, normals=vertex_normals(mesh.vertices, mesh.faces))
    seen = SimpleNamespace(on_screen=SimpleNamespace(painting=SimpleNamespace(head=head)))
    tool = BrushTool(document, cast("Viewport", screen), cast("Pipeline", seen), bare_window)
    yield tool
    tool.close()


def stroke(qtbot: QtBot, document: Document, tool: BrushTool, top: np.ndarray) -> None:
    """From the top 20 mm to the left."""
    assert tool.grab(top)
    for share in np.linspace(0.1, 1.0, 10):
        way = share * np.array([20.0, 0.0, -1.0])
        tool.drag(way, Touch(top + way, np.array([0.0, 0.0, 1.0])))
        qtbot.wait(5)
    tool.release()
    qtbot.waitUntil(lambda: document.gesture is None)


@pytest.mark.parametrize(
    ("keys", "text", "rises"), [(NONE, "Inflate", 1.0), (CONTROL, "Deflate", -1.0), (SHIFT, "Smooth", 0.0)]
)
def test_a_stroke_is_one_step_that_says_what_it_did(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, document: Document, tool: BrushTool, top: np.ndarray,
    keys: Qt.KeyboardModifier, text: str, rises: float,
) -> None:  # fmt: skip
    monkeypatch.setattr(QGuiApplication, "keyboardModifiers", lambda: keys)
    stroke(qtbot, document, tool, top)
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == f"Brush: {text}"
    work = document.parameters.dabs
    assert len(work) >= 5
    assert document.parameters.bare == Parameters()
    if rises:
        assert (np.sign([one.way[2] for one in work]) == rises).all()
    document.undo_stack.undo()
    assert document.parameters == Parameters()


def test_a_grab_is_one_dab_that_follows_the_hand(
    qtbot: QtBot, document: Document, tool: BrushTool, top: np.ndarray
) -> None:
    advice: list[str] = []
    tool.advised.connect(advice.append)
    tool.set_brush(Brush("grab", radius=12.0))
    stroke(qtbot, document, tool, top)
    [one] = document.parameters.dabs
    assert one.way[0] > 5.0
    assert document.undo_stack.undoText() == "Brush: Grab"
    assert "wider one" in advice[-1]  # 20 mm is more than a brush of 12 mm can pull


@pytest.mark.parametrize("kind", KINDS)
def test_a_locked_part_is_left_alone(
    qtbot: QtBot, document: Document, tool: BrushTool, mesh: Mesh, kind: BrushKind
) -> None:
    nose = document.model.frame.to_head(np.array([PLANES["nose"][0]]))[0]
    point = mesh.vertices[np.linalg.norm(mesh.vertices - nose, axis=1).argmin()].astype(np.float64)
    advice: list[str] = []
    tool.advised.connect(advice.append)
    tool.set_brush(Brush(kind, 8.0, 1.0))
    commands.set_lock(document, "nose", True)
    steps = document.undo_stack.count()
    assert tool.grab(point)
    way = np.array([0.0, 1.0, 0.0])
    tool.drag(way, Touch(point + way, np.array([0.0, 0.0, 1.0])))
    tool.release()
    qtbot.waitUntil(lambda: document.gesture is None)
    assert (document.undo_stack.count(), document.parameters.dabs) == (steps, ())
    assert advice[-1] == "Nose is locked: the brush leaves it alone."


def test_a_press_while_the_last_stroke_is_followed_turns_no_camera(
    qtbot: QtBot, document: Document, tool: BrushTool, top: np.ndarray
) -> None:
    for _ in range(2):
        assert tool.grab(top)
        tool.drag(np.array([1.0, 0.0, 0.0]), None)
        tool.release()
    qtbot.waitUntil(lambda: document.gesture is None)
    assert document.undo_stack.count() == 1


def test_a_full_head_says_so_and_keeps_what_it_has(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, document: Document, tool: BrushTool, top: np.ndarray
) -> None:
    told: list[str] = []
    monkeypatch.setattr("facewright.editor.drag_session.show_error", lambda _, message: told.append(message))
    full = (dab((0.0, 0.0, 100.0), (0.0, 0.0, 0.0), 2.0),) * MOST_DABS
    commands.set_brush_work(document, full, "Full")
    stroke(qtbot, document, tool, top)
    assert len(told) == 1
    assert "clear the brush work" in told[0]
    assert document.parameters.dabs == full


def test_the_pointer_shows_how_wide_the_brush_is(tool: BrushTool, screen: Screen, top: np.ndarray) -> None:
    tool.set_brush(Brush(radius=10.0))
    tool.hover(Touch(top, np.array([0.0, 0.0, 1.0])))
    assert screen.cursors[-1].pixmap().width() == pytest.approx(2 * 3.0 * 10.0, abs=4)
    tool.set_brush(Brush(radius=WIDEST_MM))
    tool.hover(Touch(top, np.array([0.0, 0.0, 1.0])))
    assert screen.cursors[-1].shape() == Qt.CursorShape.CrossCursor  # too large for Windows
    tool.hover(None)
    assert screen.cursors[-1].shape() == Qt.CursorShape.ArrowCursor


def test_the_panel_and_the_keys_set_the_brush_and_the_work_can_be_cleared(
    qtbot: QtBot, document: Document, tool: BrushTool
) -> None:
    panel = BrushPanel(document, tool)
    qtbot.addWidget(panel)
    assert panel.kinds["inflate"].isChecked()
    panel.kinds["smooth"].click()
    panel.radius.setValue(20.0)
    panel.strength.field.setValue(25)
    assert tool.brush == Brush("smooth", 20.0, 0.25)
    tool.widen()
    assert panel.radius.value() == pytest.approx(25.0)
    tool.narrow()
    tool.set_brush(Brush("grab", 1000.0))
    assert (panel.radius.value(), panel.kinds["grab"].isChecked()) == (WIDEST_MM, True)
    assert not panel.clear.isEnabled()
    commands.set_brush_work(document, (dab((0.0, 0.0, 100.0), (0.0, 0.0, 1.0), 5.0),), "Brush: Inflate")
    assert "1 of 4,000" in panel.work.text()
    panel.clear.click()
    assert document.parameters.dabs == ()
    assert document.undo_stack.undoText() == "Clear Brush Work"
    assert "No brush work" in panel.work.text()
