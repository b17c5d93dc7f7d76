"""Work on files, and the export of the head as it is: dialogs here, the work off the GUI thread."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakSet

from PySide6.QtCore import QObject, QStandardPaths, Signal

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.exchange.export import ExportSettings, export_head
from facewright.editor.background import Background
from facewright.editor.live.detail import FINEST
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.storage.file_work import FileChooser, progress_dialog, work

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from facewright.core.mesh import Mesh
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document

    FullMesh = Callable[[HeadModel, Parameters], Mesh | None]

Answer = TypeVar("Answer")


class Files(QObject):
    """The file operations of one window."""

    exported = Signal(Path)
    """The file that was written."""

    def __init__(self, document: Document, full_mesh: FullMesh, window: QWidget) -> None:
        """full_mesh : gives the mesh of a head if it is shown at full detail."""
        super().__init__(window)
        self._document = document
        self._full_mesh = full_mesh
        self._window = window
        self._background = Background("files", self)
        self._stops: WeakSet[threading.Event] = WeakSet()
        self.chooser = FileChooser(window, QStandardPaths.StandardLocation.DocumentsLocation)

    def ask_for_obj(self) -> None:
        """Let the user choose a file for the head, then export it; an existing one only once confirmed."""
        name_filter = "Wavefront OBJ in millimetres (*.obj)"
        self.chooser.ask_where("Export OBJ", name_filter, "head.obj", self.export_obj)

    def export_obj(self, path: Path) -> None:
        """Write the current head at full resolution, whatever the screen shows by now."""
        cancelled = self._stop()
        progress = progress_dialog(self._window, f"Exporting {path.name}…", cancelled)
        model, parameters = self._document.model, self._document.parameters
        shown = self._full_mesh(model, parameters)
        job = partial(_export, model, parameters, shown, path, cancelled)
        work(self._background, self._window, progress, job, lambda _: self.exported.emit(path))

    def close(self) -> None:
        """Cancel what can be cancelled, wait for the rest."""
        for stop in self._stops:
            stop.set()
        self._background.close()

    def work(self, text: str, job: Callable[[], Answer], succeeded: Callable[[Answer], object]) -> None:
        """Do work on files off the GUI thread, then call `succeeded` here; tell a FacewrightError of either."""
        work(self._background, self._window, progress_dialog(self._window, text), job, succeeded)

    def write(self, path: Path, job: Callable[[], object]) -> None:
        """Write a file that is handed on, as `work` does, then tell of it."""
        self.work(f"Exporting {path.name}…", job, lambda _: self.exported.emit(path))

    def read(self, text: str, job: Callable[[], Answer], succeeded: Callable[[Answer], object]) -> None:
        """Read files off the GUI thread, as `work` does; Cancel gives the answer up.

        What is read is bounded, so that a job that was given up ends by itself.
        """
        self.compute(text, lambda cancelled: job(), succeeded)

    def compute(
        self, text: str, job: Callable[[Callable[[], bool]], Answer], succeeded: Callable[[Answer], object]
    ) -> None:
        """The same of what takes long: the job is given what tells that it is to end, by raising Cancelled."""
        given_up = self._stop()

        def wanted() -> Answer:
            if given_up.is_set():
                raise Cancelled
            try:
                return job(given_up.is_set)
            except FacewrightError:
                if given_up.is_set():
                    raise Cancelled from None
                raise

        def taken(answer: Answer) -> None:
            if not given_up.is_set():
                succeeded(answer)

        work(self._background, self._window, progress_dialog(self._window, text, given_up), wanted, taken)

    def _stop(self) -> threading.Event:
        """What Cancel sets, and `close`."""
        stop = threading.Event()
        self._stops.add(stop)
        return stop


def _export(
    model: HeadModel, parameters: Parameters, mesh: Mesh | None, path: Path, cancelled: threading.Event
) -> None:
    """Write a head as the screen shows it, computing its surface unless `mesh` is it."""
    if mesh is None:
        mesh = evaluate(Job(1, model, parameters, FINEST), cancelled=cancelled.is_set).mesh
    export_head(model, parameters, path, ExportSettings("mm", "cubes"), cancelled.is_set, mesh)
