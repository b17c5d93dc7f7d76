"""The View menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from editor.actions.group import ActionGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QMenu

    from editor.viewport import ViewName, Viewport

_VIEWS: tuple[tuple[ViewName, str, str], ...] = (
    ("front", "Front", "Look straight at the face."),
    ("left", "Left", "Look at the subject's left side."),
    ("right", "Right", "Look at the subject's right side."),
    ("three-quarter", "Three-Quarter", "Look from between the front and the left."),
    ("basal", "Basal", "Look up from below, at the base of the nose."),
)


class ViewActions(ActionGroup):
    """Where to look from."""

    TITLE = "&View"

    def __init__(self, viewport: Viewport, window: QMainWindow) -> None:
        super().__init__(window)
        self.views = [
            self.action(title, f"Ctrl+{number}", tip, partial(viewport.set_view, name))
            for number, (name, title, tip) in enumerate(_VIEWS, start=1)
        ]
        self.reset_view = self.action("Reset View", "Ctrl+0", "Undo orbit, pan and zoom.", viewport.reset_view)

    def fill(self, menu: QMenu, panels: Sequence[QAction] = ()) -> None:
        """Directions, then the actions that show and hide panels."""
        menu.addActions(self.views)
        menu.addSeparator()
        menu.addAction(self.reset_view)
        menu.addSeparator()
        menu.addActions(list(panels))
