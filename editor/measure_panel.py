"""The measurements of the head: before, now and the difference, live; values to type, and others to lock.

A value that is typed is solved for within the nose code alone, while locked measurements stay; what was reached is
said beneath the table. Measuring and solving happen on a thread of their own, the newest head first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QBrush, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.errors import FacewrightError
from core.landmarks import find_landmarks
from core.measure import CAVEATS, NORMS_SOURCE, NOTICEABLE_MM, measure
from core.sampling import Cancelled
from core.solve import solve
from editor import commands
from editor.background import Background

if TYPE_CHECKING:
    from concurrent.futures import Future

    from PySide6.QtGui import QShowEvent

    from core.head_model import HeadModel
    from core.measure import Cohort, Measure, Value
    from core.parameters import Parameters
    from core.solve import Solution
    from editor.document import Document

_HEADERS = ("Measurement", "Before", "Now", "Difference", "z")
_NAME, _BEFORE, _NOW, _DIFFERENCE, _Z = range(len(_HEADERS))
_COLUMNS, _LINES = 66, 3
"""Characters across that show all columns; half lines that a row is high."""

_COHORTS: dict[str, Cohort | None] = {"No norms": None, "Women, 25": "women", "Men, 25": "men"}


class MeasurePanel(QWidget):
    """A table of all measurements. Call `close_worker` before the program ends."""

    picked = Signal(object)
    """The `Measure` of the row that was picked, to be drawn on the face."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._worker = Background("measure", self)
        self._wanted, self._busy = 0, False
        self._before: list[Value] | None = None
        self._now: list[Value] = []
        self.table = QTableWidget(0, len(_HEADERS), self)
        self.cohort = QComboBox(self)
        self.keep = QPushButton("Take as Before", self)
        self.said = QLabel(self)
        self._assemble()
        document.model_changed.connect(self._forget)
        document.parameters_changed.connect(self._measure)

    def showEvent(self, event: QShowEvent) -> None:
        """Measure from now on; nothing is measured while the panel is hidden."""
        super().showEvent(event)
        self._measure()

    def item(self, row: int, column: int) -> QTableWidgetItem:
        """A cell of the table."""
        item = self.table.item(row, column)
        assert item is not None
        return item

    def close_worker(self) -> None:
        """Drop what waits and end the thread."""
        self._wanted += 1
        self._worker.close()

    def _assemble(self) -> None:
        self.table.setHorizontalHeaderLabels(_HEADERS)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.verticalHeader().setDefaultSectionSize(_LINES * self.fontMetrics().height() // 2)
        self.table.setMinimumWidth(_COLUMNS * self.fontMetrics().averageCharWidth())
        self.table.setAccessibleName("Measurements")
        self.table.itemChanged.connect(self._edited)
        self.table.itemSelectionChanged.connect(self._pick)
        self.cohort.addItems(list(_COHORTS))
        self.cohort.setToolTip(NORMS_SOURCE)
        self.cohort.currentTextChanged.connect(self._measure)
        self.keep.setToolTip("Compare with the head as it is now")
        self.keep.clicked.connect(self._keep)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        caveats = QLabel(" ".join(CAVEATS), self)
        caveats.setWordWrap(True)
        bar = QHBoxLayout()
        bar.addWidget(self.cohort)
        bar.addWidget(self.keep)
        layout = QVBoxLayout(self)
        layout.addLayout(bar)
        layout.addWidget(self.table)
        layout.addWidget(self.said)
        layout.addWidget(caveats)

    def _forget(self) -> None:
        """Another model: nothing of before can be compared with it."""
        self._before = None

    def _keep(self) -> None:
        self._before = self._now
        self._fill()

    def _measure(self) -> None:
        """Measure the head as it is now; while one is measured, only the newest waits."""
        self._wanted += 1
        if self.isVisible() and not self._busy:
            self._start()

    def _start(self) -> None:
        self._busy, generation = True, self._wanted
        model, parameters = self._document.model, self._document.parameters
        cohort = _COHORTS[self.cohort.currentText()]

        def work() -> list[Value]:
            return measure(model, find_landmarks(model, parameters), cohort)

        self._worker.run(work, lambda future: self._show(generation, future))

    def _show(self, generation: int, future: Future[list[Value]]) -> None:
        self._busy = False
        try:
            self._now = future.result()
        except FacewrightError as error:
            self._now = []
            self.said.setText(str(error))
        if self._before is None or len(self._before) != len(self._now):
            self._before = self._now
        self._fill()
        if self.isVisible() and generation != self._wanted:
            self._start()

    def _fill(self) -> None:
        """Write the rows; texts alone change while the measurements are the same, so that locks and focus stay."""
        blocker = QSignalBlocker(self.table)
        if self.table.rowCount() != len(self._now):
            self.table.setRowCount(len(self._now))
            for row, value in enumerate(self._now):
                self._add_row(row, value)
        for row, (before, now) in enumerate(zip(self._before or [], self._now, strict=True)):
            difference = now.value - before.value
            texts = {
                _BEFORE: _text(before, before.value),
                _NOW: _text(now, now.value),
                _DIFFERENCE: _text(now, difference, "+"),
                _Z: "" if now.z is None else f"{now.z:+.1f}",
            }
            for column, text in texts.items():
                self.item(row, column).setText(text)
            faint = now.measure.unit == "mm" and abs(difference) < NOTICEABLE_MM
            role = QPalette.ColorRole.PlaceholderText if faint else QPalette.ColorRole.Text
            self.item(row, _DIFFERENCE).setForeground(QBrush(self.palette().color(role)))
        blocker.unblock()

    def _add_row(self, row: int, value: Value) -> None:
        for column in range(len(_HEADERS)):
            item = QTableWidgetItem(value.measure.name if column == _NAME else "")
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            if column == _NAME:
                flags |= Qt.ItemFlag.ItemIsUserCheckable
                item.setCheckState(Qt.CheckState.Unchecked)
                item.setToolTip(f"{value.measure.definition}. Check it to lock it while another is solved for.")
            if column == _NOW:
                flags |= Qt.ItemFlag.ItemIsEditable
                item.setToolTip("Type a value: the nose that has it is solved for")
            item.setFlags(flags)
            self.table.setItem(row, column, item)

    def _pick(self) -> None:
        rows = {index.row() for index in self.table.selectedIndexes()}
        self.picked.emit(self._now[min(rows)].measure if rows else None)

    def _edited(self, item: QTableWidgetItem) -> None:
        """A value was typed, or a lock set."""
        if item.column() != _NOW:
            return
        measured = self._now[item.row()].measure
        if "nose" in self._document.state.locked:
            self.said.setText("The nose is locked: unlock it to solve for a measurement.")
            self._fill()
            return
        try:
            target = float(item.text().replace(",", ".").split()[0].rstrip("°"))
        except (ValueError, IndexError):
            self.said.setText(f"{item.text()!r} is not a number.")
            self._fill()
            return
        locked = [
            value.measure.key
            for row, value in enumerate(self._now)
            if self.item(row, _NAME).checkState() == Qt.CheckState.Checked and value.measure.key != measured.key
        ]
        self._solve(self._document.model, self._document.parameters, measured, target, locked)

    def _solve(self, model: HeadModel, start: Parameters, asked: Measure, target: float, locked: list[str]) -> None:
        self.said.setText("Solving …")
        generation = self._wanted

        def answer(future: Future[Solution]) -> None:
            try:
                solution = future.result()
            except (FacewrightError, Cancelled) as error:
                self.said.setText(str(error))
                return
            if self._document.model is model and self._document.parameters == start:
                commands.set_parameters(self._document, solution.parameters, f"Set {asked.name}")
                self.said.setText(solution.said)
                self._fill()

        def work() -> Solution:
            return solve(model, start, {asked.key: target}, locked, cancelled=lambda: self._wanted != generation)

        self._worker.run(work, answer)


def _text(value: Value, number: float, sign: str = "") -> str:
    """A number as it is shown, with its unit."""
    if value.measure.unit == "":
        return f"{number:{sign}.2f}"
    return f"{number:{sign}.1f}{'°' if value.measure.unit == '°' else ' ' + value.unit}"
