"""Quick pictures while something moves, fine ones once it rests, as far as the graphics card cannot do both."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from editor.viewport.look import Smoothness

_REST_MS = 350
_FLUENT_S = 0.03
"""A fine picture that takes no longer is drawn while things move, too."""
_STALL_S = 0.4
"""A fine picture that takes longer would be felt when a hand takes hold again; it is left to files."""


class Refinement(QObject):
    """Decides how well each picture is drawn, from how long the last fine one took."""

    rested = Signal()
    """Nothing has moved for a while: draw again, this time well."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._smoothness: Smoothness = "automatic"
        self._seconds: float | None = None
        self._due = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._ask)

    def set_smoothness(self, smoothness: Smoothness) -> None:
        """Always fine, never, or as the machine can."""
        self._smoothness = smoothness
        self._seconds = None

    def draw(self, render: Callable[[bool], None]) -> None:
        """Draw by `render(fine)`, which returns when the picture is there."""
        fluent = self._seconds is not None and self._seconds <= _FLUENT_S
        fine = self._smoothness == "always" or (self._smoothness == "automatic" and (self._due or fluent))
        self._due = False
        start = time.perf_counter()
        render(fine)
        if fine:
            self._seconds = time.perf_counter() - start
        elif self._smoothness == "automatic" and (self._seconds is None or self._seconds <= _STALL_S):
            self._rest.start()

    def stop(self) -> None:
        """Ask for nothing any more."""
        self._rest.stop()

    def _ask(self) -> None:
        self._due = True
        self.rested.emit()
