"""The models that a run has written, in the editor: the same head on any of them, by a click."""

from __future__ import annotations

import contextlib
import shutil
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from facewright.core.errors import FacewrightError
from facewright.editor.live.newest import Newest, Task
from facewright.editor.storage.models import load_model, remember_model
from facewright.train.run.checkpoint import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.document import Document

KEPT = "checkpoints"
"""Folder in a run's folder for copies of the models that were looked at: training writes over its own."""

_MOST_LOADED = 4
"""Models that stay in memory, so that going back to one is quick."""


class Checkpoints(QObject):
    """Loads checkpoints off the GUI thread and puts them under the project that is open.

    What stood there before comes back with `show_first`.
    """

    shown = Signal(object)
    """The `HeadModel` that the project is now on."""
    listed = Signal(list)
    """The checkpoints that are kept, as paths, the oldest first."""
    failed = Signal(str)
    """Why a checkpoint could not be shown."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._worker = Newest("checkpoints", self)
        self._worker.failed.connect(self.failed)
        self._first: HeadModel | None = None
        self._loaded: dict[Path, HeadModel] = {}
        self._exchanging = False
        document.model_changed.connect(self._notice_model)

    @property
    def first(self) -> HeadModel | None:
        """The model that stood in the editor before any checkpoint was shown."""
        return self._first

    def list(self, run: Path) -> None:
        """Look which checkpoints of a run are kept."""
        self.listed.emit(sorted((run / KEPT).glob("*.safetensors")))

    def show_newest(self, run: Path) -> None:
        """Show the model that a run wrote last, and keep a copy of it; nothing while another is being loaded."""
        if not self._worker.busy:
            self._worker.want(Task(lambda cancelled: _keep_newest(run), partial(self._take, run)))

    def show(self, path: Path) -> None:
        """Show a checkpoint that was kept; nothing while another is being loaded."""
        if not self._worker.busy:
            loaded = self._loaded.get(path)
            self._worker.want(Task(lambda cancelled: _loaded(path, loaded), partial(self._take, path.parent.parent)))

    def show_first(self) -> None:
        """Go back to the model that stood in the editor before."""
        if self._first:
            self._exchange(self._first)

    def close(self) -> None:
        """Wait for what is being loaded and end the thread."""
        self._worker.close()

    def _take(self, run: Path, loaded: tuple[Path, HeadModel]) -> None:
        path, model = loaded
        self._loaded.pop(path, None)
        self._loaded[path] = model
        remember_model(model.fingerprint, path)
        while len(self._loaded) > _MOST_LOADED:
            self._loaded.pop(next(iter(self._loaded)))
        self.list(run)
        if self._first is None:
            self._first = self._document.model
        self._exchange(model)

    def _exchange(self, model: HeadModel) -> None:
        self._exchanging = True
        try:
            self._document.exchange_model(model)
        except FacewrightError as error:
            self.failed.emit(str(error))
            return
        finally:
            self._exchanging = False
        self.shown.emit(model)

    def _notice_model(self) -> None:
        """What stood in the editor before does not concern a new project."""
        if not self._exchanging:
            self._first = None


def _keep_newest(run: Path) -> tuple[Path, HeadModel]:
    """Copy the model that a run wrote last and load the copy; named by its step, it is copied once."""
    if not (run / MODEL).is_file():
        raise FacewrightError("There is no checkpoint yet: the first is written within minutes.")
    folder = run / KEPT
    new = folder / ".new"
    try:
        folder.mkdir(exist_ok=True)
        shutil.copyfile(run / MODEL, new)  # training replaces its file whole, so the copy is whole as well
        _, model = _loaded(new, None)
        path = folder / f"step-{step_of(model):09d}.safetensors"
        new.replace(path)
    except OSError as error:
        raise FacewrightError(f"{folder} cannot be written to ({error.strerror}): make room there.") from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
    return path, model


def _loaded(path: Path, loaded: HeadModel | None) -> tuple[Path, HeadModel]:
    return path, loaded or load_model(path)


def step_of(model: HeadModel) -> int:
    """The step of training that a model was saved at; 0 if it does not tell."""
    steps = model.metadata.get("steps")
    return steps if isinstance(steps, int) else 0
