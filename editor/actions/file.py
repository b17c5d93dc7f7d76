"""The File menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from facewright.core.exchange.formats import listed
from facewright.core.model.model_file import bundled_model
from facewright.editor.desktop.action_group import ActionGroup
from facewright.editor.wording import literal, plain_tip

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QMenu

    from facewright.editor.export.exporter import Exporter
    from facewright.editor.storage.files import Files
    from facewright.editor.storage.projects import Projects


_BUNDLED = (
    ("adults", "Adults", "Adults of one data set, in the finest detail: the model that opens first."),
    (
        "people",
        "People of All Ages",
        "Newborns to the old, patients' noses, sliders of age, sex, weight and ancestry.",
    ),
)
"""Models that ship, by name: what they are called, and whom they know."""


class FileActions(ActionGroup):
    """Projects, models and exports."""

    TITLE = "&File"

    def __init__(
        self,
        projects: Projects,
        files: Files,
        exporter: Exporter,
        ask_for_scan: Callable[[], object],
        restore_unsaved: Callable[[], object],
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._projects = projects
        self.new = self.action("New", "Ctrl+N", "Start a new project with the mean head.", projects.new)
        self.open = self.action(
            "Open…", "Ctrl+O", "Open a project; or drop its file onto the window.", projects.ask_to_open
        )
        self.save = self.action("Save", "Ctrl+S", "Save the project: heads, history and view.", projects.save)
        self.save_as = self.action("Save As…", "Ctrl+Shift+S", "Save the project in a new file.", projects.ask_to_save)
        self.restore = self.action(
            "Restore Unsaved Work…", "Ctrl+Alt+U", "Show what was not saved when Facewright ended without warning.",
            restore_unsaved,
        )  # fmt: skip
        self.open_scan = self.action(
            "Open Scan…", "Ctrl+I", "Open the scan of a face to fit the model to it; or drop its file onto the window.",
            ask_for_scan,
        )  # fmt: skip
        self.open_model = self.action(
            "Open Model…", "Ctrl+Shift+O", "Start a new project with another head model.", projects.ask_for_model
        )
        self.bundled = [
            self.action(title, "", tip, partial(projects.open, bundled_model(name))) for name, title, tip in _BUNDLED
        ]
        self.carry_over = [
            self.action(f"To {title}", "", tip, partial(projects.carry_over, bundled_model(name)))
            for name, title, tip in _BUNDLED
        ]
        self.carry_over_to_file = self.action(
            "To Another Model…", "", "Fit this project's heads in the model of a file, as a new project.",
            projects.ask_to_carry_over,
        )  # fmt: skip
        self.export_obj = self.action(
            "Export OBJ…", "Ctrl+E", "Save this head as an OBJ mesh in millimetres, at full resolution.",
            files.ask_for_obj,
        )  # fmt: skip
        self.export = self.action(
            "Export…", "Ctrl+Alt+O", f"Save variants as {listed()}, with UVs, parts and morph targets.",
            exporter.ask,
        )  # fmt: skip
        self.quit = self.action("Quit", "Ctrl+Q", "Close Facewright.", window.close)

    def fill(self, menu: QMenu, report: QAction | None = None) -> None:
        """New, open and save; recent files; models; exports; the end."""
        menu.addActions([self.new, self.open])
        recent = menu.addMenu("Open &Recent")
        recent.aboutToShow.connect(lambda: self._fill_recent(recent))
        menu.addActions([self.save, self.save_as, self.restore])
        menu.addSeparator()
        menu.addActions([self.open_scan, self.open_model])
        menu.addMenu("Bundled &Models").addActions(self.bundled)
        menu.addMenu("Carry Heads O&ver").addActions([*self.carry_over, self.carry_over_to_file])
        menu.addSeparator()
        menu.addActions([self.export_obj, self.export, *([report] if report else [])])
        menu.addSeparator()
        menu.addAction(self.quit)

    def _fill_recent(self, menu: QMenu) -> None:
        """List the projects that were last open, newest first."""
        menu.clear()
        for path in self._projects.recent.paths():
            action = menu.addAction(literal(path.name), partial(self._projects.open, path))
            action.setToolTip(plain_tip(str(path)))
        if menu.isEmpty():
            menu.addAction("No recent projects").setEnabled(False)
        menu.addSeparator()
        clear = menu.addAction("Clear Recent", self._projects.forget)
        clear.setEnabled(bool(self._projects.recent.remembered()))
        clear.setToolTip("Forget which projects were open. Settings has a switch that keeps none.")
        menu.setToolTipsVisible(True)
