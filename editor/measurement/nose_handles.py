"""Measurements of the nose as handles: how the nose answers is measured whenever the head rests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from facewright.core.anthropometry.handles import Handles
from facewright.core.anthropometry.measure import BY_KEY
from facewright.editor import commands
from facewright.editor.drag_session import DragSession
from facewright.editor.live.newest import Newest, Task

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection

    from PySide6.QtWidgets import QWidget

    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document

_REST_MS = 300
"""How long a head has to stay as it is before its handles are measured."""


class NoseHandles(QObject):
    """The hand on one measurement of the nose, and the `Handles` of the head as it is."""

    changed = Signal(object)
    """The new `Handles`; None while there are none that could be pulled."""
    failed = Signal(str)
    """Why there are none."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self._worker = Newest("handles", self)
        self._worker.failed.connect(self.failed)
        self._handles: Handles | None = None
        self._needed = self._stale = False
        self._key, self._before = "", document.parameters
        self._drag = DragSession(document, "pull", parent, self._pulled)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._measure)
        document.model_changed.connect(self._forget)
        document.model_moved.connect(self._forget)
        for signal in (document.parameters_changed, document.landmarks_changed, document.gesture_changed):
            signal.connect(self._wait)

    def need(self, needed: bool) -> None:
        """Measure from now on, or no longer."""
        self._needed = needed
        self._wait()

    def grab(self, key: str, held: Collection[str]) -> None:
        """Take hold of a measurement while those `held` stay."""
        if self._handles is None:
            return
        self._set_aside()
        if not self._drag.is_active:
            self._key, self._before = key, self._document.parameters
        self._drag.grab(partial(self._handles.grip, self._document.parameters, key, held))

    def pull(self, value: float) -> None:
        """Give the measurement in hand another value."""
        self._drag.pull(value)

    def release(self) -> None:
        """End the undo step once the nose has followed."""
        self._drag.release()

    def close(self) -> None:
        """Cancel what can be, wait for the rest and end the threads."""
        self._rest.stop()
        self._worker.close()
        self._drag.close()

    def _pulled(self, after: Parameters) -> None:
        if self._document.tools.symmetric:
            after = self._document.symmetry.change(self._before, after)
        head = self._document.parameters.with_code("nose", after.nose)  # a slider may have moved meanwhile
        commands.set_parameters(self._document, head, f"Set {BY_KEY[self._key].name}")

    def _forget(self) -> None:
        self._handles = None
        self.changed.emit(None)
        self._wait()

    def _wait(self) -> None:
        self._set_aside()
        if self._needed:
            self._rest.start()

    def _measure(self) -> None:
        document = self._document
        if not (self._needed and self._stale) or document.gesture is not None:
            return
        self._stale = False
        model, parameters, landmarks = document.model, document.parameters, document.landmarks

        def work(cancelled: threading.Event) -> Handles:
            return Handles(model, parameters, landmarks, cancelled.is_set)

        self._worker.want(Task(work, self._take, lambda error: self._take(None)))

    def _set_aside(self) -> None:
        """Measure no longer: it has to be done anew."""
        self._stale = True
        self._worker.drop()

    def _take(self, handles: Handles | None) -> None:
        self._handles = handles
        self.changed.emit(handles)
