"""What the groups of actions share: one group a menu, one file a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMenu


class ActionGroup(QObject):
    """The actions of one menu."""

    TITLE = ""
    """The menu's title, with its key."""

    def fill(self, menu: QMenu) -> None:
        """Put the actions into their menu."""
        raise NotImplementedError

    def action(self, text: str, shortcut: str, tip: str, slot: Callable[[], object]) -> QAction:
        """An action that calls `slot`; its tool tip teaches the shortcut."""
        action = QAction(text, self)
        self.describe(action, shortcut, tip)
        action.triggered.connect(lambda: slot())
        return action

    def toggle(self, text: str, shortcut: str, tip: str, slot: Callable[[bool], object]) -> QAction:
        """An action that is on or off, and calls `slot` with which when a person changes it."""
        action = QAction(text, self)
        action.setCheckable(True)
        self.describe(action, shortcut, tip)
        action.triggered.connect(lambda checked: slot(checked))  # to a partial PySide would give no argument
        return action

    @staticmethod
    def describe(action: QAction, shortcut: str, tip: str) -> None:
        """Give an action its shortcut and say what it does."""
        action.setShortcut(shortcut)
        action.setStatusTip(tip)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
