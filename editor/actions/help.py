"""The Help menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from facewright.editor.desktop.about import show_about
from facewright.editor.desktop.action_group import ActionGroup
from facewright.editor.desktop.key_sheet import KeySheet
from facewright.editor.desktop.palette import CommandPalette
from facewright.editor.desktop.welcome import Welcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QMainWindow, QMenu

    from facewright.editor.desktop.palette import Entry
    from facewright.editor.desktop.settings import Settings
    from facewright.editor.document import Document


class HelpActions(ActionGroup):
    """How to find things, and what the program is."""

    TITLE = "&Help"

    def __init__(
        self, document: Document, settings: Settings, window: QMainWindow, sliders: Callable[[], Sequence[Entry]]
    ) -> None:
        """sliders : what else can be found beside commands, by name."""
        super().__init__(window)
        self.welcome = self.action(
            "First Steps", "F1", "What to do first, in one screen.", lambda: Welcome(settings, window).show()
        )
        self.find = self.action(
            "Find Command…", "F3", "Find any command, slider or expression by a few letters of its name.",
            lambda: CommandPalette(window.menuBar(), window, sliders()).open(),
        )  # fmt: skip
        self.find.setShortcuts([QKeySequence("F3"), QKeySequence("Ctrl+Shift+P")])
        self.keys = self.action(
            "Keyboard and Mouse", "Ctrl+/", "Every shortcut, and how to move the camera.",
            lambda: KeySheet(window.menuBar(), settings, window).open(),
        )  # fmt: skip
        self.about = self.action(
            "About Facewright", "Shift+F1", "The model, the data behind it and their licences.",
            lambda: show_about(window, document.model),
        )  # fmt: skip

    def fill(self, menu: QMenu) -> None:
        """First steps first."""
        menu.addActions([self.welcome, self.find, self.keys])
        menu.addSeparator()
        menu.addAction(self.about)
