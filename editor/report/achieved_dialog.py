"""Planned and achieved on a page that is seen before it is saved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

from facewright.editor.desktop.about import program
from facewright.editor.fit_verdict import warnings
from facewright.editor.report.achieved_html import achieved_html
from facewright.editor.report.achieved_lines import TITLE
from facewright.editor.report.achieved_page import AchievedPage
from facewright.editor.report.achieved_study import AchievedReport, achieved_study, wanted
from facewright.editor.report.sheet_dialog import Sheet, SheetDialog

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    import numpy as np
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.core.project import Variant
    from facewright.editor.background import Background
    from facewright.editor.report.achieved_study import AchievedStudy
    from facewright.editor.report.shots import Photographs
    from facewright.editor.storage.files import Files


class AchievedDialog(SheetDialog):
    """Which head was planned, what a person adds, and the page; what was achieved is the later scan's head."""

    def __init__(
        self,
        model: HeadModel,
        template: Mapping[str, np.ndarray],
        planned: Sequence[Variant],
        achieved: Variant,
        files: Files,
        worker: Background,
        parent: QWidget,
    ) -> None:
        """Of two scans' heads; arguments as for `show_heads`."""
        super().__init__(TITLE, "planned-achieved", files, worker, parent)
        self._study: AchievedStudy | None = None
        self._pictures: dict[str, QImage] = {}
        self.planned = QComboBox()
        self.assemble([("Planned", self.planned)])
        self.planned.currentTextChanged.connect(self._begin)
        self.show_heads(model, template, planned, achieved)

    @property
    def shown(self) -> tuple[Variant, Variant]:
        """The head planned and the one achieved, as the page has them."""
        return self._heads[self.planned.currentText()], self._achieved

    def show_heads(
        self, model: HeadModel, template: Mapping[str, np.ndarray], planned: Sequence[Variant], achieved: Variant
    ) -> None:
        """Draw other heads; the one planned stays the one of that name, if there is one.

        template : corrected landmarks; planned : heads of the earlier scan, the first of them at first.
        """
        self._model, self._template, self._achieved = model, template, achieved
        self._heads = {head.name: head for head in planned}
        chosen = self.planned.currentText()
        with QSignalBlocker(self.planned):
            self.planned.clear()
            self.planned.addItems(list(self._heads))
            self.planned.setCurrentIndex(max(self.planned.findText(chosen), 0))
        self._begin()

    @property
    def report(self) -> AchievedReport | None:
        """What the page is made of; None while it is being drawn."""
        if self._study is None or not self._pictures:
            return None
        told = warnings(*self.shown)
        return AchievedReport(self._study, self.details(None), self._pictures, program(), told)

    @property
    def sheet(self) -> Sheet | None:
        """The page."""
        report = self.report
        if report is None:
            return None

        def page(painter: QPainter) -> None:
            AchievedPage(painter, report).paint()

        return Sheet(TITLE, report.program, (page,), partial(achieved_html, report))

    def take_pictures(self, pictures: dict[str, QImage]) -> None:
        """All pictures are there."""
        self._pictures = pictures

    def _begin(self) -> None:
        self._study, self._pictures = None, {}
        model, template, (planned, achieved) = self._model, self._template, self.shown

        def job(cancelled: threading.Event) -> AchievedStudy:
            return achieved_study(model, template, planned, achieved, cancelled)

        self.work("Measuring both scans…", job, self._studied)

    def _studied(self, study: AchievedStudy) -> list[Photographs]:
        self._study = study
        return wanted(study)
