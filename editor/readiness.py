"""What a new installation compiles for its machine, while the window is already at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from facewright.core.surface.ready import make_ready
from facewright.editor.background import Background

if TYPE_CHECKING:
    from concurrent.futures import Future

_SOON_MS = 2000
"""What taking it from the disk may take; only what takes longer is told."""


class Readiness(QObject):
    """Compiles at the start what the first drag would wait for, on a thread of its own."""

    changed = Signal(bool)
    """Whether the machine is being made ready, which takes seconds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background("readiness", self)
        self._late = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._late.timeout.connect(lambda: self.changed.emit(True))

    def begin(self) -> None:
        """Make ready what is not yet."""
        self._late.start()
        self._background.run(make_ready, self._finish)

    def close(self) -> None:
        """Wait for what is under way: a compiler cannot be interrupted."""
        self._late.stop()
        self._background.close()

    def _finish(self, future: Future[None]) -> None:
        self._late.stop()
        self.changed.emit(False)
        future.result()
