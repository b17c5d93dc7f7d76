"""Every action of the editor, in its menu and with its shortcut."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from editor import commands
from editor.about import show_about
from editor.wording import PANEL_ORDER, SUBJECTS, TITLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMainWindow, QMenuBar, QToolBar

    from core.parts import CodeName
    from editor.document import Document
    from editor.files import Files
    from editor.viewport import ViewName, Viewport

_LETTERS: dict[CodeName, str] = {"nose": "N", "eyes": "E", "mouth": "M", "remainder": "H", "expression": "X"}
_VIEWS: tuple[tuple[ViewName, str, str], ...] = (
    ("front", "Front", "Look straight at the face."),
    ("left", "Left", "Look at the subject's left side."),
    ("right", "Right", "Look at the subject's right side."),
    ("three-quarter", "Three-Quarter", "Look from between the front and the left."),
    ("basal", "Basal", "Look up from below, at the base of the nose."),
)


@dataclass(frozen=True)
class PartActions:
    """What can be done with one code as a whole."""

    mean: QAction
    random: QAction


class Actions(QObject):
    """All actions; `fill_menus` and `fill_toolbar` put them in their places."""

    def __init__(self, document: Document, viewport: Viewport, files: Files, window: QMainWindow) -> None:
        super().__init__(window)
        rng = np.random.default_rng()
        self.open_model = self._action("Open Model…", "Ctrl+O", "Load another head model.", files.ask_for_model)
        self.export_obj = self._action(
            "Export OBJ…", "Ctrl+E", "Save this head as an OBJ mesh in millimetres, at full resolution.",
            files.ask_for_obj,
        )  # fmt: skip
        self.quit = self._action("Quit", "Ctrl+Q", "Close Facewright.", window.close)
        self.undo = document.undo_stack.createUndoAction(self, "Undo")
        self.redo = document.undo_stack.createRedoAction(self, "Redo")
        self.undo.setIconText("Undo")  # keeps the tool bar still while the menu names the step
        self.redo.setIconText("Redo")
        self.undo.setShortcuts(QKeySequence.keyBindings(QKeySequence.StandardKey.Undo))
        self.redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.mean_head = self._action(
            "Mean Head", "Alt+Shift+A", "Set every slider to 0: the mean of the training heads.",
            partial(commands.set_mean_head, document),
        )  # fmt: skip
        self.random_head = self._action(
            "Random Head", "Ctrl+Shift+A", "Draw every part as the training heads vary; the expression stays.",
            partial(commands.set_random_head, document, rng),
        )  # fmt: skip
        self.parts = {code: self._part_actions(document, code, rng) for code in PANEL_ORDER}
        self.views = [
            self._action(title, f"Ctrl+{number}", tip, partial(viewport.set_view, name))
            for number, (name, title, tip) in enumerate(_VIEWS, start=1)
        ]
        self.reset_view = self._action("Reset View", "Ctrl+0", "Undo orbit, pan and zoom.", viewport.reset_view)
        self.about = self._action(
            "About Facewright", "F1", "The model, the data behind it and their licences.",
            lambda: show_about(window, document.model),
        )  # fmt: skip

    def fill_menus(self, menu_bar: QMenuBar, show_panels: QAction) -> None:
        """Put every action into a menu; `show_panels` shows and hides the dock."""
        file = menu_bar.addMenu("&File")
        file.addActions([self.open_model, self.export_obj])
        file.addSeparator()
        file.addAction(self.quit)
        menu_bar.addMenu("&Edit").addActions([self.undo, self.redo])
        head = menu_bar.addMenu("&Head")
        head.addActions([self.mean_head, self.random_head])
        for part in self.parts.values():
            head.addSeparator()
            head.addActions([part.mean, part.random])
        view = menu_bar.addMenu("&View")
        view.addActions(self.views)
        view.addSeparator()
        view.addAction(self.reset_view)
        view.addSeparator()
        show_panels.setShortcut("F9")
        view.addAction(show_panels)
        menu_bar.addMenu("&Help").addAction(self.about)

    def fill_toolbar(self, toolbar: QToolBar) -> None:
        """Put the actions that the hand wants most into the tool bar."""
        for group in ((self.undo, self.redo), (self.mean_head, self.random_head), (*self.views, self.reset_view)):
            toolbar.addActions(group)
            toolbar.addSeparator()
        toolbar.addAction(self.export_obj)

    def _part_actions(self, document: Document, code: CodeName, rng: np.random.Generator) -> PartActions:
        title, letter = TITLES[code], _LETTERS[code]
        return PartActions(
            mean=self._action(
                f"Mean {title}", f"Alt+Shift+{letter}", f"Set to the mean of {SUBJECTS[code]} of the training heads.",
                partial(commands.set_mean, document, code),
            ),
            random=self._action(
                f"Random {title}", f"Ctrl+Shift+{letter}", f"Draw as {SUBJECTS[code]} of the training heads vary.",
                partial(commands.set_random, document, code, rng),
            ),
        )  # fmt: skip

    def _action(self, text: str, shortcut: str, tip: str, slot: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(shortcut)
        action.setStatusTip(tip)
        action.setToolTip(f"{tip} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
        action.triggered.connect(lambda: slot())
        return action
