"""Where the windows and panels were when the program was closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QMainWindow

_GEOMETRY, _STATE = "layout/geometry", "layout/state"
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
