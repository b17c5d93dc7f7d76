"""Asking for files and folders, with no trace of where a person has been: a folder's name may be a patient's.

Qt writes the last folder, the folders before it and the side bar into a file that all Qt programs share, each time that
a dialog is destroyed. So a dialog goes home before that. The system's own dialogs keep lists of theirs, which a program
cannot reach: they are not used for scans, nor where no file is to be remembered.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QSignalBlocker
from PySide6.QtWidgets import QFileDialog

from facewright.editor.desktop.settings import REMEMBER, Settings

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_STORE, _KEYS = "QtProject", ("FileDialog/history", "FileDialog/lastVisited")


class FileDialog(QFileDialog):
    """Qt's dialog, which keeps nothing of where it was."""

    def __init__(
        self, parent: QWidget, title: str, folder: str, name_filter: str = "", *, of_patients: bool = False
    ) -> None:
        """of_patients : the files are scans, of whose place the system's own dialog is not to know either."""
        super().__init__(parent, title, folder, name_filter)
        if of_patients or not Settings(QSettings()).is_on(REMEMBER):
            self.setOption(QFileDialog.Option.DontUseNativeDialog)
        self._side_bar = self.sidebarUrls()
        self.finished.connect(self._go_home)
        self.destroyed.connect(forget_folders)

    def _go_home(self) -> None:
        """What Qt writes when the dialog is destroyed is the home folder, and the side bar as it was."""
        with QSignalBlocker(self):
            self.setDirectory(str(Path.home()))
            self.setHistory([])
            self.setSidebarUrls(self._side_bar)


def forget_folders() -> None:
    """Take out of Qt's file what a dialog has written of folders: also one that the window took with it, unfinished."""
    store = QSettings(QSettings.Scope.UserScope, _STORE)
    for key in _KEYS:
        store.remove(key)
    store.sync()
