"""Opening models and exporting heads: dialogs here, the work off the GUI thread."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from core import model_file
from core.errors import FacewrightError
from core.exchange.export import ExportSettings, export_head
from core.surface import Cancelled
from editor.background import Background
from editor.evaluation import FULL, VOXELS_MM
from editor.messages import show_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from PySide6.QtWidgets import QWidget

    from core.head_model import HeadModel
    from core.mesh import Mesh
    from core.parameters import Parameters
    from editor.document import Document
    from editor.evaluation import Evaluator

Answer = TypeVar("Answer")

_PATIENCE_MS = 400
"""How long work may take before a progress dialog appears."""


class Files(QObject):
    """The file operations of one window."""

    exported = Signal(Path)
    """The file that was written."""

    def __init__(self, document: Document, evaluator: Evaluator, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._evaluator = evaluator
        self._window = window
        self._background = Background("files", self)
        self._cancelled = threading.Event()
        self._folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)

    def ask_for_model(self) -> None:
        """Let the user choose a model file, then load it."""
        self.choose("Open Model", "Facewright models (*.safetensors)", self.load_model)

    def ask_for_obj(self) -> None:
        """Let the user choose a file for the head, then export it; an existing one only once confirmed."""
        dialog = self.choose("Export OBJ", "Wavefront OBJ in millimetres (*.obj)", self.export_obj, save=True)
        dialog.setDefaultSuffix("obj")
        dialog.selectFile("head.obj")

    def load_model(self, path: Path) -> None:
        """Load a model and edit its mean head; if it cannot be loaded, say why and keep the current one."""
        self.work(f"Loading {path.name}…", partial(model_file.load, path), self._document.set_model)

    def export_obj(self, path: Path) -> None:
        """Write the current head at full resolution, whatever the screen shows by now."""
        self._cancelled = threading.Event()
        progress = self._progress(f"Exporting {path.name}…", self._cancelled)
        model, parameters = self._document.model, self._document.parameters
        shown = self._evaluator.full_mesh(model, parameters)
        work = partial(_export, model, parameters, shown, path, self._cancelled)
        self._background.run(work, partial(self._finish, progress, lambda _: self.exported.emit(path)))

    def close(self) -> None:
        """Cancel what can be cancelled, wait for the rest."""
        self._cancelled.set()
        self._background.close()

    def choose(self, title: str, filter_: str, chosen: Callable[[Path], None], *, save: bool = False) -> QFileDialog:
        """Open a dialog for a file to read, or with `save` to write; `chosen` is called with it."""
        dialog = QFileDialog(self._window, title, self._folder, filter_)
        if save:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.directoryEntered.connect(self._remember_folder)
        dialog.fileSelected.connect(lambda name: chosen(Path(name)))
        dialog.open()
        return dialog

    def work(self, text: str, work: Callable[[], Answer], succeeded: Callable[[Answer], None]) -> None:
        """Do work on files off the GUI thread, then call `succeeded` here; tell a FacewrightError of either."""
        self._background.run(work, partial(self._finish, self._progress(text), succeeded))

    def _remember_folder(self, folder: str) -> None:
        self._folder = folder

    def _progress(self, text: str, cancelled: threading.Event | None = None) -> QProgressDialog:
        """A dialog that appears if the work takes long; Cancel is offered where it can be honoured."""
        progress = QProgressDialog(text, "Cancel", 0, 0, self._window)
        progress.setWindowModality(Qt.WindowModality.WindowModal)
        progress.setMinimumDuration(_PATIENCE_MS)
        if cancelled:
            progress.canceled.connect(cancelled.set)
        else:
            progress.setCancelButton(None)
        return progress

    def _finish(self, progress: QProgressDialog, succeeded: Callable[[Answer], None], future: Future[Answer]) -> None:
        progress.deleteLater()
        try:
            succeeded(future.result())
        except Cancelled:
            pass
        except FacewrightError as error:
            show_error(self._window, str(error))


def _export(
    model: HeadModel, parameters: Parameters, mesh: Mesh | None, path: Path, cancelled: threading.Event
) -> None:
    """Write a head at full resolution, computing its surface unless `mesh` is it."""
    settings = ExportSettings("mm", "cubes", VOXELS_MM[FULL])
    export_head(model, parameters, path, settings, cancelled.is_set, mesh)
