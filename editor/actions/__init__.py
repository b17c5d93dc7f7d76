"""Every action of the editor, in its menu and with its shortcut: one file a menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facewright.editor.desktop.mnemonics import underline_menus

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenuBar, QToolBar

    from facewright.editor.actions.edit import EditActions
    from facewright.editor.actions.file import FileActions
    from facewright.editor.actions.head import HeadActions
    from facewright.editor.actions.help import HelpActions
    from facewright.editor.actions.measure import MeasureActions
    from facewright.editor.actions.train import TrainActions
    from facewright.editor.actions.variants import VariantActions
    from facewright.editor.actions.view import ViewActions


@dataclass(frozen=True)
class Actions:
    """All actions by menu; `fill_menus` and `fill_toolbar` put them in their places."""

    file: FileActions
    edit: EditActions
    head: HeadActions
    variants: VariantActions
    measure: MeasureActions
    train: TrainActions
    view: ViewActions
    help: HelpActions

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
            (self.edit.undo, self.edit.undo_click, self.edit.redo),
            (head.reset_head, head.random_head, self.edit.symmetric, self.edit.drag, self.edit.brush),
            (*view.views[:5], view.reset_view),
            (view.wireframe, view.map, view.split, view.picture),
        ):
            toolbar.addActions(actions)
            toolbar.addSeparator()
        toolbar.addActions([self.file.open_scan, self.file.export])
