"""What a crash would lose, kept on disk while it is not saved.

Every running editor has a place in the autosave folder: a lock file and, as long as its project has changes that no
file holds, a journal of every step since the last save (`editor.storage.journal`). Beside it, once the hand rests, the
whole project and a small picture of it are written, so that the journal is not needed from its beginning. A place whose
lock nobody holds is what an editor left behind that was ended without warning (`editor.storage.left_behind`).

A step is in the journal before the program does anything else: a kill loses none. What a machine loses that loses power
is what it had not yet put on its disk, some seconds.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from PySide6.QtCore import QLockFile, QObject, QStandardPaths, QTimer, Signal

from facewright.core import project_file
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.editor.background import Background
from facewright.editor.storage.journal import Journal, file_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from facewright.core.model.head_model import HeadModel
    from facewright.core.project import EditState
    from facewright.editor.change import Change
    from facewright.editor.document import Document, Mark, SavedFile

_log = logging.getLogger(__name__)

_REST_MS = 1000
"""The whole project is kept once the hand has rested so long …"""
_LATEST_MS = 5000
"""… or after so long in any case, and tried again so long after it failed."""
_PICTURE_MS = 10_000
"""A picture is drawn so long after a change: that takes as long as a frame."""

PATH_KEY, DIGEST_KEY, LINES_KEY = "autosaved_from", "autosaved_digest", "journal_lines"
"""Where the view of an autosaved project names its own file, what that held, and which lines of the journal it has."""
LOCK, PICTURE = ".lock", ".png"


class Moment(NamedTuple):
    """Which project is edited, which journal is written, and the number of its last line."""

    project: int
    journal: str
    lines: int


class ProjectView(Protocol):
    """What shows the project."""

    def view_record(self) -> dict[str, object]:
        """How it is looked at now, as JSON holds it."""

    def thumbnail(self) -> bytes:
        """A PNG file's content; empty if there is nothing to be seen yet."""


def autosave_folder() -> Path:
    """Where autosaved projects lie."""
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    return Path(data) / "autosave"


class Autosave(QObject):
    """Keeps one document's unsaved changes: each step at once, the whole from a thread of its own."""

    trouble_changed = Signal(str)
    """Why changes cannot be kept, told once; empty as soon as they are kept again."""

    def __init__(
        self, document: Document, folder: Path, parent: QObject | None = None, view: ProjectView | None = None
    ) -> None:
        """Claim a place in the folder, which is made if need be."""
        super().__init__(parent)
        self._document, self._view = document, view
        self._background = Background("autosave", self)
        self._place = folder / uuid.uuid4().hex
        self._lock = QLockFile(str(self._place.with_suffix(LOCK)))
        self._lock.setStaleLockTime(0)  # a lock is stale when its process has ended, however old it is
        self._journal, self._writing = Journal(self._place), threading.RLock()
        self._claim()
        self._active, self._syncing, self._unsynced = True, False, False
        self._trouble = ""
        self._adopted: list[Callable[[], None]] = []
        self._follow()
        self._rest = self._timer(_REST_MS, self._keep)
        self._latest = self._timer(_LATEST_MS, self._keep)
        self._portrait = self._timer(_PICTURE_MS, self._picture)
        document.step_changed.connect(self._note_step)
        document.gesture_changed.connect(self._note_gesture)
        document.model_changed.connect(self._note_model)
        document.project_changed.connect(self._follow)
        document.state_changed.connect(self._note)
        for changed in (document.file_changed, document.before_changed, document.cohort_changed):
            changed.connect(self._note)

    @property
    def path(self) -> Path:
        """The file that holds the whole project, while there are unsaved changes and the hand has rested."""
        return self._place.with_suffix(project_file.SUFFIX)

    def moment(self) -> Moment:
        """Which lines the journal has now, for a save that begins."""
        return Moment(self._document.mark().project, self._journal.name, self._journal.count)

    def adopt(self, discard: Callable[[], None]) -> None:
        """Keep what another editor left behind, which the document now holds; `discard` is called once that is done."""
        self._adopted.append(discard)
        self._keep()

    def announce(self, file: SavedFile, moment: Moment) -> None:
        """A file is about to hold what there was at a moment; from any thread."""
        with contextlib.suppress(OSError):
            self._tell_journal("saving", file, moment)

    def confirm(self, file: SavedFile, moment: Moment) -> None:
        """A file holds what there was at a moment."""
        with contextlib.suppress(OSError):
            self._tell_journal("saved", file, moment)
        if not self._document.modified:
            self._follow()
        self._note()

    def close(self) -> None:
        """The document was saved or given up on purpose: leave nothing behind."""
        self._active = False
        for timer in (self._rest, self._latest, self._portrait):
            timer.stop()
        self._background.close()
        self._remove()
        self._lock.unlock()

    def _follow(self) -> None:
        """Another project, or the same saved: the next step begins a journal anew, after what there is now."""
        document = self._document
        self._remove()
        self._mark, self._index = document.mark(), document.undo_stack.index()
        self._newest = document.serial(document.undo_stack.count())
        self._base = None if document.modified else document.file
        self._begun = self._broken = False
        self._after: Moment | None = None
        self._pending: tuple[Change, int] | None = None

    def _note_step(self) -> None:
        """Write down the step that was done, or which step was gone to; a step of a gesture once it grows no more."""
        stack, mark = self._document.undo_stack, self._document.mark()
        last, before, index = self._mark, self._index, stack.index()
        self._mark, self._index = mark, index
        if mark.serial > self._newest:
            self._newest = mark.serial
            self._flush()
            self._pending = cast("Change", stack.command(index - 1)), before
        elif mark.serial != last.serial or index != before:  # undone, or done again
            vanished = self._pending is not None and stack.count() == index  # the gesture led back to where it began
            if vanished:
                self._pending = None
            self._flush()
            line = {"at": index, "cut": True} if vanished else {"at": index}
            self._record(last.state, before, partial(self._journal.add, line))
        if self._document.gesture is None:
            self._flush()

    def _note_gesture(self, in_gesture: bool) -> None:
        if not in_gesture:
            self._flush()

    def _flush(self) -> None:
        """Write down the last step, which grows no more."""
        if self._pending:
            (change, before), self._pending = self._pending, None
            step = partial(self._journal.step, before, change.text(), change.before, change.after)
            self._record(change.before, before, step)

    def _record(self, state: EditState, at: int, write: Callable[[], None]) -> None:
        """Write a line, which goes on from a state at an index of the history."""
        if not self._active or self._broken:
            return
        try:
            with self._writing:
                if not self._begun:
                    record, after = model_record(self._document.model), self._after
                    self._journal.begin(record, self._base, state, at, after and [after.journal, after.lines])
                    self._begun = True
                write()
        except OSError as error:
            self._break(error)
        else:
            self._sync()

    def _sync(self) -> None:
        """Put the journal on the disk, off the GUI thread; once more for all lines that are written meanwhile."""
        self._unsynced = self._syncing
        if not self._syncing:
            self._syncing = True
            self._background.run(self._journal.sync, self._synced)

    def _synced(self, future: Future[None]) -> None:
        self._syncing = False
        error = future.exception()
        if isinstance(error, OSError):
            self._break(error)
        elif self._unsynced:
            self._sync()

    def _break(self, error: OSError) -> None:
        """Go on without the journal until the whole is kept again."""
        self._broken = True
        self._fail(f"{self._place.parent} cannot be written to ({(error.strerror or str(error)).lower()}).")

    def _note_model(self) -> None:
        """Training has brought another model under the steps that there are."""
        if not self._begun:
            self._follow()
            return
        self._mark = self._document.mark()
        with contextlib.suppress(OSError), self._writing:
            self._journal.add({"model": model_record(self._document.model), "file": file_record(self._document.file)})

    def _tell_journal(self, kind: str, file: SavedFile, moment: Moment) -> None:
        with self._writing:
            if self._begun and moment.project == self._mark.project:
                up_to = moment.lines if moment.journal == self._journal.name else 1  # it was begun after that moment
                self._journal.add({kind: file_record(file), "up_to": up_to})

    def _note(self) -> None:
        if not self._active:
            return
        self._rest.start()
        for timer in (self._latest, self._portrait):
            if not timer.isActive():
                timer.start()

    def _keep(self) -> None:
        """Write what is not saved; what is, needs no second file."""
        self._rest.stop()
        self._latest.stop()
        if not self._active:
            return
        if not self._document.modified:
            self._background.run(self._remove_unless_begun, lambda future: future.result())
            return
        if not self._claim():
            self._fail(f"{self._place.parent} cannot be written to.")
            return
        moment, mark, file = self.moment(), self._document.mark(), self._document.file
        origin = {PATH_KEY: str(file.path) if file else "", DIGEST_KEY: file.digest if file else ""}
        view = self._view.view_record() if self._view else {}
        project = self._document.project(view | origin | {LINES_KEY: [moment.journal, moment.lines]})
        self._background.run(partial(project_file.save, project, self.path), partial(self._finish, moment, mark))

    def _picture(self) -> None:
        """Write a small picture of what is not saved."""
        if self._active and self._document.modified and self._view and (content := self._view.thumbnail()):
            path = self._place.with_suffix(PICTURE)
            write = partial(write_atomically, path, content, private=True)
            self._background.run(write, _ignored)

    def _timer(self, wait_ms: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait_ms)
        timer.timeout.connect(slot)
        return timer

    def _finish(self, moment: Moment, mark: Mark, future: Future[None]) -> None:
        try:
            future.result()
        except FacewrightError as error:
            self._fail(str(error))
            return
        self._tell("")
        if self._broken and mark == self._document.mark():  # the journal goes on from here
            self._broken, self._begun, self._after, self._base = False, False, moment, None
        while self._adopted and mark.project == self._document.project_number:
            self._adopted.pop()()

    def _claim(self) -> bool:
        """Hold a place in the folder, which nobody else looks into; return whether that is so."""
        with contextlib.suppress(OSError):
            self._place.parent.mkdir(parents=True, exist_ok=True)
            self._place.parent.chmod(0o700)
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

    def _remove_unless_begun(self) -> None:
        """Delete what is kept of a project that is saved, unless a step has been done since."""
        with self._writing:
            if not self._begun:
                self._remove()

    def _remove(self) -> None:
        """Delete what is kept; the journal last, for it tells that the rest is not needed any more."""
        with contextlib.suppress(OSError), self._writing:
            for path in (self.path, self._place.with_suffix(PICTURE)):
                path.unlink(missing_ok=True)
            self._journal.end()


def model_record(model: HeadModel) -> dict[str, str]:
    """How a journal names a model."""
    return {"name": model.name, "fingerprint": model.fingerprint}


def _ignored(future: Future[None]) -> None:
    """A picture that could not be written is missed, no more."""
    future.exception()
