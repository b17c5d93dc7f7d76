"""The table of all measurements: before, now and the difference; values to type, and others to lock."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QBrush, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from facewright.core.anthropometry.measure import NOTICEABLE, shown
from facewright.editor.widgets.number_field import parse_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from facewright.core.anthropometry.measure import Value

_HEADERS = ("Measurement", "Before", "Now", "±", "Difference", "z")
_NAME, _BEFORE, _NOW, _SPREAD, _DIFFERENCE, _Z = range(len(_HEADERS))
_COLUMNS, _LINES = 82, 3
"""Characters across that show all columns; half lines that a row is high."""


_SPREAD_HELP = "Standard deviation of the value over fits of the same face"


class MeasureTable(QTableWidget):
    """One row a measurement."""

    picked = Signal(object)
    """The `Measure` of the row that was picked, to be drawn on the face; None for none."""
    asked = Signal(object, float)
    """A `Measure`, and the value in its unit that was typed."""
    mistyped = Signal(str)
    """What was typed and is no number."""
    locks_changed = Signal()
    """Other measurements are locked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_HEADERS), parent)
        self._now: Sequence[Value] = ()
        self._before: Sequence[Value] = ()
        self.setHorizontalHeaderLabels(_HEADERS)
        self.verticalHeader().hide()
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setDefaultSectionSize(_LINES * self.fontMetrics().height() // 2)
        self.setMinimumWidth(_COLUMNS * self.fontMetrics().averageCharWidth())
        self.setAccessibleName("Measurements")
        self.setTabKeyNavigation(False)  # Tab leads on; the arrow keys walk the cells
        self.itemChanged.connect(self._edited)
        self.itemSelectionChanged.connect(self._pick)

    @property
    def locked(self) -> list[str]:
        """The keys of the measurements that are to stay while another is solved for."""
        return [
            value.measure.key
            for row, value in enumerate(self._now)
            if self.cell(row, _NAME).checkState() == Qt.CheckState.Checked
        ]

    def cell(self, row: int, column: int) -> QTableWidgetItem:
        """A cell of the table."""
        item = self.item(row, column)
        assert item is not None
        return item

    def show_values(self, before: Sequence[Value], now: Sequence[Value]) -> None:
        """Write the rows; texts alone change while the measurements are the same, so that locks and focus stay."""
        same = [value.measure for value in self._now] == [value.measure for value in now]
        self._before, self._now = before, now
        blocker = QSignalBlocker(self)
        if not same:
            self.setRowCount(len(now))
            for row, value in enumerate(now):
                self._add_row(row, value)
        self.setColumnHidden(_Z, all(value.z is None for value in now))
        self._write()
        blocker.unblock()

    def restore(self) -> None:
        """Write the values again over what was typed."""
        blocker = QSignalBlocker(self)
        self._write()
        blocker.unblock()

    def _write(self) -> None:
        for row, (before, now) in enumerate(zip(self._before, self._now, strict=True)):
            difference, kind = now.value - before.value, now.measure.unit
            texts = {
                _BEFORE: shown(before.value, kind, before.unit),
                _NOW: shown(now.value, kind, now.unit),
                _SPREAD: f"{now.spread}, no scan" if now.uncovered else now.spread,
                _DIFFERENCE: shown(difference, kind, now.unit, "+"),
                _Z: "" if now.z is None else shown(now.z, "mm", "", "+"),
            }
            for column, text in texts.items():
                self.cell(row, column).setText(text)
            faint = abs(difference) < NOTICEABLE[kind]
            role = QPalette.ColorRole.PlaceholderText if faint else QPalette.ColorRole.Text
            self.cell(row, _DIFFERENCE).setForeground(QBrush(self.palette().color(role)))
            guess = " The value is the fitted head's." if math.isfinite(now.value) else ""
            told = f"{now.coverage.capitalize()}.{guess}" if now.uncovered else _SPREAD_HELP
            self.cell(row, _SPREAD).setToolTip(told)

    def _add_row(self, row: int, value: Value) -> None:
        for column in range(len(_HEADERS)):
            item = QTableWidgetItem(value.measure.name if column == _NAME else "")
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            if column == _NAME:
                flags |= Qt.ItemFlag.ItemIsUserCheckable
                item.setCheckState(Qt.CheckState.Unchecked)
                item.setToolTip(f"{value.measure.definition}. Check it to lock it while another is changed.")
            else:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if column == _NOW:
                flags |= Qt.ItemFlag.ItemIsEditable
                item.setToolTip("Type a value: the nose that has it is solved for")
            item.setFlags(flags)
            self.setItem(row, column, item)

    def _pick(self) -> None:
        rows = {index.row() for index in self.selectedIndexes()}
        self.picked.emit(self._now[min(rows)].measure if rows else None)

    def _edited(self, item: QTableWidgetItem) -> None:
        """A value was typed, or a lock set."""
        if item.column() == _NAME:
            self.locks_changed.emit()
        elif item.column() == _NOW:
            measure = self._now[item.row()].measure
            value = _number(item.text())
            if value is None:
                self.mistyped.emit(item.text())
            else:
                self.asked.emit(measure, value)


def _number(text: str) -> float | None:
    """The number of a text such as “−3,5 mm” or “110°”; None if it is none or not finite."""
    try:
        value = parse_number(text.split()[0].rstrip("°"))
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) else None
