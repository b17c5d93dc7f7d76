"""From the menu to an anatomy: a mesh is asked for, read off the GUI thread, and shown in a dialog of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal

from facewright.editor.anatomy.dialog import AnatomyDialog
from facewright.editor.anatomy.neutral_head import MESH_FILTER, read_neutral_head
from facewright.editor.background import Background
from facewright.editor.storage.file_work import FileChooser, progress_dialog, work

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from facewright.editor.anatomy.neutral_head import NeutralHead


class AnatomyMaker(QObject):
    """One thread for all anatomies that are made."""

    saved = Signal(object)
    """The file (`Path`) of an anatomy that was written."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._background = Background("anatomy", self)
        self.dialog: AnatomyDialog | None = None

    def ask(self, parent: QWidget | None = None) -> None:
        """Let the user choose a neutral head, then open it over `parent`, by default the window."""
        over = parent or self._window
        chooser = FileChooser(over, QStandardPaths.StandardLocation.DocumentsLocation)
        chooser.ask("Make Anatomy: One Neutral Head", MESH_FILTER, partial(self.open, parent=over))

    def open(self, path: Path, parent: QWidget | None = None) -> None:
        """Read a mesh and show it; if it cannot be used, say why."""
        over = parent or self._window
        progress = progress_dialog(over, f"Reading {path.name}…")
        work(self._background, over, progress, partial(read_neutral_head, path), partial(self._show, over))

    def close(self) -> None:
        """Give up what is open, wait for the work under way and end the thread."""
        if self.dialog:
            self.dialog.done(0)
        self._background.close()

    def _show(self, over: QWidget, head: NeutralHead) -> None:
        dialog = self.dialog = AnatomyDialog(head, self._background, over)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.saved.connect(self.saved)
        dialog.finished.connect(self._forget)
        dialog.open()

    def _forget(self) -> None:
        self.dialog = None
