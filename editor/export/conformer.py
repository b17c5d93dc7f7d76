"""Conforming a mesh of somebody's own: asking for its file, and the work off the GUI thread."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal

from facewright.core.conform.conformed import conform
from facewright.core.conform.studio_mesh import read_studio_mesh
from facewright.core.errors import Cancelled
from facewright.core.reading.surface_file import FORMATS
from facewright.editor.background import Background
from facewright.editor.desktop.messages import show_error
from facewright.editor.export.topologies import Topologies
from facewright.editor.storage.file_work import FileChooser, Share, progress_dialog, work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.document import Document

_STEPS = 100


class Conformer(QObject):
    """Registers meshes to the production mesh, one after the other, while the window is worked in."""

    conformed = Signal(str)
    """The name by which heads can be exported on a topology from now on."""

    def __init__(self, document: Document, window: QWidget, topologies: Topologies | None = None) -> None:
        """topologies : where they are kept; in the user's folder if not given."""
        super().__init__(window)
        self._document, self._window = document, window
        self._topologies = topologies or Topologies()
        self._background = Background("conform", self)
        self._closing = threading.Event()
        self._chooser = FileChooser(window, QStandardPaths.StandardLocation.DocumentsLocation)

    def ask(self) -> None:
        """Let the user choose the file of a mesh, then conform it."""
        suffixes = " ".join(f"*.{suffix}" for suffix in FORMATS)
        self._chooser.ask("Conform a Mesh", f"Meshes of a head ({suffixes})", self.conform)

    def conform(self, path: Path) -> None:
        """Conform the mesh of a file by the model that is open, and keep its topology by the file's name."""
        cancelled = threading.Event()
        progress = progress_dialog(self._window, f"Conforming {path.name}…", cancelled, _STEPS)
        progress.setWindowModality(Qt.WindowModality.NonModal)
        progress.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)  # keys stay with the head
        share = Share(progress, _STEPS)
        job = partial(
            _conform,
            self._document.model,
            path,
            self._topologies,
            share.tell,
            lambda: cancelled.is_set() or self._closing.is_set(),
        )
        work(self._background, self._window, progress, job, self._tell)

    def _tell(self, result: tuple[str, tuple[str, ...]]) -> None:
        """Say that a topology is there, and what its mesh lacks."""
        name, notes = result
        self.conformed.emit(name)
        if notes:
            show_error(self._window, f"{name} was conformed. {' '.join(notes)}")

    @property
    def busy(self) -> bool:
        """Whether a mesh is still to be conformed."""
        return self._background.busy

    def close(self) -> None:
        """Cancel what is under way and wait for its end."""
        self._closing.set()
        self._background.close()


def _conform(
    model: HeadModel,
    path: Path,
    topologies: Topologies,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> tuple[str, tuple[str, ...]]:
    """Read, register, keep; the name by which it is kept, and what the mesh lacks."""

    def check() -> None:
        if cancelled():
            raise Cancelled

    mesh = read_studio_mesh(path, check)
    topology = conform(model, mesh, progress=progress, cancelled=cancelled)
    check()
    return topologies.add(topology), mesh.notes
