"""The landmarks of the head and of the one that it is compared with, found anew whenever either changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.errors import FacewrightError
from facewright.editor.background import Background

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    import numpy as np

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.editor.comparison import Comparison
    from facewright.editor.document import Document


@dataclass(frozen=True, eq=False)
class Measured:
    """Two heads with their landmarks."""

    order: Order
    before: Landmarks
    now: Landmarks


@dataclass(frozen=True, eq=False)
class Order:
    """Two heads to be measured.

    template : the landmarks that a person has corrected, as `find_landmarks` takes them; name : of the head before.
    """

    model: HeadModel
    template: Mapping[str, np.ndarray]
    name: str
    before: Parameters
    now: Parameters

    def measured(self, last: Measured | None = None) -> Measured:
        """Find the landmarks, but for those that are `last` known. Raises what `find_landmarks` raises."""
        known: dict[Parameters, Landmarks] = {}
        near = None
        if last and last.order.model is self.model:
            near = last.now.points
            if _same(last.order.template, self.template):
                known = {last.order.before: last.before, last.order.now: last.now}
        for head in (self.before, self.now):
            if head not in known:
                known[head] = find_landmarks(self.model, head, self.template, near=near)
        return Measured(self, known[self.before], known[self.now])


class Measuring(QObject):
    """Measures on a thread of its own while somebody needs it, the newest head first."""

    measured = Signal(object)
    """A `Measured`, newer than any before it."""
    failed = Signal(str)
    """Why there is nothing to measure."""

    def __init__(self, document: Document, comparison: Comparison, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._comparison = document, comparison
        self._worker = Background("measuring", self)
        self._needed: set[object] = set()
        self._stale, self._busy, self._closed = True, False, False
        self._last: Measured | None = None
        document.model_changed.connect(self._measure)
        document.model_moved.connect(self._measure)
        document.parameters_changed.connect(self._measure)
        document.landmarks_changed.connect(self._measure)
        comparison.named.connect(self._measure)

    @property
    def last(self) -> Measured | None:
        """The newest there is, which may be of a head that is no longer shown."""
        return self._last

    @property
    def busy(self) -> bool:
        """Whether something is being measured."""
        return self._busy

    def order(self) -> Order:
        """What there is to measure now."""
        document, comparison = self._document, self._comparison
        return Order(document.model, document.landmarks, comparison.name, comparison.parameters, document.parameters)

    def need(self, who: object, needed: bool) -> None:
        """Measure from now on, for somebody; or no longer, once nobody needs it."""
        if needed:
            self._needed.add(who)
            self._advance()
        else:
            self._needed.discard(who)

    def close(self) -> None:
        """Drop what waits and end the thread."""
        self._closed = True
        self._worker.close()

    def _measure(self) -> None:
        self._stale = True
        self._advance()

    def _advance(self) -> None:
        if not (self._stale and self._needed) or self._busy or self._closed:
            return
        self._stale, self._busy = False, True
        self._worker.run(partial(self.order().measured, self._last), self._finish)

    def _finish(self, future: Future[Measured]) -> None:
        self._busy = False
        try:
            self._last = future.result()
            self.measured.emit(self._last)
        except FacewrightError as error:
            self._last = None
            self.failed.emit(str(error))
        finally:
            self._advance()


def _same(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]) -> bool:
    return first.keys() == second.keys() and all((first[name] == second[name]).all() for name in first)
