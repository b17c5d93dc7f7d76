"""The Help menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from editor.about import show_about
from editor.actions.group import ActionGroup

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow, QMenu

    from editor.document import Document


class HelpActions(ActionGroup):
    """What the program is."""

    TITLE = "&Help"

    def __init__(self, document: Document, window: QMainWindow) -> None:
        super().__init__(window)
        self.about = self.action(
            "About Facewright", "F1", "The model, the data behind it and their licences.",
            lambda: show_about(window, document.model),
        )  # fmt: skip

    def fill(self, menu: QMenu) -> None:
        """About."""
        menu.addAction(self.about)
