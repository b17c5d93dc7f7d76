"""Dragging something: what follows the pointer is worked out beside the window, and a drag is one undo step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject

from facewright.editor.desktop.messages import show_error
from facewright.editor.live.newest import Newest, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from facewright.core.project import EditState
    from facewright.editor.background import Background
    from facewright.editor.document import Document


class Draggable(Protocol):
    """What is dragged."""

    def pull(self, place: Any) -> object:
        """What becomes of it when the pointer is at a place."""


class DragSession(QObject):
    """One drag at a time. The pointer's newest place alone waits; the gesture ends once that is followed.

    `arrived` gets every answer of what is dragged, on this object's thread; a FacewrightError is shown over `window`.
    A drag ends without an answer, and `fail` is called, on an error, which it gets, and where another head comes to be
    edited.
    """

    def __init__(
        self,
        document: Document,
        thread: str | Background,
        window: QWidget | None,
        arrived: Callable[[Any], None],
        fail: Callable[[Exception | None], object] = lambda error: None,
    ) -> None:
        """thread : as for `Newest`."""
        super().__init__(window)
        self._document, self._arrived, self._fail = document, arrived, fail
        self._worker = Newest(thread, self, self._next)
        self._worker.failed.connect(lambda message: show_error(window, message))
        self._drags = False
        self._gesture = self._variant = 0
        self._target: Draggable | None = None
        self._wanted: object = None
        document.project_changed.connect(self._drop)
        document.model_changed.connect(self._drop)
        document.state_changed.connect(self._check_variant)

    @property
    def is_active(self) -> bool:
        """Whether something is dragged, or still follows the last drag."""
        return self._drags or self._worker.busy

    @property
    def is_behind(self) -> bool:
        """Whether a place of the pointer is still to be followed."""
        return self._worker.busy or self._wanted is not None

    def grab(self, begin: Callable[[], Draggable], accept: Callable[[Any], bool] = lambda target: True) -> None:
        """Drag what `begin` gives, if `accept` agrees; nothing while something still follows the last drag."""
        if self.is_active:
            return
        self._drags, self._wanted = True, None
        self._gesture, self._variant = self._document.begin_gesture(), self._document.state.active
        self._worker.want(Task(lambda cancelled: begin(), partial(self._taken, accept), self._give_up))

    def pull(self, place: object) -> None:
        """The pointer is at another place."""
        if self._drags:
            self._wanted = place
            self._worker.advance()

    def release(self) -> None:
        """End the drag, once it has been followed."""
        self._drags = False
        self._worker.advance()

    def cancel(self) -> None:
        """End the drag at once, with the head as it was before."""
        if self._drags:
            self._drags, self._wanted, self._target = False, None, None
            self._worker.drop()
            self._document.take_back(self._gesture)

    def close(self) -> None:
        """Wait for what runs and end the thread."""
        self._worker.close()

    def _next(self) -> Task[Any] | None:
        """Follow the pointer to where it is now; once the drag has ended and been followed, the gesture ends."""
        target, place, self._wanted = self._target, self._wanted, None
        if target and place is not None:
            return Task(lambda cancelled: target.pull(place), self._arrived, self._give_up)
        if not self._drags:
            self._target = None
            self._document.end_gesture(self._gesture)
        return None

    def _taken(self, accept: Callable[[Any], bool], target: Draggable) -> None:
        if accept(target):
            self._target = target
        else:
            self._give_up()

    def _give_up(self, error: Exception | None = None) -> None:
        self._drags, self._wanted = False, None
        self._fail(error)

    def _drop(self) -> None:
        """Follow no further: what is dragged is a head that is no longer edited."""
        if self.is_active:
            self._target = None
            self._worker.drop()
            self._give_up()
            self._worker.advance()

    def _check_variant(self, state: EditState) -> None:
        if state.active != self._variant:
            self._drop()
