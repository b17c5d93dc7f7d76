"""What a window's title says of its document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from facewright.editor.document import Document


class WindowTitle(QObject):
    """The project's file, whether it is saved, and the model."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        for signal in (document.file_changed, document.model_changed, document.model_moved):
            signal.connect(self._show)
        self._show()

    def _show(self) -> None:
        path, window = self._document.path, self._window
        window.setWindowTitle(f"{path.name if path else 'Untitled'}[*] — {self._document.model.name} — Facewright")
        window.setWindowModified(self._document.modified)
