"""Every action of the editor, in its menu and with its shortcut: one file a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from editor.actions.edit import EditActions
from editor.actions.file import FileActions
from editor.actions.head import HeadActions
from editor.actions.help import HelpActions
from editor.actions.measure import MeasureActions
from editor.actions.train import TrainActions
from editor.actions.variants import VariantActions
from editor.actions.view import ViewActions
from editor.desktop.mnemonics import underline_menus

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QMenuBar, QToolBar

    from editor.desktop.settings import Settings
    from editor.document import Document
    from editor.export.exporter import Exporter
    from editor.grab_tool import GrabTool
    from editor.measurement.measurement import Measurement
    from editor.storage.files import Files
    from editor.storage.projects import Projects
    from editor.training.training import Training
    from editor.viewing import Viewing


class Actions:
    """All actions by menu; `fill_menus` and `fill_toolbar` put them in their places."""

    def __init__(
        self,
        document: Document,
        viewing: Viewing,
        settings: Settings,
        projects: Projects,
        files: Files,
        exporter: Exporter,
        ask_for_scan: Callable[[], object],
        restore_unsaved: Callable[[], object],
        hand: GrabTool,
        training: Training,
        measurement: Measurement,
        rename: Callable[[], None],
        window: QMainWindow,
    ) -> None:
        self.file = FileActions(projects, files, exporter, ask_for_scan, restore_unsaved, window)
        self.edit = EditActions(document, viewing.viewport, hand, window)
        self.head = HeadActions(document, projects, window)
        self.variants = VariantActions(document, rename, window)
        self.measure = MeasureActions(document, viewing.viewport, measurement, self.edit, window)
        self.train = TrainActions(training, window)
        self.view = ViewActions(document, viewing, settings, window)
        self.help = HelpActions(document, settings, window)

    def fill_menus(
        self,
        menu_bar: QMenuBar,
        show_blend: QAction,
        show_measurements: QAction,
        show_training: QAction,
        panels: list[QAction],
    ) -> None:
        """Put every action into a menu; `show_…` and `panels` show and hide docks."""
        self.file.fill(menu_bar.addMenu(self.file.TITLE), self.measure.report)
        for group in (self.edit, self.head):
            group.fill(menu_bar.addMenu(group.TITLE))
        self.variants.fill(menu_bar.addMenu(self.variants.TITLE), show_blend)
        self.measure.fill(menu_bar.addMenu(self.measure.TITLE), show_measurements)
        self.train.fill(menu_bar.addMenu(self.train.TITLE), show_training)
        self.view.fill(menu_bar.addMenu(self.view.TITLE), panels)
        self.help.fill(menu_bar.addMenu(self.help.TITLE))
        underline_menus(menu_bar)

    def fill_toolbar(self, toolbar: QToolBar) -> None:
        """Put the actions that the hand wants most into the tool bar."""
        head, view = self.head, self.view
        for actions in (
            (self.edit.undo, self.edit.redo),
            (head.reset_head, head.random_head, self.edit.symmetric, self.edit.drag),
            (*view.views[:5], view.reset_view),
            (view.wireframe, view.map, view.split, view.picture),
        ):
            toolbar.addActions(actions)
            toolbar.addSeparator()
        toolbar.addActions([self.file.open_scan, self.file.export])
