"""Something held by hand: what follows it is worked out beside the window, and a drag is one undo step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject

from facewright.core.errors import FacewrightError
from facewright.editor.background import Background
from facewright.editor.desktop.messages import show_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from PySide6.QtWidgets import QWidget

    from facewright.editor.document import Document


class Held(Protocol):
    """What a hand holds."""

    def pull(self, place: Any) -> object:
        """What becomes of it when the hand is at a place."""


class Pulling(QObject):
    """One hand. Only its newest place waits; the gesture ends once what it held is where the hand was last.

    `arrived` gets every answer of what is held, on this object's thread; a FacewrightError is shown over `window`.
    """

    def __init__(self, document: Document, name: str, window: QWidget | None, arrived: Callable[[Any], None]) -> None:
        super().__init__(window)
        self._document, self._window, self._arrived = document, window, arrived
        self._background = Background(name, self)
        self._holds = self._running = False
        self._held: Held | None = None
        self._wanted: object = None

    @property
    def holds(self) -> bool:
        """Whether the hand is closed, or something still follows it."""
        return self._holds or self._running

    def take(self, hold: Callable[[], Held], accept: Callable[[Any], bool] = lambda held: True) -> None:
        """Take hold of what `hold` gives, if `accept` agrees; nothing while something still follows the last drag."""
        if self.holds:
            return
        self._holds, self._wanted = True, None
        self._document.begin_gesture()
        self._run(hold, partial(self._taken, accept))

    def pull(self, place: object) -> None:
        """The hand is at another place."""
        if self._holds:
            self._wanted = place
            self._advance()

    def let_go(self) -> None:
        """Open the hand."""
        self._holds = False
        self._advance()

    def close(self) -> None:
        """Wait for what runs and end the thread."""
        self._background.close()

    def _advance(self) -> None:
        if self._running:
            return
        if self._held and self._wanted is not None:
            place, self._wanted = self._wanted, None
            self._run(partial(self._held.pull, place), self._arrived)
        elif not self._holds:
            self._held = None
            self._document.end_gesture()

    def _run(self, work: Callable[[], object], succeeded: Callable[[Any], None]) -> None:
        self._running = True
        self._background.run(work, partial(self._finish, succeeded))

    def _finish(self, succeeded: Callable[[Any], None], future: Future[object]) -> None:
        self._running = False
        try:
            succeeded(future.result())
        except FacewrightError as error:
            self._holds, self._wanted = False, None
            show_error(self._window, str(error))
        finally:
            self._advance()

    def _taken(self, accept: Callable[[Any], bool], held: Held) -> None:
        if accept(held):
            self._held = held
        else:
            self._holds, self._wanted = False, None
