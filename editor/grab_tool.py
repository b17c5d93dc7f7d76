"""Drag the surface: the hand holds a point, the code of its part follows, one undo step a drag."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.grab import Grab
from editor import commands
from editor.background import Background
from editor.wording import TITLES

if TYPE_CHECKING:
    from concurrent.futures import Future

    import numpy as np

    from core.parameters import Parameters
    from editor.document import Document


class GrabTool(QObject):
    """The viewport's hand. The solver runs beside the window; only the newest place of the hand waits for it."""

    held = Signal(str)
    """Title of the part that is held; empty once it is let go."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._background = Background("grab", self)
        self._grab: Grab | None = None
        self._point: np.ndarray | None = None
        self._wanted: np.ndarray | None = None
        self._holds = self._running = False

    def take(self, point: np.ndarray) -> None:
        """Take hold of the head as it is set at a point (3,) of its surface, mm, head frame."""
        self._holds, self._grab, self._point, self._wanted = True, None, point, None
        self._document.begin_gesture()
        model, parameters = self._document.model, self._document.parameters
        self._run(partial(Grab, model, parameters, point), self._taken)

    def carry(self, way: np.ndarray) -> None:
        """Pull the point to where the hand is, (3,) mm from where it took hold."""
        if self._point is not None:
            self._wanted = self._point + way
            self._advance()

    def let_go(self) -> None:
        """End the undo step once the head is where the hand was last."""
        self._holds = False
        self._advance()

    def close(self) -> None:
        """Wait for the solver and end its thread."""
        self._background.close()

    def _run(self, work, answer) -> None:
        self._running = True
        self._background.run(work, answer)
