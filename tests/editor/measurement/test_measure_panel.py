"""The table follows the head; a typed value is solved for and a slider pulls, in one undo step each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest
from PySide6.QtCore import Qt

from facewright.core.anthropometry.measure import MEASURES, Unit, Value, shown
from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.comparison import Comparison
from facewright.editor.desktop.palette import menu_actions
from facewright.editor.document import Document
from facewright.editor.main_window import MainWindow
from facewright.editor.measurement.measure_panel import MeasurePanel
from facewright.editor.measurement.measurer import Measurer
from tests.core.anthropometry.test_solve import nosed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

WIDTH, BRIDGE = 0, 1


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[MeasurePanel]:
    document = Document(nosed())
    comparison = Comparison(document)
    measurer = Measurer(document, comparison)
    panel = MeasurePanel(document, measurer, comparison)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: panel.table.rowCount() > 0, timeout=60_000)
    yield panel
    panel.close_worker()
    measurer.close()


def texts(panel: MeasurePanel, row: int) -> list[str]:
    return [panel.table.cell(row, column).text() for column in range(panel.table.columnCount())]


def number(text: str) -> float:
    return float(text.split()[0].replace("−", "-"))


def test_the_difference_follows_an_edit_and_vanishes_when_it_is_kept(qtbot: QtBot, panel: MeasurePanel) -> None:
    name, before, now, spread, difference, _ = texts(panel, WIDTH)
    assert name == "Nasal width"
    assert before == now
    assert spread.startswith("± ")
    assert number(difference) == 0.0
    commands.set_parameters(panel._document, Parameters(nose=(2.0,)), "Wider")
    qtbot.waitUntil(lambda: texts(panel, WIDTH)[2] != now, timeout=60_000)
    assert texts(panel, WIDTH)[1] == before
    qtbot.mouseClick(panel.keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: number(texts(panel, WIDTH)[4]) == 0.0)
    assert panel.before.text() == "Before: Head 1, before"


@pytest.mark.parametrize("typed", ["wide", "", "nan", "inf"])
def test_what_is_no_number_is_refused_and_the_value_stays(panel: MeasurePanel, typed: str) -> None:
    before = texts(panel, WIDTH)
    panel.table.cell(WIDTH, 2).setText(typed)
    assert panel.message.text() == f"{typed!r} is not a number."
    assert texts(panel, WIDTH) == before


def test_a_typed_value_is_solved_for_and_can_be_undone(qtbot: QtBot, panel: MeasurePanel) -> None:
    start = number(texts(panel, WIDTH)[2])
    panel.table.cell(BRIDGE, 0).setCheckState(Qt.CheckState.Checked)
    panel.table.cell(WIDTH, 2).setText(f"{start + 0.5:.1f}")
    qtbot.waitUntil(lambda: panel.message.text().startswith("Reached"), timeout=120_000)
    qtbot.waitUntil(lambda: abs(number(texts(panel, WIDTH)[2]) - start - 0.5) < 0.15, timeout=60_000)
    document = panel._document
    solved = document.parameters
    x, y, z = (float(number) for number in document.model.points["al_l"])
    commands.correct_landmark(document, "al_l", (x - 4.0, y, z))
    qtbot.waitUntil(lambda: not panel.message.text().startswith("Reached"), timeout=60_000)
    assert "no longer" in panel.message.text()
    assert "its landmarks have changed" in panel.message.text()
    document.undo_stack.undo()
    assert document.parameters == solved
    document.undo_stack.undo()
    assert document.parameters == Parameters()


@pytest.mark.parametrize("unit", get_args(Unit))
def test_a_reached_value_that_is_another_by_now_is_told_in_every_unit(panel: MeasurePanel, unit: Unit) -> None:
    measure = next(measure for measure in MEASURES if measure.unit == unit)
    panel._reached = (measure, None)
    for value in (10.0, 10.001):
        panel._check_reached([Value(measure, value, unit, None)])
        assert not panel.message.text().startswith(measure.name)
    panel._check_reached([Value(measure, 11.0, unit, None)])
    assert panel.message.text().startswith(f"{measure.name} is {shown(11.0, unit, unit)} now, no longer ")


def test_a_head_that_has_changed_while_a_value_was_solved_for_is_told(qtbot: QtBot, panel: MeasurePanel) -> None:
    before = texts(panel, WIDTH)[2]
    panel.table.cell(WIDTH, 2).setText(f"{number(before) + 0.5:.1f}")
    panel._document.move_model(replace(nosed()))
    qtbot.waitUntil(lambda: panel.message.text() == "The head has changed: type the value again.")
    assert texts(panel, WIDTH)[2] == before
    assert panel._document.parameters == Parameters()


def test_what_is_no_number_is_said(panel: MeasurePanel) -> None:
    before = texts(panel, WIDTH)[2]
    panel.table.cell(WIDTH, 2).setText("wide")
    assert "not a number" in panel.message.text()
    assert texts(panel, WIDTH)[2] == before


def test_a_value_beyond_any_head_is_refused_and_the_value_stays(qtbot: QtBot, panel: MeasurePanel) -> None:
    before = texts(panel, WIDTH)
    panel.table.cell(WIDTH, 2).setText("1e308")
    qtbot.waitUntil(lambda: "beyond any head" in panel.message.text())
    assert texts(panel, WIDTH) == before


def test_a_picked_row_names_its_measure(qtbot: QtBot, panel: MeasurePanel) -> None:
    with qtbot.waitSignal(panel.picked) as caught:
        panel.table.selectRow(BRIDGE)
    assert caught.args[0].key == "bridge_length"


def test_a_slider_in_millimetres_is_followed_in_one_step(qtbot: QtBot, panel: MeasurePanel) -> None:
    panel.tabs.setCurrentWidget(panel.sliders)
    row = panel.sliders.rows["nasal_width"]
    assert not row.slider.isEnabled()
    qtbot.waitUntil(row.slider.isEnabled)
    start, document = row.slider.value(), panel._document
    assert start / 10 == pytest.approx(row.field.value(), abs=0.06)
    assert row.slider.minimum() < start < row.slider.maximum()
    row.slider.gesture_began.emit()
    for step in range(1, 7):
        row.slider.setValue(start + step)
        qtbot.wait(5)
    row.slider.gesture_ended.emit()
    qtbot.waitUntil(lambda: document.gesture is None)
    assert document.undo_stack.count() == 1
    assert document.undo_stack.text(0) == "Set Nasal width"
    assert document.parameters.with_code("nose", ()) == Parameters()
    qtbot.waitUntil(lambda: abs(row.field.value() - (start + 6) / 10) < 0.2)
    assert number(row.note.text()) == pytest.approx(0.6, abs=0.2)


def test_relative_units_are_named_and_have_no_norms(panel: MeasurePanel) -> None:
    assert not panel.cohort.isEnabled()
    assert panel.chosen_cohort is None
    assert "relative units" in panel.tabs.tabText(1)
    assert texts(panel, WIDTH)[2].endswith("relative units")


def test_the_window_has_it_hidden_and_measures_once_it_is_shown(qtbot: QtBot) -> None:
    window = MainWindow(Document(nosed()))
    qtbot.addWidget(window)
    window.show()
    panel = window.measurement.panel
    assert not panel.isVisible()
    commands.set_parameters(window.document, Parameters(nose=(1.0,)), "Wider")
    assert panel.table.rowCount() == 0
    next(action for _, action in menu_actions(window.menuBar()) if action.iconText() == "Measurements").trigger()
    assert panel.isVisible()
    qtbot.waitUntil(lambda: panel.table.rowCount() > 0, timeout=60_000)
    window.document.set_saved(None, window.document.mark())
    window.close()
