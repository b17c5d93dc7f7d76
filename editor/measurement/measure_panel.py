"""The measurements of the head: a table of all, sliders for those of the nose, and files to hand them on.

A value that is typed is solved for within the nose code alone, while locked measurements stay; what was reached is
said beneath.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import CAVEATS, RELATIVE, has_true_scale, shown
from facewright.core.anthropometry.norms import COHORT_NAMES, NORMS_SOURCE
from facewright.core.anthropometry.solve import solve
from facewright.core.errors import Cancelled, FacewrightError
from facewright.editor import commands
from facewright.editor.background import Background
from facewright.editor.fit_verdict import warnings
from facewright.editor.measurement.measure_table import MeasureTable
from facewright.editor.measurement.nose_handles import NoseHandles
from facewright.editor.measurement.nose_sliders import NoseSliders
from facewright.editor.widgets.label import Label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from PySide6.QtGui import QHideEvent, QShowEvent

    from facewright.core.anthropometry.measure import Measure, MeasureUnit, Value
    from facewright.core.anthropometry.norms import Cohort
    from facewright.core.anthropometry.solve import Solution
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.editor.comparison import Comparison
    from facewright.editor.document import Document
    from facewright.editor.measurement.measurer import HeadPair, MeasuredPair, Measurer

COHORTS: dict[str, Cohort | None] = {"No norms": None, **{name: cohort for cohort, name in COHORT_NAMES.items()}}
_LOST: Mapping[MeasureUnit, float] = MappingProxyType({"mm": 0.15, "°": 0.4, "": 0.007, "cc": 0.15})
"""Changes of a value that was reached beyond which it no longer is, by unit."""
_NO_SCALE = "This model's data has no true scale: lengths are in relative units, and there are no norms for them."


class MeasurePanel(QWidget):
    """Table and sliders. Call `close_worker` before the program ends."""

    picked = Signal(object)
    """The `Measure` that was picked, to be drawn on the face; None for none."""
    export_wanted = Signal()
    """The table is to be written into a file."""
    report_wanted = Signal()
    """The page of before and after is to be shown."""

    def __init__(
        self, document: Document, measurer: Measurer, comparison: Comparison, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._measurer, self._comparison = document, measurer, comparison
        self._worker = Background("solve", self)
        self._changes = 0
        self._reached: tuple[Measure, float | None] | None = None
        self._measured_of = self._subject
        self.table = MeasureTable(self)
        self.handles = NoseHandles(document, self)
        self.sliders = NoseSliders(document, self.handles, lambda: self.table.locked)
        self.tabs = QTabWidget(self)
        self.cohort = QComboBox(self)
        self.before = Label(self)
        self.keep = QPushButton("Take as Before", self)
        self.export = QPushButton("Export…", self)
        self.report = QPushButton("Report…", self)
        self.message, self.warning = Label(self), Label(self)
        self._assemble()
        measurer.measured.connect(self._show)
        measurer.failed.connect(self._fail)
        measurer.forgotten.connect(self._forget)
        for signal in (measurer.awaited_changed, document.parameters_changed):
            signal.connect(self._show_age)
        document.model_changed.connect(self._show_model)
        document.parameters_changed.connect(self._count)
        document.landmarks_changed.connect(self._count)
        document.state_changed.connect(self._warn)
        comparison.named.connect(self._warn)
        self._show_model(document.model)

    @property
    def chosen_cohort(self) -> Cohort | None:
        """Whose norms are shown, if any."""
        return COHORTS[self.cohort.currentText()] if self.cohort.isEnabled() else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about these measurements, if anything is."""
        return warnings(self._comparison.variant, self._document.state.variant)

    def showEvent(self, event: QShowEvent) -> None:
        """The panel is to be seen."""
        super().showEvent(event)
        self.set_seen(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """The panel is seen no longer."""
        super().hideEvent(event)
        self.set_seen(False)

    def set_seen(self, seen: bool) -> None:
        """Measure from now on; or no longer, and draw nothing on the face, for a panel that is hidden or behind others.

        Qt does not hide a panel that stands behind another one.
        """
        self._measurer.need(self, seen)
        self.handles.need(seen and self.tabs.currentWidget() is self.sliders)
        if not seen:
            self.table.clearSelection()

    def close_worker(self) -> None:
        """Drop what waits and end the threads."""
        self._changes += 1
        self._worker.close()
        self.handles.close()

    def _assemble(self) -> None:
        self.table.picked.connect(self.picked)
        self.table.asked.connect(self._ask)
        self.table.mistyped.connect(self._refuse)
        self.table.locks_changed.connect(self.sliders.show_limits)
        self.tabs.addTab(self.table, "Table")
        self.tabs.addTab(self.sliders, "Nose in mm and °")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("Table or sliders")
        self.cohort.addItems(list(COHORTS))
        self.cohort.setAccessibleName("Cohort of the norms")
        self.cohort.currentTextChanged.connect(self._refresh)
        self.cohort.currentIndexChanged.connect(self._choose_cohort)
        self._document.cohort_changed.connect(self._show_cohort)
        self._show_cohort(self._document.cohort)
        self.keep.setToolTip("Compare with the head as it is now: here and in split view, wipe, overlay and map")
        self.keep.clicked.connect(self._keep)
        self.export.setToolTip("Save the table as CSV or JSON")
        self.export.clicked.connect(self.export_wanted)
        self.report.setToolTip("Views, map, profile and measurements on one sheet, as PDF or HTML")
        self.report.clicked.connect(self.report_wanted)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.before.setTextFormat(Qt.TextFormat.PlainText)
        self.warning.setWordWrap(True)
        self.warning.setTextFormat(Qt.TextFormat.PlainText)
        font = self.warning.font()
        font.setBold(True)
        self.warning.setFont(font)
        self._warn()
        caveats = Label(" ".join(CAVEATS), self)
        caveats.setWordWrap(True)
        layout = QVBoxLayout(self)
        for left, *right in ((self.cohort, self.export, self.report), (self.before, self.keep)):
            bar = QHBoxLayout()
            bar.addWidget(left)
            bar.addStretch()
            for button in right:
                bar.addWidget(button)
            layout.addLayout(bar)
        layout.addWidget(self.warning)
        layout.addWidget(self.tabs)
        layout.addWidget(self.message)
        layout.addWidget(caveats)
        order = (self.cohort, self.export, self.report, self.keep, self.tabs, self.table, self.sliders)
        for first, second in pairwise(order):
            self.setTabOrder(first, second)

    def _show_model(self, model: HeadModel) -> None:
        true_scale = has_true_scale(model)
        self.cohort.setEnabled(true_scale)
        self.cohort.setToolTip(NORMS_SOURCE if true_scale else _NO_SCALE)
        self.tabs.setTabText(1, "Nose in mm and °" if true_scale else f"Nose in {RELATIVE} and °")
        self.message.setText("" if true_scale else _NO_SCALE)

    def _warn(self) -> None:
        """Say first what is doubtful about these measurements."""
        texts = self.warnings
        self.warning.setText("\n".join(texts))
        self.warning.setVisible(bool(texts))

    def _count(self) -> None:
        self._changes += 1

    def _keep(self) -> None:
        self._comparison.keep(self._document.state.variant)

    def _choose_cohort(self, index: int) -> None:
        self._document.set_cohort(self.cohort.itemText(index) if index else "")

    def _show_cohort(self, name: str) -> None:
        self.cohort.setCurrentIndex(max(self.cohort.findText(name), 0))

    def _refresh(self) -> None:
        if self._measurer.last:
            self._show(self._measurer.last)

    @property
    def _subject(self) -> tuple[int, int]:
        """Which variant of which project is measured."""
        return self._document.project_number, self._document.state.active

    def _show_age(self) -> None:
        """Say so while the values are of another head, and of another variant show none."""
        awaited, last = self._measurer.is_awaited, self._measurer.last
        if not awaited:
            self._measured_of = self._subject
        self.table.set_stale(awaited, hidden=awaited and self._measured_of != self._subject)
        self.before.setText("Measuring…" if awaited else f"Before: {last.pair.name}" if last else "")

    def _forget(self) -> None:
        """Another project: nothing of the last one stays."""
        self.table.show_values([], [])
        self.message.clear()
        self._reached = None

    def _show(self, measured: MeasuredPair) -> None:
        self._show_age()
        before, now = (beside_norms(values, self.chosen_cohort) for values in measured.values)
        self.table.show_values(before, now)
        self.sliders.show_values(before, now)
        if measured.pair.now == self._document.parameters:
            self._check_reached(now)

    def _check_reached(self, now: Sequence[Value]) -> None:
        """Say so where a value that was reached is another one by now; what is measured first is what was reached."""
        value = next((value for value in now if self._reached and value.measure is self._reached[0]), None)
        if self._reached is None or value is None:
            return
        measure, reached = self._reached
        if reached is None:
            self._reached = (measure, value.value)
        elif not abs(value.value - reached) <= _LOST[measure.unit]:
            self._reached = None
            is_now, was = (shown(number, measure.unit, value.unit) for number in (value.value, reached))
            self.message.setText(
                f"{measure.name} is {is_now} now, no longer {was}: the head or its landmarks have changed since."
            )

    def _fail(self, message: str) -> None:
        self.message.setText(message)
        self.table.show_values([], [])

    def _refuse(self, text: str) -> None:
        self.message.setText(f"{text!r} is not a number.")
        self.table.restore()

    def _ask(self, asked: Measure, target: float) -> None:
        """Solve for a value that was typed."""
        if "nose" in self._document.state.locked:
            self.message.setText("The nose is locked: unlock it to solve for a measurement.")
            self.table.restore()
            return
        self.message.setText("Solving…")
        document, changes = self._document, self._changes
        locked = [key for key in self.table.locked if key != asked.key]
        pair = self._measurer.pair()
        work = partial(_solved, pair, asked, target, locked, lambda: self._changes != changes)
        self._worker.run(work, partial(self._answer, asked, document.model, document.parameters))

    def _answer(self, asked: Measure, model: HeadModel, start: Parameters, future: Future[Solution]) -> None:
        is_same = self._document.model is model and self._document.parameters == start
        try:
            solution = future.result() if is_same else None
        except Cancelled:
            solution = None
        except FacewrightError as error:
            self.message.setText(str(error))
            self.table.restore()
            return
        if solution is None:
            self.message.setText("The head has changed: type the value again.")
            self.table.restore()
            return
        commands.set_parameters(self._document, solution.parameters, f"Set {asked.name}")
        of_fit = " These are the fitted head's; the table measures the scan." if self._measurer.pair().own_now else ""
        self.message.setText(solution.said + of_fit)
        self._reached = (asked, None) if solution.reached else None
        self._refresh()


def beside_norms(values: Sequence[Value], cohort: Cohort | None) -> list[Value]:
    """The same values with how far each is from a cohort's mean."""
    return [value.beside(cohort) for value in values]


def _solved(
    pair: HeadPair, asked: Measure, target: float, locked: Sequence[str], cancelled: Callable[[], bool]
) -> Solution:
    """Solve for a value that was typed; on a scan, by as much as the scan's own value is to change."""
    model, head, template = pair.model, pair.now, pair.template
    if pair.own_now:
        fitted = find_landmarks(model, head, template)
        target += asked.formula(fitted) - asked.formula(
            find_landmarks(model, head, template, scan=pair.own_now.at(head))
        )
    return solve(model, head, {asked.key: target}, locked, template, cancelled)
