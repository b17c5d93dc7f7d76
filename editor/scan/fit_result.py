"""How well a head fits the scan it goes back to: a verdict, a table and a map, and the patient's own surface."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from facewright.core.anthropometry.measure import RELATIVE
from facewright.editor.fit_verdict import fit_words
from facewright.editor.viewport.display_options import RESIDUAL_RANGE_MM
from facewright.editor.widgets.label import Label, MarkedUpLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.project import EditState
    from facewright.core.scan.fitted_scan import FittedScan
    from facewright.editor.document import Document
    from facewright.editor.scan.scan_session import ScanSession
    from facewright.editor.viewport import Viewport
    from facewright.editor.viewport.display_options import Colouring, DisplayOptions

_HEADERS = ("", "Mean\n{}", "95 %\n{}", "Points")
_COLUMNS = 34
"""Characters across that show the whole table."""


class FitResult(QWidget):
    """Shows the fit of the edited variant; what it shows in the viewport are display options."""

    def __init__(self, document: Document, session: ScanSession, viewport: Viewport) -> None:
        super().__init__()
        self._document, self._session, self._viewport = document, session, viewport
        self.verdict, self.origin = MarkedUpLabel(), Label()
        self.table = QTableWidget(0, len(_HEADERS))
        self.own_surface = QCheckBox("Show the patient's own surface")
        self.map = QCheckBox("Residual map")
        self._before: Colouring = "plain"
        self.again = QPushButton("Place and Fit Again")
        self._assemble()
        document.state_changed.connect(self._show_state)
        viewport.display_changed.connect(self._show_display)
        self._show_state(document.state)
        self._show_display(viewport.display)

    def _assemble(self) -> None:
        for label in (self.verdict, self.origin):
            label.setWordWrap(True)
        self.table.setWordWrap(False)
        self.table.setMinimumWidth(_COLUMNS * self.fontMetrics().averageCharWidth())
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(len(_HEADERS) - 1, QHeaderView.ResizeMode.ResizeToContents)  # of CT many thousands
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName("Distances from the scan to the fitted head")
        self.table.setToolTip(
            "Distances from the scan's points to the fitted head, for what lies within 12 mm of it: "
            "their mean, and the one that 95 of 100 points stay below."
        )
        self.own_surface.setToolTip("The scan itself, with its colours and pores, follows every edit.")
        self.own_surface.toggled.connect(lambda on: self._set(own_surface=on))
        self.map.setToolTip(
            "Orange: the scan lies outside of the fitted head; blue: inside. "
            f"The range is always {RESIDUAL_RANGE_MM:g} mm."
        )
        self.map.toggled.connect(self._show_map)
        self.again.setToolTip("Go back to the scan where it was placed; the fit that is there stays a variant.")
        self.again.clicked.connect(self._place_again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.verdict, self.table, self.own_surface, self.map, self.origin, self.again):
            layout.addWidget(widget)

    def _show_state(self, state: EditState) -> None:
        if fitted := state.variant.scan:
            words = fit_words(fitted)
            self.verdict.setText(f"<b>{words.verdict}</b> {words.meaning}")
            self.origin.setText(_origin(fitted))
            self._fill(words.rows)

    def _fill(self, rows: Sequence[tuple[str, ...]]) -> None:
        true_scale = bool(self._document.model.metadata.get("true_scale"))
        unit = "mm" if true_scale else RELATIVE.replace(" ", "\n")
        self.table.setHorizontalHeaderLabels([header.format(unit) for header in _HEADERS])
        self.table.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        height = self.table.horizontalHeader().sizeHint().height() + self.table.verticalHeader().length()
        self.table.setFixedHeight(height + 2 * self.table.frameWidth())

    def _show_display(self, display: DisplayOptions) -> None:
        for box, on in ((self.own_surface, display.own_surface), (self.map, display.colouring == "residual")):
            with QSignalBlocker(box):
                box.setChecked(on)

    def _show_map(self, on: bool) -> None:
        """The map, or the colours that it has taken the place of."""
        if on:
            self._before = self._viewport.display.colouring
        self._set(colouring="residual" if on else self._before)

    def _set(self, **change: object) -> None:
        self._viewport.set_display(replace(self._viewport.display, **change))  # type: ignore[arg-type]

    def _place_again(self) -> None:
        if fitted := self._document.state.variant.scan:
            self._session.place_again(fitted)


def _origin(fitted: FittedScan) -> str:
    """Where the head comes from."""
    placed = "five landmarks" if fitted.by_landmarks else "the program"
    return f"“{fitted.name}”: {len(fitted.scan.points):,} points in {fitted.unit}, placed by {placed}."
