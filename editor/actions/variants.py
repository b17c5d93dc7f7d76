"""The Variants menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from facewright.editor import commands
from facewright.editor.desktop.action_group import ActionGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow, QMenu

    from facewright.core.project import EditState
    from facewright.editor.document import Document


class VariantActions(ActionGroup):
    """Named heads: branch, return, compare, blend."""

    TITLE = "V&ariants"

    def __init__(self, document: Document, rename: Callable[[], None], window: QMainWindow) -> None:
        super().__init__(window)
        self._document = document
        self._previous: str | None = None
        self._shown = document.state.variant.name
        self.branch = self.action(
            "New Variant", "Ctrl+T", "Go on in a copy of this head; this one stays as it is.",
            partial(commands.branch, document),
        )  # fmt: skip
        self.rename = self.action("Rename Variant…", "F2", "Give this head another name.", rename)
        self.delete = self.action(
            "Delete Variant", "Ctrl+W", "Take this head out of the project; undo brings it back.",
            lambda: commands.delete(document, document.state.active),
        )  # fmt: skip
        self.flip = self.action(
            "Go Back and Forth", "Ctrl+Space", "Show the variant that was shown before this one: compare the two.",
            self._flip,
        )  # fmt: skip
        self.next = self.action("Next Variant", "Ctrl+PgDown", "Show the variant to the right.", partial(self._step, 1))
        self.previous = self.action(
            "Previous Variant", "Ctrl+PgUp", "Show the variant to the left.", partial(self._step, -1)
        )
        document.state_changed.connect(self._show_state)
        self._show_state(document.state)

    def fill(self, menu: QMenu, show_blend: QAction | None = None) -> None:
        """Making, returning to and deleting variants; `show_blend` shows the panel that blends two."""
        menu.addActions([self.branch, self.rename])
        menu.addSeparator()
        menu.addActions([self.flip, self.next, self.previous])
        if show_blend:
            menu.addSeparator()
            menu.addAction(show_blend)
        menu.addSeparator()
        menu.addAction(self.delete)

    def _step(self, step: int) -> None:
        state = self._document.state
        commands.activate(self._document, (state.active + step) % len(state.variants))

    def _flip(self) -> None:
        state = self._document.state
        index = state.named(self._previous or "")
        self._step(-1) if index in (None, state.active) else commands.activate(self._document, index)

    def _show_state(self, state: EditState) -> None:
        if state.variant.name != self._shown:
            if state.named(self._shown) is not None:  # else it was renamed or deleted
                self._previous = self._shown
            self._shown = state.variant.name
        for action in (self.delete, self.flip, self.next, self.previous):
            action.setEnabled(len(state.variants) > 1)
