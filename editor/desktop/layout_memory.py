"""Where the windows and panels were when the program was closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QMainWindow

_GEOMETRY, _STATE = "layout/geometry", "layout/state"
_LEAST_SHARE = 0.25
"""Of the window's width, that its middle has at least where the panels can be narrower."""
_SIDES = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
_VERSION = 1
"""Of the arrangement of panels; one of another version is not restored."""


def remember_layout(window: QMainWindow, store: QSettings) -> None:
    """Keep the window's place and size and its panels'."""
    store.setValue(_GEOMETRY, window.saveGeometry())
    store.setValue(_STATE, window.saveState(_VERSION))


def restore_layout(window: QMainWindow, store: QSettings) -> None:
    """Put the window and its panels where they were, if that is known and still makes sense to Qt."""
    geometry, state = store.value(_GEOMETRY), store.value(_STATE)
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
    if isinstance(state, QByteArray):
        window.restoreState(state, _VERSION)


def leave_room(window: QMainWindow) -> None:
    """Make the panels beside the window's middle as narrow as they can be where nearly nothing is left of it.

    A layout of a wide screen that Qt restores on a narrow one would leave none.
    """
    shown = [dock for dock in window.findChildren(QDockWidget) if dock.isVisible() and not dock.isFloating()]
    sides = [[dock for dock in shown if window.dockWidgetArea(dock) == side] for side in _SIDES]
    taken = sum(max((dock.width() for dock in docks), default=0) for docks in sides)
    if window.width() - taken >= _LEAST_SHARE * window.width():
        return
    docks = [dock for docks in sides for dock in docks]
    window.resizeDocks(docks, [dock.minimumSizeHint().width() for dock in docks], Qt.Orientation.Horizontal)
