"""The table of all measurements: before, now and the difference; values to type, and others to lock."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QBrush, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QTableWidget, QTableWidgetItem

from facewright.core.anthropometry.measure import NOTICEABLE, difference, less_sure, shown
from facewright.editor.widgets.number_field import parse_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

    from facewright.core.anthropometry.measure import MeasureUnit, Value

_HEADERS = ("Measurement", "Before", "Now", "±", "Difference", "z")
_NAME, _BEFORE, _NOW, _SPREAD, _DIFFERENCE, _Z = range(len(_HEADERS))
_NUMBERS = (_BEFORE, _NOW, _SPREAD, _DIFFERENCE, _Z)
_LINES = 3
"""Half lines that a row is high."""
_NONE = "–"
"""What stands for a value that was not measured: in words it would take the room of the names."""
_NOW_HELP = "Type a value: the nose that has it is solved for"
_SPREAD_HELP = "Standard deviation over fits of the same face, of the less sure of both values"


class _Cell(QStyledItemDelegate):
    """Draws values that are no longer those of the head faintly, and those of another one not at all."""

    is_stale = is_hidden = False

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Choose the ink."""
        super().initStyleOption(option, index)
        if self.is_hidden:
            option.text = ""
        elif self.is_stale:
            palette = option.palette
            palette.setBrush(QPalette.ColorRole.Text, palette.placeholderText())
            option.palette = palette


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
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setDefaultSectionSize(_LINES * self.fontMetrics().height() // 2)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names differ at their ends
        self._cell = _Cell(self)
        for column in _NUMBERS:
            self.setItemDelegateForColumn(column, self._cell)
        self._fit_columns()
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

    def set_stale(self, stale: bool, *, hidden: bool) -> None:
        """Show that the values are another head's than the one that is edited; hidden : show none of them."""
        was_hidden = self._cell.is_hidden
        if (stale, hidden) != (self._cell.is_stale, was_hidden):
            self._cell.is_stale, self._cell.is_hidden = stale, hidden
            self.viewport().update()
        if was_hidden and not hidden:
            self._fit_columns()

    def show_values(self, before: Sequence[Value], now: Sequence[Value]) -> None:
        """Write the rows; texts alone change while the measurements are the same, so that locks and focus stay."""
        same = [value.measure for value in self._now] == [value.measure for value in now]
        self._before, self._now = before, now
        if not same:
            self.clearSelection()
        with QSignalBlocker(self):
            if not same:
                self.setRowCount(len(now))
                for row, value in enumerate(now):
                    self._add_row(row, value)
            self.setColumnHidden(_Z, all(value.z is None for value in now))
            if self._write() or not same:
                self._fit_columns()

    def restore(self) -> None:
        """Write the values again over what was typed."""
        with QSignalBlocker(self):
            self._write()

    def _write(self) -> bool:
        """Write what is another text than before; whether anything is."""
        changed = False
        for row, (before, now) in enumerate(zip(self._before, self._now, strict=True)):
            kind = now.measure.unit
            texts = {
                _BEFORE: _written(before.value, kind, before.unit),
                _NOW: _written(now.value, kind, now.unit),
                _SPREAD: ", ".join(filter(None, (less_sure(before, now).spread, "no scan" if now.uncovered else ""))),
                _DIFFERENCE: _written(difference(now.value, before.value, kind), kind, now.unit, "+"),
                _Z: "" if now.z is None else shown(now.z, "mm", "", "+"),
            }
            for column, text in texts.items():
                cell = self.cell(row, column)
                if cell.text() != text:
                    cell.setText(text)
                    changed = True
            self._write_looks(row, before, now)
        return changed

    def _write_looks(self, row: int, before: Value, now: Value) -> None:
        """How a row is to be read: a difference that nobody notices is faint, and what is missing is told."""
        kind = now.measure.unit
        faint = abs(difference(now.value, before.value, kind)) < NOTICEABLE[kind]
        role = QPalette.ColorRole.PlaceholderText if faint else QPalette.ColorRole.Text
        ink, cell = self.palette().color(role), self.cell(row, _DIFFERENCE)
        if cell.foreground().color() != ink or cell.foreground().style() == Qt.BrushStyle.NoBrush:
            cell.setForeground(QBrush(ink))
        guess = " The value is the fitted head's." if math.isfinite(now.value) else ""
        another = "" if before.definition == now.definition else f"Measured as: {before.definition}"
        tips = {
            _NAME: f"{now.measure.name}: {now.definition}. Check it to lock it while another is changed.",
            _BEFORE: another if math.isfinite(before.value) else "Not measured",
            _NOW: _NOW_HELP if math.isfinite(now.value) else f"Not measured. {_NOW_HELP}",
            _SPREAD: f"{now.coverage.capitalize()}.{guess}" if now.uncovered else _SPREAD_HELP,
        }
        for column, tip in tips.items():
            if self.cell(row, column).toolTip() != tip:
                self.cell(row, column).setToolTip(tip)

    def _fit_columns(self) -> None:
        """Give numbers the room that they need, and the names the rest, which is enough for the longest at least."""
        if self._cell.is_hidden:
            return
        header = self.horizontalHeader()
        width = max(self.sizeHintForColumn(_NAME), header.sectionSizeHint(_NAME))
        for column in _NUMBERS:
            needed = max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
            self.setColumnWidth(column, needed)
            width += 0 if self.isColumnHidden(column) else needed
        edges = self.verticalScrollBar().sizeHint().width() + 2 * self.frameWidth()
        self.setMinimumWidth(width + edges)

    def _add_row(self, row: int, value: Value) -> None:
        for column in range(len(_HEADERS)):
            item = QTableWidgetItem(value.measure.name if column == _NAME else "")
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            if column == _NAME:
                flags |= Qt.ItemFlag.ItemIsUserCheckable
                item.setCheckState(Qt.CheckState.Unchecked)
            else:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if column == _NOW:
                flags |= Qt.ItemFlag.ItemIsEditable
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


def _written(number: float, kind: MeasureUnit, unit: str, sign: str = "") -> str:
    return shown(number, kind, unit, sign) if math.isfinite(number) else _NONE


def _number(text: str) -> float | None:
    """The number of a text such as “−3,5 mm” or “110°”; None if it is none or not finite."""
    try:
        value = parse_number(text.split()[0].rstrip("°"))
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) else None
