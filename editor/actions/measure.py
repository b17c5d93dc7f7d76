"""The Measure menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from facewright.core.anthropometry.landmarks import title
from facewright.editor import commands
from facewright.editor.actions.group import ActionGroup

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QMenu

    from facewright.editor.actions.edit import EditActions
    from facewright.editor.document import Document
    from facewright.editor.measurement.measurement import Measurement
    from facewright.editor.viewport import Viewport


class MeasureActions(ActionGroup):
    """Landmarks, tables, and what is made of them."""

    TITLE = "&Measure"

    def __init__(
        self, document: Document, viewport: Viewport, measurement: Measurement, edit: EditActions, window: QMainWindow
    ) -> None:
        super().__init__(window)
        self._document, self._viewport, self._measurement, self._edit = document, viewport, measurement, edit
        self.correct = self.toggle(
            "Correct Landmarks", "L", "Drag landmarks over the surface; they ride there on every variant.",
            self._correct,
        )  # fmt: skip
        self.export = self.action(
            "Export Measurements…", "Ctrl+F7", "Save the table of measurements as CSV or JSON.",
            measurement.ask_for_table,
        )  # fmt: skip
        self.report = self.action(
            "Before and After Report…", "Ctrl+P", "Six views, map, profile and measurements on one page, PDF or HTML.",
            measurement.show_report,
        )  # fmt: skip
        edit.drag.toggled.connect(self._give_way)

    def fill(self, menu: QMenu, show_panel: QAction | None = None) -> None:
        """The panel, landmarks, files."""
        if show_panel:
            menu.addAction(show_panel)
            menu.addSeparator()
        menu.addAction(self.correct)
        self._reset = menu.addMenu("Reset Landmark")
        self._reset.aboutToShow.connect(self._list_corrected)
        menu.addSeparator()
        menu.addAction(self.export)

    def _correct(self, on: bool) -> None:
        if on:
            self._edit.drag.setChecked(False)
        self._viewport.set_hand(self._measurement.tool if on else None)
        self._measurement.marking.set_correcting(on)

    def _give_way(self, dragging: bool) -> None:
        """One hand at a time."""
        if dragging and self.correct.isChecked():
            self.correct.setChecked(False)
            self._measurement.marking.set_correcting(False)

    def _list_corrected(self) -> None:
        """Offer the landmarks that were corrected."""
        self._reset.clear()
        names = list(self._document.state.landmarks)
        for name in names:
            self._reset.addAction(title(name), partial(commands.reset_landmarks, self._document, [name]))
        if not names:
            self._reset.addAction("No landmark was corrected").setEnabled(False)
        elif len(names) > 1:
            self._reset.addSeparator()
            self._reset.addAction("All of Them", partial(commands.reset_landmarks, self._document, names))
