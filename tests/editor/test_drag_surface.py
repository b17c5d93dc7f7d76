"""The surface under the mouse: the bundled model's nose tip pulled forward in the window."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from facewright.core.model.model_file import bundled_model, load
from facewright.editor.detail import FULL, VOXELS_MM
from facewright.editor.viewport.pose import VIEW_ANGLE, VIEWS, Pose

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from facewright.core.mesh import Mesh
    from facewright.core.model.head_model import HeadModel
    from facewright.editor.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
FROM_MM = 300.0
"""How near the camera comes, so that a pixel is a small step."""


@pytest.fixture
def model() -> HeadModel:
    return load(bundled_model(), torch.device("cpu"))


def shown(window: MainWindow) -> Mesh | None:
    """The mesh of the head as it is, once the screen shows it."""
    return window.evaluator.full_mesh(window.document.model, window.document.parameters)


def tip_of(mesh: Mesh) -> np.ndarray:
    """The foremost point near the middle plane."""
    x, _, z = mesh.vertices.T
    return mesh.vertices[np.argmax(np.where(np.abs(x) < 4.0, z, -np.inf))]


def still(model: HeadModel, window: MainWindow, mesh: Mesh) -> np.ndarray:
    """Which vertices (V,) lie on grid edges that the nose's window does not reach."""
    field = model.field(window.document.parameters)
    steps = VOXELS_MM[FULL] * np.concatenate([np.zeros((1, 3)), np.eye(3), -np.eye(3)]).astype(np.float32)
    return np.logical_and.reduce([field.window("nose", mesh.vertices + step) == 0.0 for step in steps])


def test_the_nose_tip_comes_five_millimetres_with_the_mouse_and_nothing_else_moves(
    qtbot: QtBot, window: MainWindow, model: HeadModel
) -> None:
    before, start_head = shown(window), window.document.parameters
    assert before is not None
    tip, canvas = tip_of(before), window.viewport.canvas
    focus = (float(tip[0]), float(tip[1]), float(tip[2]))
    window.viewport.stand(Pose(VIEWS["left"], focus, FROM_MM))  # forward is to the left, the tip in the middle
    qtbot.wait(50)
    window.actions_.edit.drag.trigger()
    pixels_a_mm = canvas.height() / (2.0 * FROM_MM * math.tan(math.radians(VIEW_ANGLE / 2)))
    start = canvas.rect().center() + QPoint(2, 0)  # on the nose, not on its outline
    way = round(5.0 * pixels_a_mm)
    QTest.mousePress(canvas, LEFT, pos=start)
    for step in range(1, way + 1, 2):
        QTest.mouseMove(canvas, start - QPoint(step, 0))
        qtbot.wait(5)
    QTest.mouseMove(canvas, start - QPoint(way, 0))
    QTest.mouseRelease(canvas, LEFT, pos=start - QPoint(way, 0))
    qtbot.waitUntil(lambda: window.document.gesture is None and shown(window) is not None)

    after, parameters = shown(window), window.document.parameters
    assert after is not None
    np.testing.assert_allclose(tip_of(after) - tip, [0.0, 0.0, 5.0], atol=1.6)  # the foremost grid line may be another
    assert abs(np.linalg.norm(tip_of(after) - tip) - 5.0) < 0.5
    assert window.document.undo_stack.count() == 1
    assert parameters == replace(start_head, nose=parameters.nose)
    rows = {vertex.tobytes() for vertex in after.vertices}
    kept = before.vertices[still(model, window, before)]
    assert len(kept) > 0.8 * len(before.vertices)
    assert all(vertex.tobytes() in rows for vertex in kept)
