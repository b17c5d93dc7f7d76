"""The landmarks of the head and of the one that it is compared with, found anew whenever either changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import measure
from facewright.core.scan.later_scan import is_follow_up, levelled
from facewright.core.scan.own_points import OwnPoints, cached_points, followed_places
from facewright.editor.live.newest import Newest, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.anthropometry.measure import Value
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.project import EditState
    from facewright.editor.comparison import Comparison
    from facewright.editor.document import Document


@dataclass(frozen=True, eq=False)
class MeasuredPair:
    """Two heads with their landmarks."""

    pair: HeadPair
    before: Landmarks
    now: Landmarks

    @cached_property
    def values(self) -> tuple[list[Value], list[Value]]:
        """All measurements of the head before and of the one now, without norms; takes up to a second."""
        before = measure(self.pair.model, self.before)
        return before, before if self.now is self.before else measure(self.pair.model, self.now)


@dataclass(frozen=True, eq=False)
class HeadPair:
    """Two heads to be measured.

    template : the landmarks that a person has corrected, as `find_landmarks` takes them; name : of the head before;
    own_before, own_now : the scans that the heads were fitted to, on which they are measured, None for none.
    """

    model: HeadModel
    template: Mapping[str, np.ndarray]
    name: str
    before: Parameters
    now: Parameters
    own_before: OwnPoints | None = None
    own_now: OwnPoints | None = None

    def measured(self, last: MeasuredPair | None = None) -> MeasuredPair:
        """Find the landmarks, but for those that are `last` known. Raises what `find_landmarks` raises."""
        landmarks: dict[MeasuredHead, Landmarks] = {}
        near = None
        if last and last.pair.model is self.model:
            near = last.now.points
            if _same(last.pair.template, self.template):
                landmarks = dict(zip(last.pair.heads, (last.before, last.now), strict=True))
        for each in self.heads:
            if each not in landmarks:
                scan = each.own.at(each.head) if each.own else None
                if scan and each.own and each.earlier and self.own_before:
                    scan = scan._replace(places=followed_places(self.own_before, each.own))
                face = find_landmarks(self.model, each.head, self.template, near=near, scan=scan)
                landmarks[each] = levelled(face, landmarks[self.heads[0]]) if each.earlier else face
        return MeasuredPair(self, *(landmarks[each] for each in self.heads))

    @property
    def heads(self) -> tuple[MeasuredHead, MeasuredHead]:
        """The head before and the one now."""
        one, other = self.own_before, self.own_now
        follows = one is not None and other is not None and is_follow_up(one.fitted, other.fitted)
        return MeasuredHead(self.before, one), MeasuredHead(self.now, other, self.before if follows else None)


class MeasuredHead(NamedTuple):
    """A head with its scan, as it is measured.

    earlier : the head of an earlier scan that its own was placed on, which tells what is horizontal and where landmarks
    belong (`facewright.core.scan.later_scan`), None for its own scan alone.
    """

    head: Parameters
    own: OwnPoints | None
    earlier: Parameters | None = None


class Measurer(QObject):
    """Measures on a thread of its own while somebody needs it, the newest head first."""

    measured = Signal(object)
    """A `MeasuredPair`, newer than any before it."""
    failed = Signal(str)
    """Why there is nothing to measure."""
    forgotten = Signal()
    """What was measured is of another project: there is nothing any more."""
    awaited_changed = Signal(bool)
    """Whether somebody waits for measurements of the heads as they are."""

    def __init__(self, document: Document, comparison: Comparison, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._comparison = document, comparison
        self._worker = Newest("measuring", self, self._next)
        self._worker.failed.connect(self.failed)
        self._needed: set[object] = set()
        self._stale, self._was_awaited = True, False
        self._last: MeasuredPair | None = None
        self._owns: list[OwnPoints] = []
        self._scan = document.state.variant.scan
        self._worker.busy_changed.connect(self._tell_awaited)
        document.project_changed.connect(self._leave)
        document.model_changed.connect(self._measure)
        document.model_moved.connect(self._measure)
        document.parameters_changed.connect(self._measure)
        document.landmarks_changed.connect(self._measure)
        document.state_changed.connect(self._follow_scan)
        comparison.named.connect(self._measure)

    @property
    def last(self) -> MeasuredPair | None:
        """The newest there is, which may be of a head that is no longer shown."""
        return self._last

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for measurements of the heads as they are: `last` is of others, or there is none."""
        return bool(self._needed) and (self._stale or self._worker.busy)

    def pair(self) -> HeadPair:
        """What there is to measure now."""
        document, comparison = self._document, self._comparison
        before = cached_points(document.model, comparison.variant.scan, *self._owns)
        now = cached_points(document.model, document.state.variant.scan, before, *self._owns)
        self._owns = [own for own in (before, now) if own]
        return HeadPair(
            document.model, document.landmarks, comparison.name, comparison.parameters, document.parameters, before, now
        )

    def need(self, who: object, needed: bool) -> None:
        """Measure from now on, for somebody; or no longer, once nobody needs it."""
        if needed:
            self._needed.add(who)
            self._worker.advance()
        else:
            self._needed.discard(who)
        self._tell_awaited()

    def close(self) -> None:
        """Drop what waits and end the thread."""
        self._worker.close()

    def _measure(self) -> None:
        self._stale = True
        self._worker.advance()
        self._tell_awaited()

    def _follow_scan(self, state: EditState) -> None:
        """Two variants may have one head, and different scans."""
        if state.variant.scan is not self._scan:
            self._scan = state.variant.scan
            self._measure()

    def _leave(self) -> None:
        """Forget what was another project's; it is measured anew once the document has told all of the new one."""
        self._stale, self._last, self._owns = True, None, []
        self._worker.drop()
        self.forgotten.emit()
        self._tell_awaited()

    def _tell_awaited(self) -> None:
        if self.is_awaited != self._was_awaited:
            self._was_awaited = self.is_awaited
            self.awaited_changed.emit(self._was_awaited)

    def _next(self) -> Task[MeasuredPair] | None:
        """The heads as they are now, if somebody needs them and they have changed."""
        if not (self._stale and self._needed):
            return None
        self._stale = False
        pair, last = self.pair(), self._last
        return Task(lambda cancelled: _with_values(pair.measured(last)), self._take, self._forget)

    def _take(self, measured: MeasuredPair) -> None:
        self._last = measured
        self.measured.emit(measured)

    def _forget(self, error: Exception) -> None:
        self._last = None


def _with_values(measured: MeasuredPair) -> MeasuredPair:
    """The same with its values, which are not to be worked out by whoever shows them."""
    _ = measured.values
    return measured


def _same(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]) -> bool:
    return first.keys() == second.keys() and all((first[name] == second[name]).all() for name in first)
