"""Quick pictures while something moves, fine ones once it rests, as far as the graphics card cannot do both."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

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

    def __init__(self, draw: Callable[[bool], None], parent: QObject | None = None) -> None:
        """`draw(fine)` draws a picture and returns when it is there."""
        super().__init__(parent)
        self._draw = draw
        self._smoothness: Smoothness = "automatic"
        self._seconds: float | None = None
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._draw_fine)

    def set_smoothness(self, smoothness: Smoothness) -> None:
        """Always fine, never, or as the machine can."""
        self._smoothness = smoothness
        self._seconds = None

    def draw(self) -> None:
        """Draw something that has changed."""
        if self._smoothness == "always" or (
            self._smoothness == "automatic" and self._seconds is not None and self._seconds <= _FLUENT_S
        ):
            self._draw_fine()
            return
        self._draw(False)
        if self._smoothness == "automatic" and (self._seconds is None or self._seconds <= _STALL_S):
            self._rest.start()

    def stop(self) -> None:
        """Draw nothing any more."""
        self._rest.stop()

    def _draw_fine(self) -> None:
        start = time.perf_counter()
        self._draw(True)
        self._seconds = time.perf_counter() - start
