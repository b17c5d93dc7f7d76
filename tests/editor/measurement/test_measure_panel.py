"""The table follows the head; a typed value is solved for and a slider pulls, in one undo step each."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast, get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QStyledItemDelegate, QStyleOptionViewItem

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import BY_KEY, HORIZONTAL, MEASURES, MeasureUnit, Value, shown
from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.comparison import Comparison
from facewright.editor.desktop.palette import menu_actions
from facewright.editor.document import Document
from facewright.editor.main_window import MainWindow
from facewright.editor.measurement.measure_panel import MeasurePanel
from facewright.editor.measurement.measurer import HeadPair, MeasuredPair, Measurer
from facewright.editor.measurement.nose_sliders import MeasureRow
from tests.core.anthropometry.test_solve import nosed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.scan.fitted_scan import FittedScan

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


@pytest.mark.parametrize("unit", get_args(MeasureUnit))
def test_a_reached_value_that_is_another_by_now_is_told_in_every_unit(panel: MeasurePanel, unit: MeasureUnit) -> None:
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


def is_at_rest(panel: MeasurePanel) -> bool:
    return panel.before.text().startswith("Before: ")


class Stopped:
    """Landmarks are searched for once `go` is set, and not before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        monkeypatch.setattr("facewright.editor.measurement.measurer.find_landmarks", self._find)

    def _find(self, *arguments: object, **more: object) -> object:
        assert self.go.wait(60.0)
        return find_landmarks(*arguments, **more)  # type: ignore[arg-type]


def ink(panel: MeasurePanel) -> QColor:
    """The colour that a value is drawn in."""
    option = QStyleOptionViewItem()
    index = panel.table.model().index(WIDTH, 2)
    delegate = panel.table.itemDelegateForIndex(index)
    assert isinstance(delegate, QStyledItemDelegate)
    delegate.initStyleOption(option, index)
    return option.palette.text().color() if option.text else QColor()


def test_values_of_the_head_before_an_edit_are_faint_until_it_is_measured(
    qtbot: QtBot, panel: MeasurePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: is_at_rest(panel))
    black = ink(panel)
    stopped = Stopped(monkeypatch)
    commands.set_parameters(panel._document, Parameters(nose=(2.0,)), "Wider")
    assert panel.before.text() == "Measuring…"
    assert ink(panel).isValid()
    assert ink(panel) != black
    stopped.go.set()
    qtbot.waitUntil(lambda: is_at_rest(panel))
    assert ink(panel) == black


def test_another_variants_values_are_not_listed(
    qtbot: QtBot, panel: MeasurePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = panel._document
    commands.branch(document)
    commands.set_parameters(document, Parameters(nose=(2.0,)), "Wider")
    qtbot.waitUntil(lambda: is_at_rest(panel))
    stopped = Stopped(monkeypatch)
    commands.activate(document, 0)
    assert panel.before.text() == "Measuring…"
    assert not ink(panel).isValid()
    stopped.go.set()
    qtbot.waitUntil(lambda: is_at_rest(panel))
    assert ink(panel).isValid()


def test_nothing_of_one_project_is_listed_or_picked_in_the_next(
    qtbot: QtBot, panel: MeasurePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    picked = list[object]()
    panel.picked.connect(picked.append)
    panel.table.selectRow(BRIDGE)
    stopped = Stopped(monkeypatch)
    panel._document.start_anew()
    assert panel.table.rowCount() == 0
    assert panel.before.text() == "Measuring…"
    assert picked[-1] is None
    stopped.go.set()
    qtbot.waitUntil(lambda: is_at_rest(panel))
    assert panel.table.rowCount() > 0


def test_two_variants_of_one_head_are_measured_on_the_scan_of_each(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, scans = Document(nosed()), list[object]()
    no_landmarks = cast("Landmarks", SimpleNamespace(points={}))

    def measured(pair: HeadPair, last: object = None) -> MeasuredPair:
        scans.append(pair.own_now.fitted if pair.own_now else None)
        return MeasuredPair(pair, no_landmarks, no_landmarks)

    monkeypatch.setattr(HeadPair, "measured", measured)
    measurer = Measurer(document, Comparison(document))
    measurer.need("test", True)
    qtbot.waitUntil(lambda: not measurer.is_awaited)
    scan = cast("FittedScan", object())
    document.set_state(document.state.branched("Patient", Parameters(), scan))
    assert measurer.is_awaited
    qtbot.waitUntil(lambda: not measurer.is_awaited)
    document.set_state(document.state.activated(0))
    qtbot.waitUntil(lambda: not measurer.is_awaited)
    measurer.close()
    assert scans == [None, scan, None]


def test_the_window_is_not_ready_before_the_table_is_the_heads(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.document.set_model(nosed())
    window.docks.action("Measurements").trigger()
    panel, status = window.measurement.panel, window.status
    qtbot.waitUntil(lambda: panel.table.rowCount() > 0 and status.state.text() == "Ready")
    stopped = Stopped(monkeypatch)
    commands.set_parameters(window.document, Parameters(nose=(2.0,)), "Wider")
    qtbot.waitUntil(lambda: status.state.text() == "Measuring…")
    stopped.go.set()
    qtbot.waitUntil(lambda: status.state.text() == "Ready")
    assert window.measurement.measurer.last
    assert window.measurement.measurer.last.pair.now == window.document.parameters


def test_a_panel_behind_another_one_measures_nothing_and_draws_nothing(qtbot: QtBot, window: MainWindow) -> None:
    window.document.set_model(nosed())
    for title in ("Operations", "Measurements"):
        window.docks.action(title).trigger()
    panel = window.measurement.panel
    qtbot.waitUntil(lambda: panel.table.rowCount() > 0 and window.status.state.text() == "Ready")
    panel.table.selectRow(WIDTH)
    window.docks.action("Operations").trigger()  # away
    window.docks.action("Operations").trigger()  # and over the other one
    qtbot.waitUntil(lambda: not panel.table.selectedItems())
    commands.set_parameters(window.document, Parameters(nose=(2.0,)), "Wider")
    assert not window.measurement.measurer.is_awaited


def test_the_table_writes_only_what_has_changed(panel: MeasurePanel) -> None:
    written = list[tuple[int, int]]()
    panel.table.model().dataChanged.connect(lambda index, *_: written.append((index.row(), index.column())))
    before, now = panel.table._before, panel.table._now
    panel.table.blockSignals(False)
    panel.table.show_values(before, now)
    assert not written
    wider = [replace(value, value=value.value + (value.measure.key == "nasal_width")) for value in now]
    panel.table.show_values(before, wider)
    assert {row for row, _ in written} == {WIDTH}


def test_names_have_room_and_what_is_not_measured_takes_none_of_it(panel: MeasurePanel) -> None:
    table = panel.table
    before, now = table._before, table._now
    width, nan = table.columnWidth(2), float("nan")
    missing = [replace(value, value=nan, uncertainty=nan, uncovered=("prn",)) for value in now]
    table.show_values(before, missing)
    assert table.columnWidth(2) <= width
    assert texts(panel, WIDTH)[2:5] == ["–", "no scan", "–"]
    assert table.cell(WIDTH, 2).toolTip().startswith("Not measured. ")
    assert table.textElideMode() == Qt.TextElideMode.ElideMiddle
    table.resize(table.minimumSize())
    assert table.columnWidth(0) >= table.sizeHintForColumn(0)


def test_columns_fit_values_that_were_written_unseen(panel: MeasurePanel) -> None:
    table = panel.table
    before, now, width = table._before, table._now, table.columnWidth(2)
    table.show_values([], [])
    table.set_stale(True, hidden=True)
    table.show_values(before, now)
    table.set_stale(False, hidden=False)
    assert table.columnWidth(2) == width


def test_tips_tell_which_horizontal_was_used(panel: MeasurePanel) -> None:
    table = panel.table
    before = [replace(value, measure=BY_KEY["tip_rotation"], horizontal=HORIZONTAL) for value in table._before[:1]]
    now = [replace(value, horizontal="horizontal square to the facial plane g–pg") for value in before]
    table.show_values(before, now)
    assert "above the horizontal square to the facial plane g–pg. Check it" in table.cell(0, 0).toolTip()
    assert "above the Frankfort horizontal" in table.cell(0, 1).toolTip()
    table.show_values(before, before)
    assert "above the Frankfort horizontal. Check it" in table.cell(0, 0).toolTip()
    assert table.cell(0, 1).toolTip() == ""
    row = MeasureRow(BY_KEY["tip_rotation"], panel.handles, list, QGridLayout())
    row.show_values(before[0], now[0])
    row.set_limits((10.0, 20.0))
    assert "facial plane" in row.slider.toolTip()
