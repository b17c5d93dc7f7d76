"""What nobody foresaw: an exception that reaches Qt is told in the window too, not in the terminal alone."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from facewright.core.errors import FacewrightError
from facewright.editor.desktop.messages import show_error

if TYPE_CHECKING:
    from types import TracebackType

    from PySide6.QtWidgets import QMessageBox, QWidget


class Unforeseen(QObject):
    """Opens a box over a window for the first of such exceptions, and for the next once that is closed."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._box: QMessageBox | None = None

    def tell(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Tell of an exception, as `sys.excepthook` is called; of one that a person can act on, its message alone."""
        if isinstance(error, FacewrightError) and threading.current_thread() is threading.main_thread():
            show_error(self._window, str(error))
            return
        sys.__excepthook__(kind, error, trace)
        if self._box or threading.current_thread() is not threading.main_thread():
            return
        self._box = show_error(
            self._window,
            f"Something went wrong that Facewright did not foresee ({kind.__name__}: {error}). "
            "Nothing that was edited is lost; save the project before you go on.",
        )
        self._box.finished.connect(self._forget)

    def _forget(self) -> None:
        self._box = None
