"""The Edit menu."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from facewright.editor import commands
from facewright.editor.clipboard import copy_head, paste_head
from facewright.editor.desktop.action_group import ActionGroup

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow, QMenu

    from facewright.editor.document import Document, Tools
    from facewright.editor.scan.scan_session import ScanSession
    from facewright.editor.sculpt.brush_tool import BrushTool


class EditActions(ActionGroup):
    """Undo, the clipboard, tools for the surface, and left and right."""

    TITLE = "&Edit"

    def __init__(self, document: Document, scans: ScanSession, brush: BrushTool, window: QMainWindow) -> None:
        super().__init__(window)
        self._document = document
        self.undo = document.undo_stack.createUndoAction(self, "&Undo")
        self.redo = document.undo_stack.createRedoAction(self, "&Redo")
        self.undo.setToolTip("Take the last step back (Ctrl+Z)")  # its text names the step, with names from files
        self.redo.setToolTip("Do it again (Ctrl+Shift+Z)")
        self.undo.setIconText("Undo")  # keeps the tool bar still while the menu names the step
        self.redo.setIconText("Redo")
        self.undo.setShortcut(QKeySequence.StandardKey.Undo)
        self.redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.undo_click = self.action("Undo Click", "", "Take the last landmark back.", scans.undo_click)
        self.undo_click.setShortcut(QKeySequence.StandardKey.Undo)
        self.undo_click.setIconText("Undo")
        self.stop_clicking = self.action(
            "Stop Clicking", "Escape", "Leave the scan where it was before the first landmark.", scans.stop_clicking
        )
        self.copy = self.action(
            "Copy Head", "Ctrl+Alt+C", "Copy the head for another project, or as text for the command line.",
            lambda: copy_head(document),
        )  # fmt: skip
        self.paste = self.action(
            "Paste Head", "Ctrl+Alt+V", "Set the head that was copied; locked parts stay.",
            lambda: paste_head(document, window),
        )  # fmt: skip
        self.symmetric = self.toggle(
            "Edit Symmetrically", "Ctrl+Alt+S",
            "Change both sides alike. The asymmetry that the head already has stays.",
            lambda on: document.set_tools(replace(document.tools, symmetric=on)),
        )  # fmt: skip
        self.mirror = self.action("Mirror Head", "Ctrl+M", "Swap left and right.", lambda: commands.mirror(document))
        self.make_symmetric = self.action(
            "Make Head Symmetric", "Ctrl+Alt+Shift+A", "Take away the asymmetry of every part that is not locked.",
            lambda: commands.make_symmetric(document),
        )  # fmt: skip
        self.drag = self.toggle(
            "Drag Surface", "G", "Pull the surface with the left button: the part that it belongs to follows.",
            lambda on: None,  # whoever gives out the left button follows the action itself
        )  # fmt: skip
        self.brush = self.toggle(
            "Brush", "B", "Sculpt the surface with the left button: pull, inflate or smooth it by millimetres.",
            lambda on: None,  # likewise
        )  # fmt: skip
        self.wider = self.action("Wider Brush", "]", "Widen the brush by a quarter.", brush.widen)
        self.narrower = self.action("Narrower Brush", "[", "Narrow the brush by a fifth.", brush.narrow)
        self.clear_brush = self.action(
            "Clear Brush Work",
            "Ctrl+Shift+B",
            "Take all brush work off this head; sliders and locked parts stay.",
            brush.clear,
        )
        document.tools_changed.connect(self._show_tools)

    def fill(self, menu: QMenu) -> None:
        """Undo; the clipboard; left and right."""
        menu.addActions([self.undo, self.undo_click, self.stop_clicking, self.redo])
        menu.addSeparator()
        menu.addActions([self.copy, self.paste])
        menu.addSeparator()
        menu.addActions([self.drag, self.brush, self.narrower, self.wider, self.clear_brush])
        menu.addSeparator()
        menu.addActions([self.symmetric, self.mirror, self.make_symmetric])

    def _show_tools(self, tools: Tools) -> None:
        self.symmetric.setChecked(tools.symmetric)
