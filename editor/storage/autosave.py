"""What a crash would lose, kept on disk while it is not saved.

Every running editor has a lock file in the autosave folder and, as long as its project has changes that no file holds,
a project file beside it. A project whose lock nobody holds is what an editor left behind that was ended without
warning.
"""

from __future__ import annotations

import contextlib
import logging
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, QStandardPaths, QTimer, Signal

from core import project_file
from core.errors import FacewrightError
from editor.background import Background

if TYPE_CHECKING:
    from concurrent.futures import Future

    from editor.document import Document

_log = logging.getLogger(__name__)

_REST_MS = 1000
"""A change is kept once the hand has rested so long …"""
_LATEST_MS = 5000
"""… or after so long in any case, and tried again so long after it failed."""

PATH_KEY = "autosaved_from"
"""Where the view of an autosaved project names its own file."""


def autosave_folder() -> Path:
    """Where autosaved projects lie."""
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    return Path(data) / "autosave"


class Autosave(QObject):
    """Keeps one document's unsaved changes, from a thread of its own."""

    trouble_changed = Signal(str)
    """Why changes cannot be kept, told once; empty as soon as they are kept again."""

    def __init__(self, document: Document, folder: Path, parent: QObject | None = None) -> None:
        """Claim a place in the folder, which is made if need be."""
        super().__init__(parent)
        self._document = document
        self._background = Background("autosave", self)
        self._place = folder / uuid.uuid4().hex
        self._lock = QLockFile(str(self._place.with_suffix(".lock")))
        self._lock.setStaleLockTime(0)  # a lock is stale when its process has ended, however old it is
        self._claim()
        self._active = True
        self._trouble = ""
        self._adopted: list[Path] = []
        self._rest, self._latest = QTimer(self), QTimer(self)
        for timer, wait in ((self._rest, _REST_MS), (self._latest, _LATEST_MS)):
            timer.setSingleShot(True)
            timer.setInterval(wait)
            timer.timeout.connect(self._keep)
        document.state_changed.connect(self._note)
        document.file_changed.connect(self._note)

    @property
    def path(self) -> Path:
        """The file that holds the unsaved changes, while there are any."""
        return self._place.with_suffix(project_file.SUFFIX)

    def adopt(self, left: Path) -> None:
        """Keep what another editor left behind, which the document now holds; its file goes once that is done."""
        self._adopted.append(left)
        self._keep()

    def close(self) -> None:
        """The document was saved or given up on purpose: leave nothing behind."""
        self._active = False
        self._background.close()
        self._remove()
        self._lock.unlock()

    def _note(self) -> None:
        self._rest.start()
        if not self._latest.isActive():
            self._latest.start()

    def _keep(self) -> None:
        """Write what is not saved; what is, needs no second file."""
        self._rest.stop()
        self._latest.stop()
        if not self._active:
            return
        if not self._document.modified:
            self._background.run(self._remove, lambda future: future.result())
            return
        if not self._claim():
            self._fail(f"{self._place.parent} cannot be written to.")
            return
        origin = str(self._document.path or "")
        project = self._document.project({PATH_KEY: origin})
        self._background.run(partial(project_file.save, project, self.path), self._finish)

    def _finish(self, future: Future[None]) -> None:
        try:
            future.result()
        except FacewrightError as error:
            self._fail(str(error))
            return
        self._tell("")
        while self._adopted:
            discard(self._adopted.pop())

    def _claim(self) -> bool:
        """Hold a place in the folder; return whether that is so."""
        with contextlib.suppress(OSError):
            self._place.parent.mkdir(parents=True, exist_ok=True)
        return self._lock.isLocked() or self._lock.tryLock(0)

    def _fail(self, trouble: str) -> None:
        self._latest.start()
        self._tell(trouble)

    def _tell(self, trouble: str) -> None:
        """Tell of the first failure after a success, and of the first success after a failure."""
        if bool(trouble) == bool(self._trouble):
            return
        self._trouble = trouble
        if trouble:
            _log.warning("autosave failed: %s", trouble)
        self.trouble_changed.emit(trouble)

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def left_behind(folder: Path) -> list[Path]:
    """Projects in the folder whose editor has ended without saving or discarding them, newest first."""
    found = [path for path in folder.glob(f"*{project_file.SUFFIX}") if _is_abandoned(path)]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def discard(left: Path) -> None:
    """Delete what an editor left behind."""
    for path in (left, left.with_suffix(".lock")):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _is_abandoned(path: Path) -> bool:
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)
    abandoned = lock.tryLock(0)
    if abandoned:
        lock.unlock()
    return abandoned
