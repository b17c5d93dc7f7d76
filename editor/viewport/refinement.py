"""Quick pictures while something moves, fine ones once it rests, as far as the graphics card cannot do both."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.editor.viewport.display_options import Smoothness

Detail = Literal["quick", "full", "fine"]
"""As few triangles as need be; all of them; all of them with smooth edges."""

_REST_MS = 350
_FLUENT_S = 0.03
"""A fine picture that takes no longer is drawn while things move, too."""
_STALL_S = 0.4
"""A fine picture that takes longer would be felt when a hand takes hold again; it is left to files."""


class Refinement(QObject):
    """Decides how well each picture is drawn, from what moves and from how long the last fine one took."""

    rested = Signal()
    """Nothing has moved for a while: draw again, this time well."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._smoothness: Smoothness = "automatic"
        self._seconds: float | None = None
        self._moving = self._due = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._ask)

    def set_smoothness(self, smoothness: Smoothness) -> None:
        """Always fine, never, or as the machine can."""
        self._smoothness = smoothness
        self._seconds = None

    def move(self) -> None:
        """The head or the camera is under a hand: pictures are to be quick, until they rest."""
        self._moving = True

    def draw(self, render: Callable[[Detail], None]) -> None:
        """Draw by `render`, which returns when the picture is there."""
        automatic, seconds = self._smoothness == "automatic", self._seconds
        fluent = seconds is not None and seconds <= _FLUENT_S
        stalls = seconds is not None and seconds > _STALL_S
        if self._smoothness == "always" or (automatic and (fluent or (self._due and not stalls))):
            detail: Detail = "fine"
        else:
            detail = "quick" if self._moving and not self._due else "full"
        self._due = False
        start = time.perf_counter()
        render(detail)
        if detail == "fine":
            self._seconds = time.perf_counter() - start
        elif detail == "quick" or (automatic and not stalls):
            self._rest.start()

    def stop(self) -> None:
        """Ask for nothing any more."""
        self._rest.stop()

    def _ask(self) -> None:
        self._moving, self._due = False, True
        self.rested.emit()
