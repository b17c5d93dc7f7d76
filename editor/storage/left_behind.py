"""What editors left behind that were ended without warning: found, read, and deleted."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile

from facewright.core import project_file
from facewright.core.atomic_file import remove_leftovers
from facewright.core.errors import FacewrightError
from facewright.editor.document import SavedFile
from facewright.editor.storage import journal
from facewright.editor.storage.autosave import DIGEST_KEY, LINES_KEY, LOCK, PATH_KEY, PICTURE
from facewright.editor.storage.saved_file import digest_of, is_still

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.project import Project
    from facewright.editor.storage.journal import LeftJournal


_HALF_MADE_S = 60.0
"""A lock without content is nobody's after so long."""


@dataclass(frozen=True)
class LeftBehind:
    """Unsaved work.

    place : its files' path without their suffixes; time : of the last change, in seconds since 1970; project : None if
    it cannot be read; file : the project file that it goes on from, as it was then; whole : whether nothing is missing
    at the end; superseded : whether the project's file has been written since, by whomever.
    """

    place: Path
    time: float
    project: Project | None
    file: SavedFile | None
    whole: bool = True
    superseded: bool = False

    @property
    def name(self) -> str:
        """What the work is called."""
        return self.file.path.name if self.file else "Untitled"

    @property
    def picture(self) -> Path:
        """Where a small picture of it may lie."""
        return self.place.with_suffix(PICTURE)

    def discard(self) -> None:
        """Delete it."""
        with contextlib.suppress(OSError):
            for suffix in (project_file.SUFFIX, PICTURE):
                self.place.with_suffix(suffix).unlink(missing_ok=True)
            journal.remove(self.place)
            self.place.with_suffix(LOCK).unlink(missing_ok=True)


def left_behind(folder: Path) -> list[LeftBehind]:
    """Work in the folder whose editor has ended without saving or discarding it, the newest first.

    What nobody needs of such editors is deleted: locks, half-written files, work that its file holds. All is read that
    they left, which takes long where that is much.
    """
    works = []
    for place in abandoned(folder):
        for suffix in (project_file.SUFFIX, PICTURE):
            remove_leftovers(place.with_suffix(suffix))
        files = [
            path for suffix in (project_file.SUFFIX, journal.SUFFIX) if (path := place.with_suffix(suffix)).exists()
        ]
        entry = journal.find(place, is_still)
        if not files or (entry and entry.is_saved):
            LeftBehind(place, 0.0, None, None).discard()
        else:
            works.append(_read(place, files, entry))
    return sorted(works, key=lambda left: left.time, reverse=True)


def abandoned(folder: Path) -> list[Path]:
    """Places that no living editor holds; what lies there is not read."""
    suffixes = (project_file.SUFFIX, journal.SUFFIX, LOCK)
    places = sorted({path.with_suffix("") for suffix in suffixes for path in folder.glob(f"*{suffix}")})
    return [place for place in places if not place.name.startswith(".") and _is_abandoned(place)]


def _is_abandoned(place: Path) -> bool:
    lock = QLockFile(str(place.with_suffix(LOCK)))
    lock.setStaleLockTime(0)
    if lock.tryLock(0):
        lock.unlock()
        return True
    with contextlib.suppress(OSError):  # one that was being made says nothing of whose it is
        told = place.with_suffix(LOCK).stat()
        return told.st_size == 0 and time.time() - told.st_mtime > _HALF_MADE_S
    return False


def _read(place: Path, files: Sequence[Path], entry: LeftJournal | None) -> LeftBehind:
    """What lies at a place: the whole project as it was kept, and the steps since; or the steps alone."""
    kept = _loaded(place.with_suffix(project_file.SUFFIX))
    if entry is None:
        project, file = kept, _file_of(kept) if kept else None
        whole = place.with_suffix(journal.SUFFIX) not in files
    else:
        project, file, whole = kept, entry.file, False
        with contextlib.suppress(Exception):  # whatever a damaged journal makes of the steps
            project, whole = _replayed(entry, kept), entry.whole
    superseded = file is not None and digest_of(file.path) not in ("", file.digest)
    changed = max(path.stat().st_mtime for path in files)
    return LeftBehind(place, changed, project, file, whole, superseded)


def _replayed(entry: LeftJournal, kept: Project | None) -> Project:
    """The steps of a journal on the best that there is to begin with."""
    if kept:
        told = kept.view.get(LINES_KEY)
        held = entry.held_by(*told) if isinstance(told, list) and len(told) == 2 else 0
        if held:
            return journal.replayed(entry, kept, held)
    base = _loaded(entry.file.path) if entry.file and entry.up_to else None
    return journal.replayed(entry, base, entry.up_to)


def _loaded(path: Path) -> Project | None:
    try:
        return project_file.load(path)
    except FacewrightError:
        return None


def _file_of(kept: Project) -> SavedFile | None:
    """The project file that an autosaved project goes on from."""
    path, digest = kept.view.get(PATH_KEY), kept.view.get(DIGEST_KEY, "")
    return SavedFile(Path(path), str(digest)) if isinstance(path, str) and path else None


def without_marks(project: Project) -> Project:
    """A project without what autosaving wrote into its view."""
    return replace(project, view={k: v for k, v in project.view.items() if k not in (PATH_KEY, DIGEST_KEY, LINES_KEY)})
