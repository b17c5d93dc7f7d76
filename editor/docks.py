"""The panels beside the viewport: where they stand, and the actions that show and hide them."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QTabBar, QWidget

from facewright.editor.desktop.action_group import ActionGroup
from facewright.editor.desktop.layout_memory import leave_room
from facewright.editor.panels.panel_focus import lead_keys_into

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow

_PARTS_WIDTH, _SIDE_WIDTH = 440, 240

_BESIDE_PARTS = "My Sliders"
"""Of the others the one that stands below the parts: sliders, too."""

_KEYS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Parts": ("F9", "Show or hide the sliders."),
        "History": ("Ctrl+H", "Show or hide the list of all steps."),
        "Blend": ("Ctrl+B", "Show or hide the sliders between two variants."),
        "My Sliders": ("F10", "Show or hide the sliders that you have made yourself."),
        "Brush": ("Shift+B", "Show or hide how the brush acts: what it does, its width and its strength."),
        "Measurements": ("F7", "Show or hide the distances and angles of the face, and what they change by."),
        "Operations": ("Shift+F7", "Show or hide the sliders of operations in mm and degrees, and their list."),
        "Scan": ("F8", "Show or hide the panel in which a patient's scan is placed and fitted."),
        "Training": ("F6", "Show or hide the training run: its curves and its checkpoints."),
    }
)
"""The shortcut that shows and hides each panel, and what it says of itself."""


_SMALL, _TINY = 1360, 960
"""Pixels across that sliders, a head and a table take, and with a narrow panel in the table's place."""
_TALL = ("Measurements", "Operations", "Scan", "Training")
"""Panels that need the window's whole height: they stand behind each other, with tabs."""


class Docks:
    """The docks of a window: the sliders at the right, the others at the left, hidden until they are asked for.

    On small screens tall ones stand at the right, too, before the sliders; on tiny ones all of them.
    """

    def __init__(self, window: QMainWindow, viewport: QWidget, parts: QWidget, others: Mapping[str, QWidget]) -> None:
        """viewport : what has the keys again once a panel is put away; others : by their titles."""
        self._window = window
        right = self._add("Parts", parts, Qt.DockWidgetArea.RightDockWidgetArea)
        right.setTitleBarWidget(QWidget(right))  # no bar: the panels' own titles say it
        areas = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        left = {title: self._add(title, panel, areas[title == _BESIDE_PARTS]) for title, panel in others.items()}
        across = window.screen().availableSize().width()
        behind = [left[title] for title in (left if across < _TINY else _TALL) if title in left]
        if across < _SMALL:  # panels at both sides would leave little of the head
            behind.insert(0, right)
        for first, second in pairwise(behind):
            window.tabifyDockWidget(first, second)
        for dock in left.values():
            dock.hide()
        self._docks = {"Parts": right, **left}
        self._behind: set[str] = set()
        for title, dock in self._docks.items():
            dock.visibilityChanged.connect(partial(self._note, title))
        widths = [_PARTS_WIDTH, _SIDE_WIDTH]
        window.resizeDocks([right, next(iter(left.values()))], widths, Qt.Orientation.Horizontal)
        for title, (keys, tip) in _KEYS.items():
            ActionGroup.describe(self.action(title), keys, tip)
            self.action(title).triggered.connect(lambda shown, title=title: self._raise(title, shown))
            lead_keys_into(self._docks[title], viewport)
        self.action("Blend").setText("Blend Variants")

    def action(self, title: str) -> QAction:
        """Shows and hides a panel."""
        return self._docks[title].toggleViewAction()

    def show_on(self, signal: SignalInstance, title: str) -> None:
        """Show a panel, over its neighbours, whenever a signal comes."""
        signal.connect(self._docks[title].show)
        signal.connect(self._docks[title].raise_)

    def tell_seen(self, title: str, slot: Callable[[bool], None]) -> None:
        """Tell whenever a panel is seen, and when it no longer is: hidden, or behind its neighbours."""
        self._docks[title].visibilityChanged.connect(slot)

    def show_with(self, action: QAction, title: str) -> None:
        """Show a panel as long as an action is checked."""
        action.toggled.connect(partial(self._follow, title))

    def _follow(self, title: str, shown: bool) -> None:
        self._docks[title].setVisible(shown)
        if shown:
            self._docks[title].raise_()

    def _raise(self, title: str, shown: bool) -> None:
        """A panel that was asked for stands over its neighbours; one that stood behind them was not seen."""
        if shown or title in self._behind:
            self._docks[title].show()
            self._docks[title].raise_()

    def _note(self, title: str, visible: bool) -> None:
        """Take note which panels stand behind others."""
        if visible:
            self._behind.discard(title)
        elif not self._docks[title].isHidden():
            self._behind.add(title)

    def _add(self, title: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(title.lower())
        dock.setWidget(panel)
        dock.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a press beside a panel's fields takes the keys from them
        self._window.addDockWidget(area, dock)
        dock.visibilityChanged.connect(lambda visible: QTimer.singleShot(0, self._window, self._tend_tabs))
        dock.visibilityChanged.connect(self._leave_room)
        return dock

    def _leave_room(self, visible: bool) -> None:
        """Qt gives a panel that comes the width of the one before, which may have been more than a small screen has."""
        if visible:
            QTimer.singleShot(0, self._window, partial(leave_room, self._window))

    def _tend_tabs(self) -> None:
        """Qt makes tabs of panels that have no room beside each other: say what they are.

        It keeps bars without a choice, off the window: no key is to lead there.
        """
        for tabs in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            tabs.setAccessibleName("Panels")
            tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus if tabs.count() > 1 else Qt.FocusPolicy.NoFocus)
