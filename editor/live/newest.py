"""The newest wins: of all that is asked of a thread, one task runs, one waits, and a newer one takes its place.

Every part of the editor that answers a moving hand works like this. What differs is what they ask, and when.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from PySide6.QtCore import QObject, Signal

from facewright.core.errors import Cancelled, FacewrightError
from facewright.editor.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

Answer = TypeVar("Answer")


def stop_if(cancelled: threading.Event) -> None:
    """Raise Cancelled once that is asked for; for work that calls a function between its steps."""
    if cancelled.is_set():
        raise Cancelled


def _nothing(error: Exception) -> None:
    """What most tasks do about an error besides having it told."""


class Task(NamedTuple, Generic[Answer]):
    """Work for the thread, with what becomes of it on the GUI thread.

    work : called with an event that asks it to end; it may raise Cancelled then. done : called with the answer.
    failed : called with what the work or `done` has raised, before that is told.
    """

    work: Callable[[threading.Event], Answer]
    done: Callable[[Answer], object]
    failed: Callable[[Exception], object] = _nothing


class Newest(QObject):
    """A thread whose newest task wins. Whatever goes wrong in a task is told, and the next one runs.

    Call `close` before the program ends.
    """

    failed = Signal(str)
    """Why a task has no answer, if that is a FacewrightError; any other error is raised, for the handler of such."""
    busy_changed = Signal(bool)
    """Whether a task runs."""

    def __init__(
        self,
        thread: str | Background,
        parent: QObject | None = None,
        more: Callable[[], Task[Any] | None] = lambda: None,
    ) -> None:
        """thread : the name of a new one, or one that others work on too, which stays theirs to close.

        more : asked for a task whenever the thread is free and none waits; it gives None if there is nothing to do.
        """
        super().__init__(parent)
        self._owns = isinstance(thread, str)
        self._background = Background(thread, self) if isinstance(thread, str) else thread
        self._more = more
        self._waiting: Task[Any] | None = None
        self._running: tuple[Task[Any], threading.Event] | None = None
        self._dropped = self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a task runs, wanted or not."""
        return self._running is not None

    @property
    def waits(self) -> bool:
        """Whether the task that was wanted last has not begun."""
        return self._waiting is not None

    def want(self, task: Task[Any]) -> None:
        """Run a task as soon as the thread is free; it replaces the one that waits."""
        self._waiting = task
        self.advance()

    def cancel(self) -> None:
        """Tell the task that runs to come to an end; what it answers all the same is taken."""
        if self._running:
            self._running[1].set()

    def drop(self) -> None:
        """Forget the task that waits and the one that runs: neither is answered."""
        self._waiting, self._dropped = None, True
        self.cancel()

    def advance(self) -> None:
        """Run what waits, or what `more` says, if the thread is free."""
        if self._closed or self._running:
            return
        task, self._waiting = self._waiting or self._more(), None
        if task is not None:
            self._running, self._dropped = (task, threading.Event()), False
            self._background.run(partial(task.work, self._running[1]), partial(self._finish, task))
            self.busy_changed.emit(True)

    def close(self) -> None:
        """Drop everything; wait for what runs and end the thread, if it is this object's own."""
        self._closed = True
        self.drop()
        if self._owns:
            self._background.close()

    def _finish(self, task: Task[Any], future: Future[Any]) -> None:
        self._running = None
        try:
            if not self._dropped:
                self._answer(task, future)
        finally:
            if not self._closed:
                self.advance()
                if not self._running:
                    self.busy_changed.emit(False)

    def _answer(self, task: Task[Any], future: Future[Any]) -> None:
        try:
            task.done(future.result())
        except Exception as error:
            task.failed(error)
            if isinstance(error, FacewrightError):
                self.failed.emit(str(error))
            elif not isinstance(error, Cancelled):
                raise
