"""What can be done while an anatomy is made, each with its shortcut."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from facewright.editor.desktop.action_group import ActionGroup
from facewright.editor.viewport.pose import STANDARD_VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from facewright.editor.anatomy.part_brush import PartBrush
    from facewright.editor.anatomy.session import AnatomySession
    from facewright.editor.anatomy.view import AnatomyView

_SHOWN_VIEWS = 5
_OUT_OF_SCREEN, _ACROSS = (0.0, 0.0, -1.0), (1.0, 0.0, 0.0)


class AnatomyActions(ActionGroup):
    """The dialog's actions; it puts them into its tool bar and its panels."""

    def __init__(
        self,
        session: AnatomySession,
        view: AnatomyView,
        brush: PartBrush,
        remove: Callable[[], None],
        save: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.undo = session.undo_stack.createUndoAction(self, "Undo")
        self.redo = session.undo_stack.createRedoAction(self, "Redo")
        self.undo.setIconText("Undo")
        self.redo.setIconText("Redo")
        self.undo.setShortcut(QKeySequence.StandardKey.Undo)
        self.redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.views = [
            self.action(title, f"Ctrl+{number}", tip, partial(view.viewport.set_view, name))
            for number, (name, title, tip) in enumerate(STANDARD_VIEWS[:_SHOWN_VIEWS], start=1)
        ]
        self.wireframe = self.toggle(
            "Wireframe", "W", "Show the mesh's edges, between which the vertices lie.",
            lambda on: view.viewport.set_display(replace(view.viewport.display, wireframe=on)),
        )  # fmt: skip
        self.roll = self.action(
            "Roll", "Ctrl+R", "Turn a head that lies on its side by a quarter. Its file stays as it is.",
            lambda: view.turn(_OUT_OF_SCREEN),
        )  # fmt: skip
        self.tip = self.action(
            "Tip", "Ctrl+Shift+R", "Turn the head by a quarter, its top towards you. Its file stays as it is.",
            lambda: view.turn(_ACROSS),
        )  # fmt: skip
        self.remove = self.action("Remove", "Del", "Take the selected landmark off the head.", remove)
        self.find = self.action(
            "Find Parts", "Ctrl+F",
            "Find nose, eyes and mouth, left-right pairs and openings from the landmarks. It takes some seconds.",
            session.find,
        )  # fmt: skip
        self.grow = self.action(
            "Grow", "Ctrl+Up", "Add the ring of vertices round the part.", lambda: session.grow(brush.component)
        )
        self.shrink = self.action(
            "Shrink", "Ctrl+Down", "Take the part's outermost ring of vertices away.",
            lambda: session.shrink(brush.component),
        )  # fmt: skip
        self.forget = self.action(
            "Forget Painting", "Ctrl+Backspace", "Draw this part by its outline again, as it was found.",
            lambda: session.forget_painting(brush.component),
        )  # fmt: skip
        self.save = self.action("Save…", "Ctrl+S", "Write the anatomy into a file that training reads.", save)
        session.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        session = self._session
        has_parts = session.anatomy is not None
        self.find.setEnabled(not session.missing and not session.is_busy and not session.is_current)
        for action in (self.grow, self.shrink):
            action.setEnabled(has_parts)
        self.forget.setEnabled(has_parts and bool(session.draft.parts))
        self.save.setEnabled(session.is_current)
