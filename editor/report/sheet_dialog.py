"""A page that is seen before it is saved: what a person adds at the left, the paper at the right."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from PySide6.QtCore import QDate, QLocale, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
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

from facewright.core.anthropometry.measure import CAVEATS
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import Cancelled, FacewrightError
from facewright.editor.desktop.mnemonics import underline_dialog
from facewright.editor.report.paper import HEIGHT, WIDTH, pdf
from facewright.editor.report.shots import Photographs, Shots
from facewright.editor.report.study import Details
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.small_screen import Scrolled, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from PySide6.QtGui import QImage, QPaintEvent

    from facewright.core.anthropometry.norms import Cohort
    from facewright.editor.background import Background
    from facewright.editor.storage.files import Files

Answer = TypeVar("Answer")

_SIZE = QSize(1180, 900)
_FORM_WIDTH = 300
_BETWEEN = 40.0
"""Room between two pages, in tenths of a millimetre."""

_OUTDATED = "The head has changed since this page was drawn."

_CLINIC, _CLINICIAN = "report/clinic", "report/clinician"
"""What is remembered for the next page, unlike anything of a patient."""


class Sheet(NamedTuple):
    """What can be saved.

    pages : paint each page with a painter whose unit is a tenth of a millimetre; html : gives the text of a file.
    """

    title: str
    program: str
    pages: Sequence[Callable[[QPainter], None]]
    html: Callable[[], str]


class Preview(QWidget):
    """Pages as they will be on paper, one above the other, as wide as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self._pages: Sequence[Callable[[QPainter], None]] = ()
        self.setAccessibleName("Page")

    def show_pages(self, pages: Sequence[Callable[[QPainter], None]]) -> None:
        """Show other pages; none for an empty one."""
        self._pages = pages
        self._fit()
        self.update()

    def resizeEvent(self, event: object) -> None:
        """Keep the paper's proportions."""
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pages."""
        painter = QPainter(self)
        painter.scale(self.width() / WIDTH, self.width() / WIDTH)
        for page in self._pages:
            painter.save()
            page(painter)
            painter.restore()
            painter.translate(0.0, HEIGHT + _BETWEEN)
        if not self._pages:
            painter.fillRect(0, 0, round(WIDTH), round(HEIGHT), Qt.GlobalColor.white)

    def _fit(self) -> None:
        count = max(len(self._pages), 1)
        self.setFixedHeight(round(self.width() * (count * HEIGHT + (count - 1) * _BETWEEN) / WIDTH))


class SheetDialog(QDialog):
    """Fields, the pages, and the ways to save them. What is evaluated and drawn is given up when it closes.

    Pages of heads that have changed since are not saved before they are drawn anew.
    """

    renewal_wanted = Signal()
    """The pages are to be drawn of the heads as they are now."""

    def __init__(self, title: str, stem: str, files: Files, worker: Background, parent: QWidget) -> None:
        """stem : of the file's name, never the patient's."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._stem, self._files, self._worker = stem, files, worker
        self._cancelled = threading.Event()
        self._shots: Shots | None = None
        self.patient, self.clinic, self.clinician = QLineEdit(), QLineEdit(), QLineEdit()
        today = QLocale().toString(QDate.currentDate(), QLocale.FormatType.LongFormat)
        self.date, self.note = QLineEdit(today), QPlainTextEdit()
        self.preview, self.progress, self.message = Preview(), QProgressBar(), Label()
        self.save_pdf, self.save_html = QPushButton("Save PDF…"), QPushButton("Save HTML…")
        self.outdated, self.renew = Label(_OUTDATED), QPushButton("Update")
        for widget in (self.outdated, self.renew):
            widget.hide()
        self.finished.connect(self._stop)

    @property
    def sheet(self) -> Sheet | None:
        """The pages as they would be saved; None while they are being drawn."""
        raise NotImplementedError

    def details(self, cohort: Cohort | None) -> Details:
        """What the fields say."""
        clinic, clinician = self.clinic.text(), self.clinician.text()
        return Details(cohort, self.patient.text(), self.note.toPlainText(), self.date.text(), clinic, clinician)

    @property
    def can_save(self) -> bool:
        """Whether the pages are drawn, of the heads as they are."""
        return self.sheet is not None and self.outdated.isHidden()

    def set_outdated(self, outdated: bool) -> None:
        """Tell whether the heads have changed since the pages were drawn, which are not saved then."""
        self.outdated.setVisible(outdated)
        self.renew.setVisible(outdated)
        self._enable()

    def write_pdf(self, path: Path) -> None:
        """Write the pages as a PDF file, if they can be saved."""
        if (sheet := self.sheet) and self.can_save:
            self._write(path, pdf(sheet.title, sheet.program, sheet.pages))

    def write_html(self, path: Path) -> None:
        """Write the pages as one HTML file, if they can be saved."""
        if (sheet := self.sheet) and self.can_save:
            self._write(path, sheet.html().encode())

    def assemble(self, fields: Sequence[tuple[str, QWidget]]) -> None:
        """Lay out the window, the fields of this kind of page above those that all have."""
        fit(self, _SIZE)
        settings = QSettings()
        for line, key in ((self.clinic, _CLINIC), (self.clinician, _CLINICIAN)):
            line.setText(str(settings.value(key, "")))
            line.setPlaceholderText("Optional; remembered for the next page")
        self.patient.setPlaceholderText("Optional; on this page alone")
        self.note.setPlaceholderText("Anything that belongs on the page")
        self.note.setMaximumHeight(120)
        self.note.setTabChangesFocus(True)
        for label in (self.message, self.outdated):
            label.setWordWrap(True)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        own = (("Patient", self.patient), ("Clinician", self.clinician), ("Clinic", self.clinic))
        for title, field in (*fields, *own, ("Date", self.date), ("Note", self.note)):
            field.setAccessibleName(title)
            form.addRow(title, field)
        page = QScrollArea()
        page.setWidgetResizable(True)
        page.setWidget(self.preview)
        page.setAccessibleName("Page")
        layout = QHBoxLayout(self)
        layout.addLayout(self._side(form))
        layout.addWidget(page, 1)
        underline_dialog(self)
        for line in (self.patient, self.clinic, self.clinician, self.date):
            line.textChanged.connect(self.refresh)
        self.note.textChanged.connect(self.refresh)
        self.renew.clicked.connect(self.renewal_wanted)
        self.save_pdf.clicked.connect(partial(self._ask, "PDF", "pdf", self.write_pdf))
        self.save_html.clicked.connect(partial(self._ask, "HTML", "html", self.write_html))

    def _side(self, form: QFormLayout) -> QVBoxLayout:
        """Fields, which scroll on a low screen, above what is under way and the buttons."""
        caveat = Label(CAVEATS[0])
        caveat.setWordWrap(True)
        panel = QWidget()
        fields = QVBoxLayout(panel)
        fields.addLayout(form)
        fields.addStretch()
        fields.addWidget(caveat)
        area = Scrolled(panel)
        area.setAccessibleName("Fields")
        area.setFixedWidth(_FORM_WIDTH)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        side = QVBoxLayout()
        under_way = (self.progress, self.message, self.outdated, self.renew)
        for widget in (area, *under_way, self.save_pdf, self.save_html, buttons):
            side.addWidget(widget)
        return side

    def work(
        self, text: str, job: Callable[[threading.Event], Answer], done: Callable[[Answer], Sequence[Photographs]]
    ) -> None:
        """Begin anew: do a job on the thread; `done` takes its answer and says what is to be photographed of it."""
        self._stop()
        self._cancelled = threading.Event()
        self.progress.setRange(0, 0)
        self.progress.show()
        self.message.setText(text)
        self._worker.run(partial(job, self._cancelled), partial(self._done, self._cancelled, done))
        self.refresh()

    def take_pictures(self, pictures: dict[str, QImage]) -> None:
        """All pictures are there."""
        raise NotImplementedError

    def failed(self, message: str) -> None:
        """The job has found that there is no page; the message is shown already."""

    def refresh(self) -> None:
        """Show the pages as they are now."""
        sheet = self.sheet
        self._enable()
        self.preview.show_pages(sheet.pages if sheet else ())

    def _enable(self) -> None:
        for button in (self.save_pdf, self.save_html):
            button.setEnabled(self.can_save)

    def _done(
        self, cancelled: threading.Event, done: Callable[[Answer], Sequence[Photographs]], future: Future[Answer]
    ) -> None:
        if cancelled.is_set():
            return  # another job was begun since, or the dialog is closed
        try:
            self._shots = Shots(done(future.result()), self)
        except FacewrightError as error:
            self.progress.hide()
            self.message.setText(str(error))
            self.failed(str(error))
            return
        except Cancelled:
            return
        self.message.setText("Drawing the views…")
        self._shots.advanced.connect(self._advance)
        self._shots.finished.connect(self._finish)

    def _advance(self, taken: int, total: int) -> None:
        self.progress.setRange(0, total)
        self.progress.setValue(taken)

    def _finish(self, pictures: dict[str, QImage]) -> None:
        self._shots = None
        self.take_pictures(pictures)
        self.progress.hide()
        self.message.clear()
        self.refresh()

    def _ask(self, title: str, suffix: str, chosen: Callable[[Path], object]) -> None:
        ask, kind, name = self._files.chooser.ask_where, f"{title} (*.{suffix})", f"{self._stem}.{suffix}"
        dialog = ask("Save Report", kind, name, chosen)
        dialog.destroyed.connect(self.activateWindow)  # it is the main window's, which would have the keys after it

    def _write(self, path: Path, content: bytes) -> None:
        settings = QSettings()
        settings.setValue(_CLINIC, self.clinic.text().strip())
        settings.setValue(_CLINICIAN, self.clinician.text().strip())
        self._files.write(path, partial(write_atomically, path, content, private=True))

    def _stop(self) -> None:
        """Give up what is being evaluated or drawn."""
        self._cancelled.set()
        if self._shots:
            self._shots.stop()
            self._shots = None
