"""Pages are seen one below the other; clinic and clinician are remembered for the next page, a patient is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

from facewright.editor.background import Background
from facewright.editor.document import Document
from facewright.editor.report.html_parts import legend, table
from facewright.editor.report.paper import HEIGHT, WIDTH
from facewright.editor.report.profile import tick_mm
from facewright.editor.report.sheet_dialog import Preview, Sheet, SheetDialog
from facewright.editor.storage.files import Files

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QPainter
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel


class EmptySheet(SheetDialog):
    """A page with nothing on it."""

    @property
    def sheet(self) -> Sheet | None:
        """The page is there from the first."""
        return Sheet("Empty", "", [lambda painter: None], lambda: self.details(None).patient)


def test_clinic_and_clinician_are_remembered_and_the_patient_is_not(
    qtbot: QtBot, model: HeadModel, tmp_path: Path
) -> None:
    QSettings().clear()
    window = QWidget()
    qtbot.addWidget(window)
    worker = Background("sheet", window)
    files = Files(Document(model, parent=window), lambda model, parameters: None, window)
    first, second = (EmptySheet("Empty", "empty", files, worker, window) for _ in range(2))
    first.assemble([])
    first.clinic.setText("Clinic A")
    first.clinician.setText("Dr. B")
    first.patient.setText("Erika")
    with qtbot.waitSignal(files.exported):
        first.write_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == "Erika"
    assert first.save_pdf.isEnabled()
    second.assemble([])
    assert (second.clinic.text(), second.clinician.text(), second.patient.text()) == ("Clinic A", "Dr. B", "")
    assert not any("Erika" in str(QSettings().value(key)) for key in QSettings().allKeys())
    worker.close()
    files.close()


def test_the_page_has_the_keys_again_after_a_file_was_chosen(qtbot: QtBot, model: HeadModel) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    worker = Background("sheet", window)
    files = Files(Document(model, parent=window), lambda model, parameters: None, window)
    page = EmptySheet("Empty", "empty", files, worker, window)
    page.assemble([])
    page.show()
    page.save_pdf.click()
    (dialog,) = window.findChildren(QFileDialog)
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.reject()
    qtbot.waitUntil(page.isActiveWindow)
    worker.close()
    files.close()


def test_each_page_is_painted_below_the_last(qtbot: QtBot) -> None:
    tops: list[float] = []

    def page(painter: QPainter) -> None:
        tops.append(painter.transform().dy() / painter.transform().m22())

    preview = Preview()
    qtbot.addWidget(preview)
    preview.resize(300, 300)
    preview.show_pages([page, page])
    preview.grab()
    first, second = tops[-2:]
    assert second - first > HEIGHT
    assert preview.height() / preview.width() > 2.0 * HEIGHT / WIDTH


def test_texts_are_escaped_and_differences_that_count_are_bold() -> None:
    text = table(("<a>", "b"), [("x & y", "1"), ("z", "2")], [True, False], 1)
    assert "<th>&lt;a&gt;</th>" in text
    assert "<td>x &amp; y</td><td><strong>1</strong></td>" in text
    assert '<td><span class="faint">2</span></td>' in text
    assert "dark" in legend(("in", "out"), "; dark")


def test_ticks_are_longest_at_tens() -> None:
    lengths = np.array([tick_mm(at) for at in range(11)])
    assert lengths[0] == lengths[10] == lengths.max()
    assert lengths[5] > lengths[4] == lengths.min()
