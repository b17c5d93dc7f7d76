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
    from pathlib import Path

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QMenu

    from facewright.editor.export.conformer import Conformer
    from facewright.editor.export.exporter import Exporter
    from facewright.editor.storage.files import Files
    from facewright.editor.storage.projects import Projects


_BUNDLED = (
    (
        "people",
        "&People of All Ages",
        "Newborns to the old, patients' noses, sliders of age, sex, weight and ancestry: the model that opens first.",
    ),
    ("adults", "&Adults", "Adults of one data set, whose mean head is an adult's."),
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
        conformer: Conformer,
        ask_for_scan: Callable[[], object],
        ask_for_volume: Callable[[], object],
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
        self.open_volume = self.action(
            "Open CT or MR…", "Ctrl+Shift+I",
            "Fit the model to the skin in a folder of DICOM slices; one of its files, or NIfTI, opens as a scan does.",
            ask_for_volume,
        )  # fmt: skip
        self.open_model = self.action(
            "Open Model…", "Ctrl+Shift+O", "Start a new project with another head model.", projects.ask_for_model
        )
        self.export_obj = self.action(
            "Export OBJ…", "Ctrl+E", "Save this head as an OBJ mesh in millimetres, at full resolution.",
            files.ask_for_obj,
        )  # fmt: skip
        self.export = self.action(
            "Export…", "Ctrl+Alt+O", f"Save variants as {listed()}, with UVs, parts and morph targets.",
            exporter.ask,
        )  # fmt: skip
        self.conform = self.action(
            "Conform a Mesh…", "Ctrl+Alt+Y",
            "Register your own head mesh once; then export any head on its faces and UVs.", conformer.ask,
        )  # fmt: skip
        self.quit = self.action("Quit", "Ctrl+Q", "Close Facewright.", window.close)

    def fill(self, menu: QMenu, report: QAction | None = None) -> None:
        """New, open and save; recent files; models; exports; the end."""
        menu.addActions([self.new, self.open])
        recent = menu.addMenu("Open &Recent")
        recent.aboutToShow.connect(lambda: self._fill_recent(recent))
        menu.addActions([self.save, self.save_as, self.restore])
        menu.addSeparator()
        menu.addActions([self.open_scan, self.open_volume, self.open_model])
        bundled, carry = menu.addMenu("Bundled &Models"), menu.addMenu("Carry Heads O&ver")
        bundled.aboutToShow.connect(lambda: self._fill_models(bundled, self._projects.open))
        carry.aboutToShow.connect(lambda: self._fill_carry_over(carry))
        menu.addSeparator()
        menu.addActions([self.export_obj, self.export, self.conform, *([report] if report else [])])
        menu.addSeparator()
        menu.addAction(self.quit)

    @staticmethod
    def _fill_models(menu: QMenu, chosen: Callable[[Path], object]) -> None:
        """List the models that ship, by whom they know."""
        menu.clear()
        for name, title, tip in _BUNDLED:
            menu.addAction(title, partial(chosen, bundled_model(name))).setToolTip(tip)
        menu.setToolTipsVisible(True)

    def _fill_carry_over(self, menu: QMenu) -> None:
        """List the models in which this project's heads can be fitted."""
        self._fill_models(menu, self._projects.carry_over)
        other = menu.addAction("&Other Model…", self._projects.ask_to_carry_over)
        other.setToolTip("Fit this project's heads in the model of a file, as a new project.")

    def _fill_recent(self, menu: QMenu) -> None:
        """List the projects that were last open, newest first."""
        menu.clear()
        paths = self._projects.recent.paths()
        for path in paths:
            action = menu.addAction(literal(path.name), partial(self._projects.open, path))
            action.setToolTip(plain_tip(str(path)))
        if not paths:
            menu.addAction("No recent projects").setEnabled(False)
        menu.addSeparator()
        clear = menu.addAction("Clear Recent", self._projects.forget)
        clear.setEnabled(bool(paths))
        clear.setToolTip("Forget which projects were open. Settings has a switch that keeps none.")
        menu.setToolTipsVisible(True)
