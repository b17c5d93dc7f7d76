"""Drag the surface: the hand holds a point, the code of its part follows, one undo step a drag."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from facewright.core.grab import Grab
from facewright.editor import commands
from facewright.editor.drag_session import DragSession
from facewright.editor.wording import TITLES

if TYPE_CHECKING:
    import numpy as np
    from PySide6.QtWidgets import QWidget

    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.editor.document import Document
    from facewright.editor.viewport.tool import Touch


class GrabTool(QObject):
    """The viewport's tool for the surface."""

    refused = Signal(str)
    """Why the surface cannot be dragged there."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._before = document.parameters
        self._part: CodeName = "remainder"
        self._drag = DragSession(document, "grab", window, self._pulled)

    def hover(self, touch: Touch | None) -> None:
        """Nothing to say before the surface is taken hold of."""

    def grab(self, point: np.ndarray) -> bool:
        """Take hold of the head as it is set at a point (3,) of its surface, mm, head frame."""
        self._drag.grab(partial(Grab, self._document.model, self._document.parameters, point), self._taken)
        return True

    def drag(self, way: np.ndarray, touch: Touch | None = None) -> None:
        """Pull the point as far as the hand is, (3,) mm, from where it took hold."""
        self._drag.pull(way)

    def release(self) -> None:
        """End the undo step once the head has followed to where the hand was last."""
        self._drag.release()

    def close(self) -> None:
        """Wait for the solver and end its thread."""
        self._drag.close()

    def _taken(self, grab: Grab) -> bool:
        if grab.part in self._document.state.locked:
            self.refused.emit(f"{TITLES[grab.part]} is locked: unlock it to drag it.")
            return False
        self._part, self._before = grab.part, self._document.parameters
        return True

    def _pulled(self, after: Parameters) -> None:
        if self._document.tools.symmetric:
            after = self._document.symmetry.change(self._before, after)
        commands.set_parameters(self._document, after, f"Drag {TITLES[self._part]}")
