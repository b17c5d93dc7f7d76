"""Drag the surface: the hand holds a point, the code of its part follows, one undo step a drag."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from core.errors import FacewrightError
from core.grab import Grab
from editor import commands
from editor.background import Background
from editor.messages import show_error
from editor.wording import TITLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    import numpy as np
    from PySide6.QtWidgets import QWidget

    from core.parameters import Parameters
    from editor.document import Document

Answer = TypeVar("Answer")


class GrabTool(QObject):
    """The viewport's hand. The solver runs beside the window; only the newest place of the hand waits for it."""

    refused = Signal(str)
    """Why the surface cannot be dragged there."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self._background = Background("grab", self)
        self._holds = False
        self._grab: Grab | None = None
        self._wanted: np.ndarray | None = None
        self._before = document.parameters
        self._running = False

    def take(self, point: np.ndarray) -> None:
        """Take hold of the head as it is set at a point (3,) of its surface, mm, head frame."""
        if self._running:
            return  # the last drag has not ended yet
        self._holds, self._wanted = True, None
        self._document.begin_gesture()
        self._run(partial(Grab, self._document.model, self._document.parameters, point), self._taken)

    def carry(self, way: np.ndarray) -> None:
        """Pull the point as far as the hand is, (3,) mm, from where it took hold."""
        if self._holds:
            self._wanted = way
            self._advance()

    def let_go(self) -> None:
        """End the undo step once the head has followed to where the hand was last."""
        self._holds = False
        self._advance()

    def close(self) -> None:
        """Wait for the solver and end its thread."""
        self._background.close()

    def _advance(self) -> None:
        if self._running:
            return
        if self._grab and self._wanted is not None:
            way, self._wanted = self._wanted, None
            self._run(partial(self._grab.pull, way), partial(self._pulled, self._grab))
        elif not self._holds:
            self._grab = None
            self._document.end_gesture()

    def _run(self, work: Callable[[], Answer], succeeded: Callable[[Answer], None]) -> None:
        self._running = True
        self._background.run(work, partial(self._finish, succeeded))

    def _finish(self, succeeded: Callable[[Answer], None], future: Future[Answer]) -> None:
        self._running = False
        try:
            succeeded(future.result())
        except FacewrightError as error:
            self._holds, self._wanted = False, None
            show_error(self._window, str(error))
        finally:
            self._advance()

    def _taken(self, grab: Grab) -> None:
        if grab.part in self._document.state.locked:
            self._holds, self._wanted = False, None
            self.refused.emit(f"{TITLES[grab.part]} is locked: unlock it to drag it.")
        else:
            self._grab, self._before = grab, self._document.parameters

    def _pulled(self, grab: Grab, after: Parameters) -> None:
        if self._document.tools.symmetric:
            after = self._document.symmetry.change(self._before, after)
        commands.set_parameters(self._document, after, f"Drag {TITLES[grab.part]}")
