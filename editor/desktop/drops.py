"""Files dropped onto a window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget


class FileDrops(QObject):
    """Opens the first of the files dropped onto a window that anything opens.

    opens : by whether it takes a file of a name, what opens it.
    """

    told = Signal(str)
    """What became of several files at once, for the status bar."""

    def __init__(self, window: QWidget, opens: Mapping[Callable[[Path], bool], Callable[[Path], object]]) -> None:
        super().__init__(window)
        self._opens = opens
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what can be opened."""
        if isinstance(event, QDropEvent) and event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            files = _files(event)
            for path in files:
                for takes, opened in self._opens.items():
                    if takes(path):
                        event.acceptProposedAction()
                        if not isinstance(event, QDragEnterEvent):
                            opened(path)
                            if len(files) > 1:
                                self.told.emit(f"Of {len(files)} files {path.name} is opened: drop one at a time.")
                        return True
        return super().eventFilter(watched, event)


def _files(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
