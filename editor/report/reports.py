"""From the menu to the page of before and after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from facewright.editor.background import Background
from facewright.editor.report.dialog import ReportDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.editor.document import Document
    from facewright.editor.head_view import HeadView
    from facewright.editor.measurement.measurement import Measurement
    from facewright.editor.storage.files import Files


class Reports(QObject):
    """One page at a time."""

    saved = Signal(Path)
    """The file that was written."""

    def __init__(
        self, document: Document, view: HeadView, measurement: Measurement, files: Files, window: QWidget
    ) -> None:
        super().__init__(window)
        self._document, self._view, self._measurement = document, view, measurement
        self._files, self._window = files, window
        self._worker = Background("report", self)
        self._dialog: ReportDialog | None = None

    def show(self) -> None:
        """Open the page of before and after for the head as it is now."""
        if self._dialog:
            self._dialog.close()
        state, view = self._document.state, self._view
        befores = [view.comparison.variant, *(head for head in state.variants if head is not state.variant)]
        pair, shows_scans = self._measurement.measurer.pair(), view.viewport.display.own_surface
        parts = self._files, self._worker, self._window
        self._dialog = ReportDialog(pair, state.variant, befores, shows_scans, *parts)
        self._dialog.choose_cohort(self._measurement.panel.chosen_cohort)
        self._dialog.saved.connect(self.saved)
        self._dialog.finished.connect(self._forget_dialog)
        self._dialog.show()

    def close(self) -> None:
        """Give up the page that is open and end the thread."""
        if self._dialog:
            self._dialog.close()
        self._worker.close()

    def _forget_dialog(self) -> None:
        self._dialog = None
