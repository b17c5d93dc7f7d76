"""The Measure menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from facewright.core.anthropometry.landmarks import title
from facewright.editor import commands
from facewright.editor.desktop.action_group import ActionGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QMenu

    from facewright.editor.document import Document
    from facewright.editor.measurement.measurement import Measurement
    from facewright.editor.report.follow_ups import FollowUps


class MeasureActions(ActionGroup):
    """Landmarks, tables, and what is made of them."""

    TITLE = "&Measure"

    def __init__(
        self,
        document: Document,
        measurement: Measurement,
        show_report: Callable[[], object],
        follow_ups: FollowUps,
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._document = document
        self.correct = self.toggle(
            "Correct Landmarks", "L", "Drag landmarks over the surface; they ride there on every variant.",
            lambda on: None,  # whoever gives out the left button follows the action itself
        )  # fmt: skip
        self.export = self.action(
            "Export Measurements…", "Ctrl+F7", "Save the table of measurements as CSV or JSON.",
            measurement.ask_for_table,
        )  # fmt: skip
        self.report = self.action(
            "Before and After Report…", "Ctrl+P", "Views, map, profile and measurements on one sheet, PDF or HTML.",
            show_report,
        )  # fmt: skip
        self.compare_later = self.action(
            "Compare with a Later Scan…", "Ctrl+Alt+I",
            "Open the patient's scan after surgery: it is placed on the one before, and compared with the plan.",
            follow_ups.ask,
        )  # fmt: skip
        self.achieved = self.action(
            "Planned and Achieved…", "Ctrl+Shift+F7",
            "Before, planned and achieved on one page: values, profiles, and the map of the difference.",
            follow_ups.show,
        )  # fmt: skip
        self.correct.toggled.connect(measurement.annotator.set_correcting)

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
        menu.addSeparator()
        menu.addActions([self.compare_later, self.achieved])

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
