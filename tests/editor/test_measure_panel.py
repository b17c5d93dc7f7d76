"""The table follows the head; a typed value is solved for, in one undo step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from core.parameters import Parameters
from editor import commands
from editor.document import Document
from editor.main_window import MainWindow
from editor.measure_panel import MeasurePanel
from editor.palette import menu_actions
from tests.core.test_solve import nosed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

WIDTH, BRIDGE = 0, 1


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[MeasurePanel]:
    panel = MeasurePanel(Document(nosed()))
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: panel.table.rowCount() > 0, timeout=60_000)
    yield panel
    panel.close_worker()


def texts(panel: MeasurePanel, row: int) -> list[str]:
    return [panel.item(row, column).text() for column in range(panel.table.columnCount())]


def test_the_difference_follows_an_edit_and_vanishes_when_it_is_kept(qtbot: QtBot, panel: MeasurePanel) -> None:
    name, before, now, difference, _ = texts(panel, WIDTH)
    assert name == "Nasal width"
    assert before == now
    assert difference.startswith(("+0.0", "-0.0"))
    commands.set_parameters(panel._document, Parameters(nose=(2.0,)), "Wider")
    qtbot.waitUntil(lambda: texts(panel, WIDTH)[2] != now, timeout=60_000)
    assert texts(panel, WIDTH)[1] == before
    qtbot.mouseClick(panel.keep, Qt.MouseButton.LeftButton)
    assert texts(panel, WIDTH)[3].startswith(("+0.0", "-0.0"))


def test_a_typed_value_is_solved_for_and_can_be_undone(qtbot: QtBot, panel: MeasurePanel) -> None:
    start = float(texts(panel, WIDTH)[2].split()[0])
    panel.item(BRIDGE, 0).setCheckState(Qt.CheckState.Checked)
    panel.item(WIDTH, 2).setText(f"{start + 0.5:.1f}")
    qtbot.waitUntil(lambda: panel.said.text().startswith("Reached"), timeout=120_000)
    qtbot.waitUntil(lambda: abs(float(texts(panel, WIDTH)[2].split()[0]) - start - 0.5) < 0.15, timeout=60_000)
    panel._document.undo_stack.undo()
    assert panel._document.parameters == Parameters()


def test_what_is_no_number_is_said(panel: MeasurePanel) -> None:
    before = texts(panel, WIDTH)[2]
    panel.item(WIDTH, 2).setText("wide")
    assert "not a number" in panel.said.text()
    assert texts(panel, WIDTH)[2] == before


def test_a_picked_row_names_its_measure(qtbot: QtBot, panel: MeasurePanel) -> None:
    with qtbot.waitSignal(panel.picked) as caught:
        panel.table.selectRow(BRIDGE)
    assert caught.args[0].key == "bridge_length"


def test_the_window_has_it_hidden_and_measures_once_it_is_shown(qtbot: QtBot) -> None:
    window = MainWindow(Document(nosed()))
    qtbot.addWidget(window)
    window.show()
    panel = window.measurements
    assert not panel.isVisible()
    commands.set_parameters(window.document, Parameters(nose=(1.0,)), "Wider")
    assert panel.table.rowCount() == 0
    next(action for _, action in menu_actions(window.menuBar()) if action.text() == "Measurements").trigger()
    assert panel.isVisible()
    qtbot.waitUntil(lambda: panel.table.rowCount() > 0, timeout=60_000)
    window.document.undo_stack.setClean()
    window.close()
