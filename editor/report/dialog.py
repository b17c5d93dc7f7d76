"""Before and after on a sheet that is seen before it is saved."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

from facewright.core.anthropometry.measure import has_true_scale
from facewright.core.scan.own_points import cached_points
from facewright.editor.desktop.about import program
from facewright.editor.fit_verdict import fit_words, warnings
from facewright.editor.measurement.measure_panel import COHORTS
from facewright.editor.report.html import html
from facewright.editor.report.lines import TITLE
from facewright.editor.report.page import pages
from facewright.editor.report.sheet_dialog import Sheet, SheetDialog
from facewright.editor.report.shots import wanted
from facewright.editor.report.study import ComparisonReport, study

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QWidget

    from facewright.core.anthropometry.norms import Cohort
    from facewright.core.project import Variant
    from facewright.editor.background import Background
    from facewright.editor.measurement.measurer import HeadPair
    from facewright.editor.report.shots import Photographs
    from facewright.editor.report.study import Study
    from facewright.editor.storage.files import Files


class ReportDialog(SheetDialog):
    """Which head is before, what a person adds, and the sheet; the head after is the one that was edited.

    after : that head; heads : what may be before, the first of them at first.
    """

    def __init__(
        self,
        pair: HeadPair,
        after: Variant,
        heads: Sequence[Variant],
        shows_scans: bool,
        files: Files,
        worker: Background,
        parent: QWidget,
    ) -> None:
        """Of two heads and more; shows_scans : whether patients' own surfaces are shown where there are any."""
        super().__init__("Before and After", "before-after", files, worker, parent)
        self._study: Study | None = None
        self._pictures: dict[str, QImage] = {}
        self.before, self.cohort = QComboBox(), QComboBox()
        self.cohort.addItems(list(COHORTS))
        self.cohort.setEnabled(has_true_scale(pair.model))
        self.assemble([("Before", self.before), ("Norms", self.cohort)])
        self.before.currentTextChanged.connect(self._begin)
        self.cohort.currentTextChanged.connect(self.refresh)
        self.show_heads(pair, after, heads, shows_scans)

    @property
    def shown(self) -> tuple[Variant, Variant]:
        """The head before and the one after, as the sheet has them."""
        return self._heads[self.before.currentText()], self._after

    def show_heads(self, pair: HeadPair, after: Variant, heads: Sequence[Variant], shows_scans: bool) -> None:
        """Draw other heads; the one before stays the one of that name, if there is one."""
        self._pair, self._after, self._shows_scans = pair, after, shows_scans
        self._heads: dict[str, Variant] = {}
        for head in heads:
            self._heads.setdefault(head.name, head)
        chosen = self.before.currentText()
        with QSignalBlocker(self.before):
            self.before.clear()
            self.before.addItems(list(self._heads))
            self.before.setCurrentIndex(max(self.before.findText(chosen), 0))
        self._begin()

    @property
    def report(self) -> ComparisonReport | None:
        """What the sheet is made of; None while it is being drawn."""
        if self._study is None or not self._pictures:
            return None
        details = self.details(COHORTS[self.cohort.currentText()] if self.cohort.isEnabled() else None)
        scans = {id(head.scan): head.scan for head in self.shown if head.scan}
        fits = tuple(fit_words(scan) for scan in scans.values())
        told = warnings(*self.shown)
        return ComparisonReport(self._study, details, self._pictures, program(), told, fits)

    @property
    def sheet(self) -> Sheet | None:
        """Both sides of the sheet."""
        report = self.report
        return Sheet(TITLE, report.program, pages(report), partial(html, report)) if report else None

    def choose_cohort(self, cohort: Cohort | None) -> None:
        """Show the norms of a cohort, or none."""
        self.cohort.setCurrentText(next(name for name, each in COHORTS.items() if each == cohort))

    def take_pictures(self, pictures: dict[str, QImage]) -> None:
        """All pictures are there."""
        self._pictures = pictures

    def _begin(self) -> None:
        """Evaluate both heads anew."""
        self._study, self._pictures = None, {}
        before, pair = self._heads[self.before.currentText()], self._pair
        own = cached_points(pair.model, before.scan, pair.own_before, pair.own_now)
        pair = replace(pair, name=before.name, before=before.parameters, own_before=own)
        scans = (before.scan, self._after.scan) if self._shows_scans else (None, None)

        def job(cancelled: threading.Event) -> Study:
            return study(pair, self._after.name, cancelled, scans)

        self.work("Evaluating both heads…", job, self._studied)

    def _studied(self, study: Study) -> list[Photographs]:
        self._study = study
        return wanted(study)
