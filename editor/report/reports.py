"""From the menu to the page of before and after, which tells when its heads have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from facewright.editor.background import Background
from facewright.editor.report.dialog import ReportDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.core.project import Variant
    from facewright.editor.document import Document
    from facewright.editor.head_view import HeadView
    from facewright.editor.measurement.measurement import Measurement
    from facewright.editor.measurement.measurer import HeadPair
    from facewright.editor.storage.files import Files


class Reports(QObject):
    """One page at a time."""

    def __init__(
        self, document: Document, view: HeadView, measurement: Measurement, files: Files, window: QWidget
    ) -> None:
        super().__init__(window)
        self._document, self._view, self._measurement = document, view, measurement
        self._files, self._window = files, window
        self._worker = Background("report", self)
        self._dialog: ReportDialog | None = None
        self._landmarks = document.state.landmarks
        for changed in (document.state_changed, document.before_changed):
            changed.connect(self._check)
        for left in (document.project_changed, document.model_changed):
            left.connect(self._close_dialog)

    def show(self) -> None:
        """Open the page of before and after for the head as it is now."""
        self._close_dialog()
        parts = self._files, self._worker, self._window
        dialog = self._dialog = ReportDialog(*self._heads(), *parts)
        self._landmarks = self._document.state.landmarks
        dialog.choose_cohort(self._measurement.panel.chosen_cohort)
        dialog.before.currentTextChanged.connect(self._check)
        dialog.renewal_wanted.connect(self._renew)
        dialog.finished.connect(self._forget_dialog)
        dialog.show()

    def close(self) -> None:
        """Give up the page that is open and end the thread."""
        self._close_dialog()
        self._worker.close()

    def _heads(self) -> tuple[HeadPair, Variant, list[Variant], bool]:
        """The heads as they are now, as a dialog takes them."""
        state, view = self._document.state, self._view
        befores = [view.comparison.variant, *(head for head in state.variants if head is not state.variant)]
        return self._measurement.measurer.pair(), state.variant, befores, view.viewport.display.own_surface

    def _check(self) -> None:
        """Tell the page whether its heads are still those of the project."""
        if self._dialog:
            state, (before, after) = self._document.state, self._dialog.shown
            current = after in state.variants and before in (self._view.comparison.variant, *state.variants)
            self._dialog.set_outdated(not current or state.landmarks != self._landmarks)

    def _renew(self) -> None:
        if self._dialog:
            self._landmarks = self._document.state.landmarks
            self._dialog.show_heads(*self._heads())
            self._check()

    def _close_dialog(self) -> None:
        if self._dialog:
            self._dialog.close()

    def _forget_dialog(self) -> None:
        self._dialog = None
