"""Before and after on a page that is seen before it is saved."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from facewright.core.anthropometry.measure import CAVEATS, has_true_scale
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.editor.desktop.about import program
from facewright.editor.desktop.mnemonics import underline_dialog
from facewright.editor.fit_verdict import warnings
from facewright.editor.measurement.measure_panel import COHORTS
from facewright.editor.report.html import html
from facewright.editor.report.page import HEIGHT, WIDTH, Page, pdf
from facewright.editor.report.shots import Shots
from facewright.editor.report.study import ComparisonReport, Details, study
from facewright.editor.widgets.label import Label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from PySide6.QtGui import QImage, QPaintEvent

    from facewright.core.anthropometry.measure import Cohort
    from facewright.core.project import Variant
    from facewright.editor.background import Background
    from facewright.editor.measurement.measurer import HeadPair
    from facewright.editor.report.study import Study
    from facewright.editor.storage.files import Files

_SIZE = QSize(1180, 900)
_FORM_WIDTH = 300


class Preview(QWidget):
    """A report as it will be on paper, as wide as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self._report: ComparisonReport | None = None
        self.setAccessibleName("Page")

    def show_report(self, report: ComparisonReport | None) -> None:
        """Show another report; None for an empty page."""
        self._report = report
        self.update()

    def resizeEvent(self, event: object) -> None:
        """Keep the paper's proportions."""
        self.setFixedHeight(round(self.width() * HEIGHT / WIDTH))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the page."""
        painter = QPainter(self)
        painter.scale(self.width() / WIDTH, self.width() / WIDTH)
        if self._report:
            Page(painter, self._report).paint()
        else:
            painter.fillRect(0, 0, round(WIDTH), round(HEIGHT), Qt.GlobalColor.white)


class ReportDialog(QDialog):
    """Which head is before, what a person adds, and the page; the head after is the one that was edited.

    The views are drawn while the dialog is open; closing it gives up what is not yet drawn.
    """

    saved = Signal(Path)
    """The file that was written."""

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
        """heads : what may be before, the first of them at first.

        shows_scans : whether patients' own surfaces are shown where a head goes back to a scan.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Before and After")
        self._pair, self._after, self._files = pair, after, files
        self._shows_scans = shows_scans
        self._heads: dict[str, Variant] = {}
        for head in heads:
            self._heads.setdefault(head.name, head)
        self._worker = worker
        self._cancelled = threading.Event()
        self._shots: Shots | None = None
        self._study: Study | None = None
        self._pictures: dict[str, QImage] = {}
        self.before, self.cohort = QComboBox(), QComboBox()
        self.patient, self.note = QLineEdit(), QPlainTextEdit()
        self.preview, self.progress = Preview(), QProgressBar()
        self.message = Label()
        self.save_pdf, self.save_html = QPushButton("Save PDF…"), QPushButton("Save HTML…")
        self._assemble()
        self.finished.connect(self._stop)
        self._begin()

    @property
    def report(self) -> ComparisonReport | None:
        """The page as it would be saved; None while it is being drawn."""
        if self._study is None or not self._pictures:
            return None
        details = Details(
            COHORTS[self.cohort.currentText()] if self.cohort.isEnabled() else None,
            self.patient.text(),
            self.note.toPlainText(),
            QLocale().toString(QDate.currentDate(), QLocale.FormatType.LongFormat),
        )
        before = self._heads[self.before.currentText()]
        return ComparisonReport(self._study, details, self._pictures, program(), warnings(before, self._after))

    def choose_cohort(self, cohort: Cohort | None) -> None:
        """Show the norms of a cohort, or none."""
        self.cohort.setCurrentText(next(name for name, each in COHORTS.items() if each == cohort))

    def _assemble(self) -> None:
        self.resize(_SIZE.boundedTo(self.screen().availableSize()))
        self.before.addItems(list(self._heads))
        self.cohort.addItems(list(COHORTS))
        self.cohort.setEnabled(has_true_scale(self._pair.model))
        self.patient.setPlaceholderText("Optional; on this page alone")
        self.note.setPlaceholderText("Anything that belongs on the page")
        self.note.setMaximumHeight(160)
        self.note.setTabChangesFocus(True)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        for title, field in (
            ("Before", self.before),
            ("Norms", self.cohort),
            ("Patient", self.patient),
            ("Note", self.note),
        ):
            field.setAccessibleName(title)
            form.addRow(title, field)
        caveat = Label(CAVEATS[0])
        caveat.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        side = QVBoxLayout()
        side.addLayout(form)
        side.addWidget(self.progress)
        side.addWidget(self.message)
        side.addStretch()
        for widget in (caveat, self.save_pdf, self.save_html, buttons):
            side.addWidget(widget)
        panel = QWidget()
        panel.setLayout(side)
        panel.setFixedWidth(_FORM_WIDTH)
        page = QScrollArea()
        page.setWidgetResizable(True)
        page.setWidget(self.preview)
        page.setAccessibleName("Page")
        layout = QHBoxLayout(self)
        layout.addWidget(panel)
        layout.addWidget(page, 1)
        underline_dialog(self)
        self.before.currentTextChanged.connect(self._begin)
        self.cohort.currentTextChanged.connect(self._refresh)
        self.patient.textChanged.connect(self._refresh)
        self.note.textChanged.connect(self._refresh)
        self.save_pdf.clicked.connect(partial(self._ask, "PDF", "pdf", self.write_pdf))
        self.save_html.clicked.connect(partial(self._ask, "HTML", "html", self.write_html))

    def _begin(self) -> None:
        """Evaluate both heads anew."""
        self._stop()
        self._cancelled, self._study, self._pictures = threading.Event(), None, {}
        before = self._heads[self.before.currentText()]
        pair = replace(self._pair, name=before.name, before=before.parameters)
        self.progress.setRange(0, 0)
        self.progress.show()
        self.message.setText("Evaluating both heads…")
        scans = (before.scan, self._after.scan) if self._shows_scans else (None, None)
        work = partial(study, pair, self._after.name, self._cancelled, scans)
        self._worker.run(work, partial(self._studied, self._cancelled))
        self._refresh()

    def _studied(self, cancelled: threading.Event, future: Future[Study]) -> None:
        if cancelled.is_set():
            return  # another head was chosen since, or the dialog is closed
        try:
            self._study = future.result()
            self._shots = Shots(self._study, self)
        except FacewrightError as error:
            self.progress.hide()
            self.message.setText(str(error))
            return
        self.message.setText("Drawing the views…")
        self._shots.advanced.connect(self._advance)
        self._shots.finished.connect(self._finish)

    def _advance(self, taken: int, total: int) -> None:
        self.progress.setRange(0, total)
        self.progress.setValue(taken)

    def _finish(self, pictures: dict[str, QImage]) -> None:
        self._shots, self._pictures = None, pictures
        self.progress.hide()
        self.message.clear()
        self._refresh()

    def _refresh(self) -> None:
        report = self.report
        self.save_pdf.setEnabled(report is not None)
        self.save_html.setEnabled(report is not None)
        self.preview.show_report(report)

    def _ask(self, title: str, suffix: str, chosen: Callable[[Path], object]) -> None:
        name = f"before-after.{suffix}"  # never the patient's name
        self._files.chooser.ask_where("Save Report", f"{title} (*.{suffix})", name, chosen)

    def write_pdf(self, path: Path) -> None:
        """Write the page as a PDF file."""
        if report := self.report:
            self._write(path, pdf(report))

    def write_html(self, path: Path) -> None:
        """Write the page as one HTML file."""
        if report := self.report:
            self._write(path, html(report).encode())

    def _write(self, path: Path, content: bytes) -> None:
        work = partial(write_atomically, path, content, private=True)
        self._files.work(f"Saving {path.name}…", work, lambda _: self.saved.emit(path))

    def _stop(self) -> None:
        """Give up what is being evaluated or drawn."""
        self._cancelled.set()
        if self._shots:
            self._shots.stop()
            self._shots = None
