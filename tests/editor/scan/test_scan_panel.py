"""A scan's file dropped onto the window: shown, told about, and put away."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from facewright.core.parameters import Parameters
from facewright.core.scan.align import Alignment
from facewright.core.scan.fitted_scan import FittedScan
from facewright.core.scan.scan import Scan
from facewright.core.scan.scan_fit import Residual, ScanFit
from facewright.editor import commands
from facewright.editor.scan.scan_session import ScanPlacement
from tests.editor.patience import pause

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.editor.main_window import MainWindow
    from facewright.editor.scan.fit_result import FitResult

BALL = trimesh.creation.icosphere(subdivisions=4, radius=0.09)


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.drops.eventFilter(window, QDropEvent(QPoint(5, 5), copy, data, left, none))


def is_placing(window: MainWindow) -> bool:
    snapshot = window.viewport.snapshot()
    return snapshot is not None and snapshot.painting.place is not None


def cell(result: FitResult, row: int, column: int) -> str:
    item = result.table.item(row, column)
    return item.text() if item else ""


def close_boxes(qtbot: QtBot, window: MainWindow) -> str:
    """Close the dialog that is open, and say what it said."""
    qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)))
    box = next(box for box in window.findChildren(QMessageBox) if box.isVisible())
    text = box.text()
    box.close()
    qtbot.waitUntil(lambda: not window.findChildren(QMessageBox))
    return text


def test_a_face_that_was_not_found_has_no_share_of_it_beside_the_scan(window: MainWindow) -> None:
    scan, panel = Scan(np.asarray(BALL.vertices), BALL.faces), window.scan_panel
    for evidence, words in ((0.1, "No face was found: nowhere"), (0.8, "Placed automatically: 86% of the face")):
        pose = Alignment(np.eye(3), np.zeros(3), 1.0, 0.86, 1.6, 0.9, 0.9, evidence)
        window.scans.placement = ScanPlacement("Ball", scan, "m", alignment=pose)
        window.scans.changed.emit()
        assert panel.where.text().startswith(words)
        assert panel.fit.isEnabled() == (evidence == 0.8)
    window.scans.close_scan()


def test_a_dropped_scan_is_shown_and_clicked_and_put_away(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    panel, edit = window.scan_panel, window.actions_.edit
    edit.drag.trigger()
    assert not panel.isVisible()
    BALL.export(tmp_path / "Ball.stl")
    drop(window, tmp_path / "Ball.stl")
    assert "no landmarks" in close_boxes(qtbot, window)  # the closed form cannot tell a face
    assert panel.isVisible()
    qtbot.waitUntil(lambda: is_placing(window))
    assert panel.unit.currentText() == "m"
    assert "guessed" in panel.about.text()
    assert not panel.fit.isEnabled()
    assert not edit.drag.isEnabled()

    panel.click.click()
    assert "<b>right</b> eye" in panel.where.text()
    canvas = window.viewport.canvas
    qtbot.waitUntil(lambda: window.viewport.panes.pose.view.azimuth == 0.0)
    pause(50)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    assert window.scans.placement
    clicked = window.scans.placement.clicked["en_r"]
    assert np.linalg.norm(clicked) == pytest.approx(0.09, abs=0.003)  # on the ball, in metres
    assert clicked[2] > 0.08
    assert "2 of 5" in panel.where.text()
    panel.undo_click.click()
    assert "1 of 5" in panel.where.text()

    window.activateWindow()
    qtbot.waitUntil(window.viewport.hasFocus)  # by keys: what is under the cross in the middle
    for key, words in ((Qt.Key.Key_Return, "2 of 5"), (Qt.Key.Key_Enter, "3 of 5")):
        QTest.keyClick(window.viewport, key)
        assert words in panel.where.text()
    assert not edit.undo.isVisible()  # its step is of the head, which is not seen
    QTest.keyClick(window.viewport, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "2 of 5" in panel.where.text()
    QTest.keyClick(window.viewport, Qt.Key.Key_Escape)
    assert not window.scans.is_clicking
    assert not window.scans.placement.clicked
    assert edit.undo.isVisible()

    panel.unit.setCurrentText("cm")
    close_boxes(qtbot, window)
    assert window.scans.placement.unit == "cm"
    assert "you chose" in panel.about.text()
    panel.close_scan.click()
    qtbot.waitUntil(lambda: not is_placing(window))
    assert edit.drag.isEnabled()
    assert not window.document.modified


def test_a_half_typed_name_is_not_given_to_the_next_scan(qtbot: QtBot, window: MainWindow) -> None:
    scan, session, panel = Scan(np.asarray(BALL.vertices), BALL.faces), window.scans, window.scan_panel
    window.docks.action("Scan").trigger()
    window.activateWindow()
    session._put(ScanPlacement("First", scan, "m"))
    panel.name.setFocus()
    qtbot.waitUntil(panel.name.hasFocus)
    panel.name.selectAll()
    qtbot.keyClicks(panel.name, "Anna")
    session.changed.emit()
    assert panel.name.text() == "Anna"  # it is being typed
    session._put(ScanPlacement("Second", replace(scan), "m"))
    assert panel.name.text() == "Second"
    QTest.keyClick(panel.name, Qt.Key.Key_Return)
    assert session.placement
    assert session.placement.name == "Second"
    session.close_scan()


def test_the_result_is_told_in_words_and_the_look_has_its_switches(qtbot: QtBot, window: MainWindow) -> None:
    rng = np.random.default_rng(0)
    regions = MappingProxyType({"face": Residual(0.9, 2.0, 5000), "nose": Residual(1.6, 3.0, 700)})
    pose = Alignment(np.eye(3), np.zeros(3), 1.0, 0.9, 1.0)
    points = np.asarray(BALL.vertices) * 1000.0
    residual = rng.normal(0.0, 1.0, len(points)).astype(np.float32)
    fit = ScanFit(Parameters(), pose, residual, regions, np.array([1.0]), False)
    scan = FittedScan("Anna", "mm", Scan(points, np.asarray(BALL.faces, np.int64)), fit)
    panel, result = window.scan_panel, window.scan_panel.result
    window.docks.action("Scan").trigger()
    view = window.actions_.view
    assert not view.residual.isEnabled()
    assert not view.own_surface.isEnabled()
    commands.adopt_scan(window.document, scan)
    assert view.residual.isEnabled()
    assert view.own_surface.isEnabled()
    assert window.document.state.variant.name == "Anna"
    assert not result.isHidden()
    assert panel.hint.isHidden()
    assert "Check the nose" in result.verdict.text()
    assert "ended early" in result.verdict.text()
    assert [cell(result, row, 0) for row in range(result.table.rowCount())] == ["Face", "Nose"]
    assert cell(result, 1, 1) == "1.60"
    result._fill([("All", "0.46", "1.58", "1,130,730")])  # a CT of 0.5 mm
    result.table.resize(result.table.minimumWidth(), result.table.height())
    assert result.table.columnWidth(3) >= result.table.sizeHintForColumn(3)
    header = result.table.horizontalHeaderItem(1)
    assert header
    assert "relative" in header.text()  # the closed form has no true scale

    before = window.viewport.display.colouring
    for colouring in ("residual", before, "residual"):
        result.map.click()
        assert window.viewport.display.colouring == colouring

    def shown() -> bool:
        snapshot = window.viewport.snapshot()
        return (
            snapshot is not None and snapshot.painting.head.live is None and snapshot.painting.head.colours is not None
        )

    qtbot.waitUntil(shown)
    snapshot = window.viewport.snapshot()
    assert snapshot
    np.testing.assert_allclose(snapshot.painting.head.mesh.vertices, points, atol=1e-4)
    window.document.undo_stack.undo()
    assert result.isHidden()
    qtbot.waitUntil(lambda: not shown())
    window.document.undo_stack.redo()
    qtbot.waitUntil(shown)
    result.again.click()
    assert window.scans.placement
    assert window.scans.placement.is_placed
    window.scans.close_scan()
