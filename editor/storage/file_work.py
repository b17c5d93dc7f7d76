"""What all work on files shares: asking where, showing how far it is, and telling what went wrong."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QStandardPaths, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from facewright.core.errors import Cancelled, FacewrightError
from facewright.editor.desktop.file_dialog import FileDialog
from facewright.editor.desktop.messages import show_error
from facewright.editor.widgets.label import Label

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from concurrent.futures import Future

    from PySide6.QtWidgets import QWidget

    from facewright.editor.background import Background

Answer = TypeVar("Answer")

_PATIENCE_MS = 400
"""How long work may take before its progress dialog appears."""
_LOOK_MS = 100


class FileChooser:
    """Asks for files, in the folder that was last gone to."""

    def __init__(self, window: QWidget, place: QStandardPaths.StandardLocation) -> None:
        """Start at a place of the user's."""
        self._window = window
        self._folder = QStandardPaths.writableLocation(place)

    def ask(
        self, title: str, name_filter: str, chosen: Callable[[Path], object], *, of_patients: bool = False
    ) -> QFileDialog:
        """Let the user choose a file that is there; `chosen` is called with it."""
        dialog = FileDialog(self._window, title, self._folder, name_filter, of_patients=of_patients)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        return self._opened(dialog, chosen)

    def ask_for_folder(self, title: str, chosen: Callable[[Path], object], *, of_patients: bool = False) -> QFileDialog:
        """Let the user choose a folder that is there; `chosen` is called with it."""
        dialog = FileDialog(self._window, title, self._folder, of_patients=of_patients)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        return self._opened(dialog, chosen)

    def ask_where(self, title: str, name_filter: str, name: str, chosen: Callable[[Path], object]) -> QFileDialog:
        """Let the user choose where to write, by default `name`; over a file only once confirmed.

        A name without an ending gets that of the format chosen, at first that of `name`.
        """
        dialog = FileDialog(self._window, title, self._folder, name_filter)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(chosen.rpartition("*.")[2].rstrip(")")))
        dialog.selectFile(name)
        return self._opened(dialog, chosen)

    def _opened(self, dialog: QFileDialog, chosen: Callable[[Path], object]) -> QFileDialog:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.directoryEntered.connect(self._remember)
        dialog.fileSelected.connect(lambda name: chosen(Path(name)))
        dialog.open()
        return dialog

    def _remember(self, folder: str) -> None:
        self._folder = folder


def progress_dialog(
    window: QWidget, text: str, cancelled: threading.Event | None = None, end: int = 0
) -> QProgressDialog:
    """A dialog that appears if work takes long; Cancel, which sets `cancelled`, is offered where it can be honoured.

    end : the value at which the work is done; 0 if that is not known.
    """
    progress = QProgressDialog(text, "Cancel", 0, end, window)
    progress.setLabel(Label(text))
    progress.setWindowModality(Qt.WindowModality.WindowModal)
    progress.setMinimumDuration(_PATIENCE_MS)
    progress.setAutoClose(False)
    progress.setAutoReset(False)
    if cancelled:
        progress.canceled.connect(cancelled.set)
    else:
        progress.setCancelButton(None)
    progress.setValue(0)  # or Qt would wait for four seconds: its timer takes the duration at the first value alone
    return progress


class Share(QObject):
    """How far work is: told by its thread, looked at by the dialog's, so that no signal crosses between them."""

    def __init__(self, progress: QProgressDialog, steps: int) -> None:
        """steps : of the dialog, for a share of 1."""
        super().__init__(progress)
        self._progress, self._steps, self._done = progress, steps, 0.0
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self._look()

    def tell(self, done: float) -> None:
        """So much is done."""
        self._done = done

    def _look(self) -> None:
        if not self._progress.wasCanceled():
            self._progress.setValue(round(self._steps * self._done))


def work(
    background: Background,
    window: QWidget,
    progress: QProgressDialog,
    job: Callable[[], Answer],
    succeeded: Callable[[Answer], object],
) -> None:
    """Do a job off the GUI thread, then call `succeeded` here; tell a FacewrightError of either in a box."""
    background.run(job, partial(_finish, window, progress, succeeded))


def _finish(
    window: QWidget, progress: QProgressDialog, succeeded: Callable[[Answer], object], future: Future[Answer]
) -> None:
    progress.deleteLater()
    try:
        succeeded(future.result())
    except Cancelled:
        pass
    except FacewrightError as error:
        show_error(window, str(error))
