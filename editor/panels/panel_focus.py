"""Where the keys go when a panel is asked for, or put away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDockWidget, QWidget


def lead_keys_into(panel: QDockWidget, elsewhere: QWidget) -> None:
    """Give a panel the focus whenever its action shows it, and `elsewhere` when that puts it away."""
    by_key = Qt.FocusReason.TabFocusReason
    panel.toggleViewAction().triggered.connect(lambda shown: (_first(panel) if shown else elsewhere).setFocus(by_key))


def _first(panel: QDockWidget) -> QWidget:
    """The first widget of a panel that the Tab key would come to; the panel itself if there is none."""
    widget = panel.nextInFocusChain()
    while widget and panel.isAncestorOf(widget):
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            return widget
        widget = widget.nextInFocusChain()
    return panel
