"""The hand that drags the surface: its part follows, one undo step a drag."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from facewright.core.grab import part_at, parts_at
from facewright.core.mesh import Mesh
from facewright.core.parameters import Parameters
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.correspondence import template_topology
from facewright.editor import commands
from facewright.editor.document import Tools
from facewright.editor.grab_tool import GrabTool
from facewright.editor.viewport.tool import Touch
from tests.core.people import people
from tests.core.tiny_model import PLANES, tiny_model, tiny_model_with_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.document import Document
    from facewright.editor.live.pipeline import Pipeline
    from facewright.editor.viewport import Viewport


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


def test_with_symmetric_editing_both_sides_change_alike(
    qtbot: QtBot, document: Document, tool: GrabTool, point: np.ndarray
) -> None:
    document.set_tools(Tools(symmetric=True))
    tool.grab(point)
    tool.drag(np.array([2.0, 2.0, 2.0]))
    tool.release()
    qtbot.waitUntil(lambda: document.gesture is None)
    pulled = document.parameters
    assert pulled.nose
    even = document.symmetry.change(Parameters(), pulled)
    assert [even.value("nose", index) for index in range(3)] == pytest.approx(
        [pulled.value("nose", index) for index in range(3)], abs=1e-6
    )


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


def test_a_late_answer_leaves_what_a_slider_did_meanwhile(
    qtbot: QtBot, document: Document, tool: GrabTool, point: np.ndarray
) -> None:
    tool.grab(point)
    tool.drag(np.array([0.0, 3.0, 0.0]))
    tool.release()
    commands.set_coefficient(document, "mouth", 0, 1.0)
    qtbot.waitUntil(lambda: bool(document.parameters.nose))
    assert document.parameters.mouth == (1.0,)


class Shown(QObject):
    """A pipeline that shows one surface."""

    screen_changed = Signal(object)

    def __init__(self, model: HeadModel, mesh: Mesh) -> None:
        super().__init__()
        evaluation = SimpleNamespace(job=SimpleNamespace(model=model, parameters=Parameters()))
        painting = SimpleNamespace(head=SimpleNamespace(colours=None, mesh=mesh))
        self.on_screen = SimpleNamespace(request=SimpleNamespace(evaluation=evaluation, source=None), painting=painting)


def test_what_is_under_the_pointer_lights_up_and_what_a_press_does_is_said(
    qtbot: QtBot, document: Document, bare_window: QWidget, model: HeadModel, point: np.ndarray
) -> None:
    template = tiny_model_with_template().template
    assert template
    seen: list[np.ndarray | None] = []
    viewport = SimpleNamespace(colour=seen.append)
    pipeline = Shown(model, Mesh(template.vertices, template.faces))
    tool = GrabTool(document, bare_window, cast("Viewport", viewport), cast("Pipeline", pipeline))
    said: list[str] = []
    tool.advised.connect(said.append)
    touch = Touch(point, np.array([0.0, 0.0, 1.0]))
    tool.hover(touch)
    qtbot.waitUntil(lambda: bool(said))
    assert "nose follows" in said[-1]
    lit = seen[-1]
    assert lit is not None
    differs = (lit != lit[template.vertices[:, 2].argmin()]).any(axis=1)
    near = np.linalg.norm(template.vertices - point, axis=1)
    assert differs[near.argmin()]
    assert not differs[near > 60.0].any()
    tool.hover(None)
    assert seen[-1] is None
    assert said[-1] == ""
    commands.set_lock(document, "nose", True)
    tool.hover(touch)
    assert "locked" in said[-1]
    tool.close()


def test_near_a_border_what_is_said_is_what_a_pull_takes_hold_of(
    qtbot: QtBot, document: Document, bare_window: QWidget
) -> None:
    model = people()
    assert model.template
    vertices, faces = template_topology(model, Parameters()).vertices, model.template.faces
    field = model.field(Parameters())
    parts = np.array(parts_at(model, field, vertices))
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    near, far = edges[(parts[edges] == "nose").sum(axis=1) == 1][::20].T
    points = vertices[near] + 0.4 * (vertices[far] - vertices[near])
    viewport, pipeline = SimpleNamespace(colour=lambda colours: None), Shown(model, Mesh(vertices, faces))
    tool = GrabTool(document, bare_window, cast("Viewport", viewport), cast("Pipeline", pipeline))
    said: list[str] = []
    tool.advised.connect(said.append)
    for point in points:
        tool.hover(Touch(point, np.array([0.0, 0.0, 1.0])))
        qtbot.waitUntil(lambda: bool(said))
        assert ("the nose follows" in said[-1]) == (part_at(model, field, point) == "nose")
    assert any(part_at(model, field, point) != part for point, part in zip(points, parts[near], strict=True))
    tool.hover(Touch(vertices[parts == "eyes"][0], np.array([0.0, 0.0, 1.0])))
    assert said[-1] == "Press and pull: the eyes follow."
    tool.close()
