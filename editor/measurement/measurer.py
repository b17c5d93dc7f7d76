"""The landmarks of the head and of the one that it is compared with, found anew whenever either changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.editor.live.newest import Newest, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.editor.comparison import Comparison
    from facewright.editor.document import Document


@dataclass(frozen=True, eq=False)
class MeasuredPair:
    """Two heads with their landmarks."""

    pair: HeadPair
    before: Landmarks
    now: Landmarks


@dataclass(frozen=True, eq=False)
class HeadPair:
    """Two heads to be measured.

    template : the landmarks that a person has corrected, as `find_landmarks` takes them; name : of the head before.
    """

    model: HeadModel
    template: Mapping[str, np.ndarray]
    name: str
    before: Parameters
    now: Parameters

    def measured(self, last: MeasuredPair | None = None) -> MeasuredPair:
        """Find the landmarks, but for those that are `last` known. Raises what `find_landmarks` raises."""
        landmarks: dict[Parameters, Landmarks] = {}
        near = None
        if last and last.pair.model is self.model:
            near = last.now.points
            if _same(last.pair.template, self.template):
                landmarks = {last.pair.before: last.before, last.pair.now: last.now}
        for head in (self.before, self.now):
            if head not in landmarks:
                landmarks[head] = find_landmarks(self.model, head, self.template, near=near)
        return MeasuredPair(self, landmarks[self.before], landmarks[self.now])


class Measurer(QObject):
    """Measures on a thread of its own while somebody needs it, the newest head first."""

    measured = Signal(object)
    """A `MeasuredPair`, newer than any before it."""
    failed = Signal(str)
    """Why there is nothing to measure."""

    def __init__(self, document: Document, comparison: Comparison, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._comparison = document, comparison
        self._worker = Newest("measuring", self, self._next)
        self._worker.failed.connect(self.failed)
        self._needed: set[object] = set()
        self._stale = True
        self._last: MeasuredPair | None = None
        document.model_changed.connect(self._measure)
        document.model_moved.connect(self._measure)
        document.parameters_changed.connect(self._measure)
        document.landmarks_changed.connect(self._measure)
        comparison.named.connect(self._measure)

    @property
    def last(self) -> MeasuredPair | None:
        """The newest there is, which may be of a head that is no longer shown."""
        return self._last

    @property
    def busy(self) -> bool:
        """Whether something is being measured."""
        return self._worker.busy

    def pair(self) -> HeadPair:
        """What there is to measure now."""
        document, comparison = self._document, self._comparison
        return HeadPair(document.model, document.landmarks, comparison.name, comparison.parameters, document.parameters)

    def need(self, who: object, needed: bool) -> None:
        """Measure from now on, for somebody; or no longer, once nobody needs it."""
        if needed:
            self._needed.add(who)
            self._worker.advance()
        else:
            self._needed.discard(who)

    def close(self) -> None:
        """Drop what waits and end the thread."""
        self._worker.close()

    def _measure(self) -> None:
        self._stale = True
        self._worker.advance()

    def _next(self) -> Task[MeasuredPair] | None:
        """The heads as they are now, if somebody needs them and they have changed."""
        if not (self._stale and self._needed):
            return None
        self._stale = False
        pair, last = self.pair(), self._last
        return Task(lambda cancelled: pair.measured(last), self._take, self._forget)

    def _take(self, measured: MeasuredPair) -> None:
        self._last = measured
        self.measured.emit(measured)

    def _forget(self, error: Exception) -> None:
        self._last = None


def _same(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]) -> bool:
    return first.keys() == second.keys() and all((first[name] == second[name]).all() for name in first)
