"""Something held by hand: what follows it is worked out beside the window, and a drag is one undo step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject

from facewright.editor.desktop.messages import show_error
from facewright.editor.live.newest import Newest, Task

if TYPE_CHECKING:
    from collections.abc import Callable

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
        self._document, self._arrived = document, arrived
        self._worker = Newest(name, self, self._next)
        self._worker.failed.connect(lambda message: show_error(window, message))
        self._holds = False
        self._held: Held | None = None
        self._wanted: object = None

    @property
    def holds(self) -> bool:
        """Whether the hand is closed, or something still follows it."""
        return self._holds or self._worker.busy

    def take(self, hold: Callable[[], Held], accept: Callable[[Any], bool] = lambda held: True) -> None:
        """Take hold of what `hold` gives, if `accept` agrees; nothing while something still follows the last drag."""
        if self.holds:
            return
        self._holds, self._wanted = True, None
        self._document.begin_gesture()
        self._worker.want(Task(lambda cancelled: hold(), partial(self._taken, accept), self._give_up))

    def pull(self, place: object) -> None:
        """The hand is at another place."""
        if self._holds:
            self._wanted = place
            self._worker.advance()

    def let_go(self) -> None:
        """Open the hand."""
        self._holds = False
        self._worker.advance()

    def close(self) -> None:
        """Wait for what runs and end the thread."""
        self._worker.close()

    def _next(self) -> Task[Any] | None:
        """Follow the hand to where it is now; once it is open and has been followed, the gesture ends."""
        held, place, self._wanted = self._held, self._wanted, None
        if held and place is not None:
            return Task(lambda cancelled: held.pull(place), self._arrived, self._give_up)
        if not self._holds:
            self._held = None
            self._document.end_gesture()
        return None

    def _taken(self, accept: Callable[[Any], bool], held: Held) -> None:
        if accept(held):
            self._held = held
        else:
            self._give_up()

    def _give_up(self, error: Exception | None = None) -> None:
        self._holds, self._wanted = False, None
