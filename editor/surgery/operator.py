"""Operations as a person asks for them: solved for and judged beside the window, each drag one undo step."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from facewright.core.errors import Cancelled
from facewright.core.scan.own_points import cached_points
from facewright.core.surgery.carry_out import carry_out
from facewright.core.surgery.operations import BY_KEY
from facewright.core.surgery.plan import NO_PLAN, Operation
from facewright.core.surgery.solve import holds, measured, solve_plan
from facewright.core.surgery.subject import Subject
from facewright.editor import commands
from facewright.editor.background import Background, Relay
from facewright.editor.drag_session import DragSession
from facewright.editor.live.newest import Newest, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from PySide6.QtWidgets import QWidget

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.scan.own_points import OwnPoints
    from facewright.core.surgery.plan import SurgicalPlan
    from facewright.core.surgery.solve import Slopes
    from facewright.editor.comparison import Comparison
    from facewright.editor.document import Document

_REST_MS = 400
"""How long a head has to stay as it is before its operations are measured again."""

_ROUGH_ITERATIONS = 2
"""Measurements that a moving hand waits for."""

_BUSY = "Measuring and carrying out…"
_CALLED_OFF = "Cancelled: the operations are as before."
_STILL = "The last operation is still being carried out: ask again in a moment."
LOCKED = "The nose is locked: unlock it to plan operations."


@dataclass(frozen=True)
class PlanState:
    """What the operations of a head measure.

    plan : that was measured; amounts : by key, mm or °; current : whether the head beneath is the one it was made for.
    """

    plan: SurgicalPlan
    amounts: Mapping[str, float]
    current: bool


class Pull(NamedTuple):
    """A plan that is asked for; rough : whether a hand still moves."""

    plan: SurgicalPlan
    rough: bool


class Answer(NamedTuple):
    """A plan that was solved for, what it measures, and why it is not the one that was asked for."""

    plan: SurgicalPlan
    amounts: Mapping[str, float]
    refused: str


@dataclass(frozen=True, eq=False)
class PatientHead:
    """A head without its plan, its corrected landmarks, and the scan that it was fitted to, if there is one."""

    model: HeadModel
    codes: Parameters
    landmarks: Mapping[str, np.ndarray]
    own: OwnPoints | None

    @property
    def key(self) -> object:
        """What makes it the same head."""
        landmarks = tuple((name, place.tobytes()) for name, place in sorted(self.landmarks.items()))
        return id(self.model), self.codes, landmarks, self.own

    def subject(self) -> Subject:
        """The head measured; takes a moment."""
        return Subject(self.model, self.codes, self.landmarks, scan=self.own.at(self.codes) if self.own else None)


class PlanHand:
    """A hand on the plan of one head: the next solution begins at the last one."""

    def __init__(self, subject: Subject, plan: SurgicalPlan, let_go: threading.Event, tell: Callable[[str], None]):
        """plan : the head's, as the hand took hold of it; let_go : calls its work off; tell : hears of long work."""
        self.subject, self._before, self._let_go, self._tell = subject, plan, let_go, tell
        self._slopes: Slopes | None = None

    def pull(self, pull: Pull) -> Answer:
        """Carry out a plan: roughly and unjudged while the hand moves, else to the end. Raises Cancelled."""
        self.subject.cancelled = self._let_go.is_set
        if pull.rough:
            result, refused = solve_plan(self.subject, pull.plan, self._slopes, _ROUGH_ITERATIONS), ""
        else:
            outcome = carry_out(self.subject, pull.plan, self._before, self._tell)
            result, refused = outcome.result, outcome.refused
        self._slopes = result.slopes
        return Answer(result.plan, result.achieved, refused)


class Operator(QObject):
    """Carries out the operations of the document's head."""

    told = Signal(str)
    """What became of what was asked for; empty where it is as asked."""
    measured = Signal(object)
    """A `PlanState`, newer than any before it."""
    cancellable = Signal(bool)
    """Whether something is carried out to its end, which `cancel` calls off."""

    def __init__(self, document: Document, comparison: Comparison, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._comparison = document, comparison
        self._background = Background("operations", self)  # one thread: a measured head is for one alone
        self._drag = DragSession(document, self._background, window, self._arrived, self._give_up)
        self._checker = Newest(self._background, self)
        self._checker.failed.connect(self.told)
        self._meanwhile = Relay(self.told.emit, self)
        self._subject: tuple[object, Subject] | None = None
        self._own: OwnPoints | None = None
        self._plan, self._text, self._pulled = NO_PLAN, "", NO_PLAN
        self._needed = self._is_last = False
        self._let_go = threading.Event()
        self._postponed: dict[str, float] = {}
        self._refused = ""
        document.gesture_changed.connect(self._go_on)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._check)
        for signal in (document.model_changed, document.parameters_changed, document.landmarks_changed):
            signal.connect(self._rest.start)

    @property
    def busy(self) -> bool:
        """Whether something is still being carried out."""
        return self._drag.is_active

    @property
    def asked(self) -> Mapping[str, float]:
        """The amounts, by key, that are carried out, or will be."""
        plan = self._pulled if self.busy else self._document.parameters.plan
        return {**plan.asked, **self._postponed}

    def need(self, needed: bool) -> None:
        """Measure what operations have become whenever the head beneath changes, or no longer."""
        self._needed = needed
        self._rest.start()

    def grab(self, key: str) -> bool:
        """Take hold of one operation; whether that can be, now."""
        return self._grab(BY_KEY[key].title)

    def pull(self, key: str, amount: float, *, rough: bool = True) -> None:
        """Ask for another amount of it, mm or °."""
        self._pull(Pull(_with_amount(self._plan, key, amount), rough))

    def release(self) -> None:
        """End the undo step once the head has followed."""
        self._drag.release()

    def postpone(self, key: str, amount: float) -> bool:
        """Carry out another amount after what is being carried out; whether that can be."""
        if not self.busy or "nose" in self._document.state.locked:
            return False
        self._postponed[key] = amount
        self.told.emit(f"Carried out next: {', '.join(BY_KEY[each].title for each in self._postponed)}.")
        return True

    def ask(self, plan: SurgicalPlan, text: str) -> bool:
        """Another list of operations, as one undo step that is called `text`; whether that can be, now."""
        if not self._grab(text):
            return False
        self._pull(Pull(plan, rough=False))
        self._drag.release()
        return True

    def cancel(self) -> None:
        """Call off what is carried out: the operations stay as they were."""
        self._let_go.set()

    def close(self) -> None:
        """Cancel what is under way and end the thread."""
        self._rest.stop()
        self.cancel()
        self._checker.close()
        self._drag.close()
        self._background.close()

    def _grab(self, text: str) -> bool:
        if self.busy or "nose" in self._document.state.locked:
            self.told.emit(_STILL if self.busy else LOCKED)
            return False
        self._plan = self._pulled = self._document.parameters.plan
        self._text, self._refused = text, ""
        if self._plan == NO_PLAN:
            self._comparison.keep(self._document.state.variant)
        self._checker.drop()
        self._let_go = threading.Event()
        self.told.emit(_BUSY)
        self._drag.grab(partial(self._begun, self._head(), self._plan, self._let_go))
        return True

    def _pull(self, pull: Pull) -> None:
        self._pulled, self._is_last = pull.plan, not pull.rough
        self._drag.pull(pull)
        self._tell_cancellable()

    def _tell_cancellable(self) -> None:
        self.cancellable.emit(self._is_last and self._drag.is_behind)

    def _head(self) -> PatientHead:
        document = self._document
        self._own = cached_points(document.model, document.state.variant.scan, self._own)
        codes = document.parameters.bare
        return PatientHead(document.model, codes, document.landmarks, self._own)

    def _begun(self, head: PatientHead, plan: SurgicalPlan, let_go: threading.Event) -> PlanHand:
        return PlanHand(self._subject_of(head), plan, let_go, self._meanwhile.tell)

    def _subject_of(self, head: PatientHead) -> Subject:
        """The head measured, or as it was measured before; for the thread alone."""
        held = self._subject
        if held is None or held[0] != head.key:
            self._subject = held = (head.key, head.subject())
        return held[1]

    def _arrived(self, answer: Answer) -> None:
        self._tell_cancellable()
        commands.set_plan(self._document, answer.plan, self._text)
        self._refused = " ".join(filter(None, (self._refused, answer.refused)))
        self.told.emit(self._refused)
        self.measured.emit(PlanState(answer.plan, answer.amounts, current=True))

    def _give_up(self, error: Exception | None) -> None:
        """What was asked for has no answer: tell what is."""
        self._let_go.set()
        self._postponed.clear()
        self.cancellable.emit(False)
        called_off = isinstance(error, Cancelled)
        if called_off:  # the hand may have moved roughly before
            commands.set_plan(self._document, self._plan, self._text)
        self.told.emit(_CALLED_OFF if called_off else "")
        self._rest.start()

    def _go_on(self, in_gesture: bool) -> None:
        if self._postponed and not in_gesture:
            QTimer.singleShot(0, self, self._carry_out_postponed)  # the gesture that ends is not over yet

    def _carry_out_postponed(self) -> None:
        """Carry out what was typed in the meantime; what was refused before is told with what comes of it."""
        if self.busy or not self._postponed:
            return
        plan, titles, refused = self._document.parameters.plan, [], self._refused
        for key, amount in self._postponed.items():
            plan = _with_amount(plan, key, amount)
            titles.append(BY_KEY[key].title)
        self._postponed.clear()
        self.ask(plan, ", ".join(titles))
        self._refused = refused

    def _check(self) -> None:
        """Measure the operations again: the head beneath them may be another now."""
        plan = self._document.parameters.plan
        if not self._needed or self.busy:
            return
        if plan == NO_PLAN:
            self.measured.emit(PlanState(plan, {}, current=True))
            return
        head = self._head()

        def work(cancelled: threading.Event) -> PlanState:
            subject = self._subject_of(head)
            subject.cancelled = cancelled.is_set
            return PlanState(plan, measured(subject, plan), holds(subject, plan))

        self._checker.want(Task(work, self.measured.emit))


def _with_amount(plan: SurgicalPlan, key: str, amount: float) -> SurgicalPlan:
    """The plan with an operation carried out by an amount, mm or °; a new one comes last."""
    old = plan.operation(key)
    return plan.with_operation(replace(old, amount=amount, on=True) if old else Operation(key, amount))
