"""The strengths at which every operation of a plan measures what was asked for, and everything else what it did.

One unknown for each operation, one equation for each: the change of its own measure is its amount, or 0 where it is not
asked for. The fields are made so that their own measures answer, so the equations are nearly apart, and Broyden's
method (1965) from the slopes that the fields are known to have needs a few measurements. Nothing is searched for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.measure import shown
from facewright.core.surgery.fields import plan_warp
from facewright.core.surgery.operations import BY_KEY
from facewright.core.surgery.plan import NO_PLAN, SurgicalPlan, point

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.surgery.operations import OperationKind
    from facewright.core.surgery.subject import Subject

TOLERANCE = {"mm": 0.2, "°": 0.5}
"""Within which an operation counts as reached, by unit."""

_NEAR = {"mm": (0.03, 0.08), "°": (0.08, 0.15)}
"""Within which nothing is improved any more: of what is asked for, and of what is held."""

_SLOPES = {"bony_width": 1.9, "tip_width": 1.9, "tip_definition": 1.9, "alar_base": 2.0, "tip_rotation": 0.7}
_ACROSS = {
    ("tip_definition", "tip_width"): 1.9,
    ("tip_width", "tip_definition"): 0.6,
    ("dorsum", "tip_projection"): -0.4,
}
"""About what measures (the first) answer to strengths (the second), where that is not 1 or 0."""

_ITERATIONS, _LONGEST = 12, {"mm": 4.0, "°": 12.0}
_IDLE = 1
"""Steps in a row that may bring nothing: more of them never have where an amount cannot be reached."""

_SAME_MM = 0.01
"""A landmark no further than this from where it was has not moved: the last digits are the order of adding up."""

_PLACES = 4
"""Of a strength: what is below is the order in which numbers were added up."""


@dataclass(frozen=True, eq=False)
class Slopes:
    """Where a solution was and how it answers there, from which the next begins.

    keys : of the unknowns; strengths : (n,); changes : (n,) of their measures; matrix : (n, n), changes by strengths.
    """

    keys: tuple[str, ...]
    strengths: np.ndarray
    changes: np.ndarray
    matrix: np.ndarray


@dataclass(frozen=True, eq=False)
class PlanResult:
    """A plan that was solved for.

    plan : with its strengths; achieved : the change of every operation's own measure by key, asked for or not.
    """

    plan: SurgicalPlan
    achieved: Mapping[str, float]
    slopes: Slopes

    @property
    def missed(self) -> dict[str, float]:
        """By how much operations are not what was asked for, as far as that counts."""
        away = {key: self.achieved[key] - amount for key, amount in self.plan.asked.items() if key in self.achieved}
        return {key: miss for key, miss in away.items() if not abs(miss) <= TOLERANCE[BY_KEY[key].unit]}


def solve_plan(
    subject: Subject, plan: SurgicalPlan, start: Slopes | None = None, iterations: int = _ITERATIONS
) -> PlanResult:
    """Carry out a plan on a face.

    start : of a solution nearby, which saves measurements. Raises FacewrightError if an operation needs a landmark that
    the model lacks, Cancelled if the subject's is wished.
    """
    kinds = unknowns(subject, plan)
    keys = tuple(kind.key for kind in kinds)
    if not keys:
        return PlanResult(
            _packed(subject, plan, {}), achieved(subject, {}), Slopes((), np.zeros(0), np.zeros(0), np.eye(0))
        )
    goal = np.array([plan.asked.get(key, 0.0) for key in keys])
    near = np.array([_NEAR[kind.unit][kind.key not in plan.asked] for kind in kinds])
    longest = np.array([_LONGEST[kind.unit] for kind in kinds])
    at = _start(kinds, start)
    best, idle = at, 0
    for _ in range(iterations):
        error = goal - at.changes
        if (np.abs(error) <= near).all():
            break
        step = _towards(at, goal)
        step *= min(1.0, float((longest / np.maximum(np.abs(step), 1e-12)).min()))
        strengths = np.round(at.strengths + step, _PLACES)
        step = strengths - at.strengths
        changes = _changes(subject, kinds, strengths)
        if not np.isfinite(changes).all():  # torn: a landmark or the profile is nowhere
            break
        surprise = changes - at.changes - at.matrix @ step
        matrix = at.matrix + np.outer(surprise, step) / max(float(step @ step), 1e-12)
        at = Slopes(keys, strengths, changes, matrix)
        idle += 1
        if _worst(goal - at.changes, near) < _worst(goal - best.changes, near):
            best, idle = at, 0
        if idle > _IDLE:
            break
    strengths = dict(zip(keys, best.strengths.tolist(), strict=True))
    return PlanResult(_packed(subject, plan, strengths), achieved(subject, strengths), best)


def foreseen(subject: Subject, plan: SurgicalPlan, slopes: Slopes) -> dict[str, float]:
    """The strengths that a plan will have by the slopes of another solution; nothing is measured."""
    at = _start(unknowns(subject, plan), slopes)
    goal = np.array([plan.asked.get(key, 0.0) for key in at.keys])
    return dict(zip(at.keys, (at.strengths + _towards(at, goal)).tolist(), strict=True))


def unknowns(subject: Subject, plan: SurgicalPlan) -> list[OperationKind]:
    """The operations whose measures are controlled: those asked for, and those that these do not change by nature."""
    asked = [kind for kind in subject.kinds if kind.key in plan.asked]
    held = [kind for kind in subject.kinds if not any(kind.is_moved_by(other) for other in asked)] if asked else []
    return [kind for kind in subject.kinds if kind in asked or kind in held]


def achieved(subject: Subject, strengths: Mapping[str, float]) -> dict[str, float]:
    """The change of every operation's own measure at strengths of the fields."""
    face = subject.face(strengths)
    return {kind.key: kind.measure(face) - kind.measure(subject.before) for kind in subject.kinds}


def holds(subject: Subject, plan: SurgicalPlan) -> bool:
    """Whether a plan was made for this very face: its landmarks are what they were, but for rounding."""
    old, now = dict(plan.landmarks), subject.frame.landmarks
    return old.keys() == now.keys() and all(np.abs(now[name] - place).max() < _SAME_MM for name, place in old.items())


def measured(subject: Subject, plan: SurgicalPlan) -> dict[str, float]:
    """The change of every operation's own measure as the plan is carried out now, whatever face it was made for."""
    face = subject.operated(plan_warp(plan)) if plan.strengths else subject.before
    return {kind.key: kind.measure(face) - kind.measure(subject.before) for kind in subject.kinds}


def described(subject: Subject, plan: SurgicalPlan) -> tuple[str, ...]:
    """The operations of a plan for people, in their order: what was asked for, and what each measures on this face."""
    amounts, texts = measured(subject, plan), []
    for operation in plan.operations:
        kind = BY_KEY.get(operation.key)
        if kind is None or kind.key not in amounts or not operation.on:
            texts.append(f"{kind.title if kind else operation.key}: {'not carried out' if operation.on else 'off'}")
            continue
        reached = shown(amounts[kind.key], kind.unit, kind.unit, "+")
        texts.append(f"{kind.title} {kind.told(operation.amount)} (measured {reached}: {kind.measured})")
    return tuple(texts)


def _towards(slopes: Slopes, goal: np.ndarray) -> np.ndarray:
    """The change of the strengths that would lead to other changes (n,) of the measures."""
    step: np.ndarray = np.linalg.lstsq(slopes.matrix, goal - slopes.changes, rcond=1e-3)[0]
    return step


def _start(kinds: list[OperationKind], start: Slopes | None) -> Slopes:
    """Another solution where it has these unknowns, else the face without operations."""
    return start if start and start.keys == tuple(kind.key for kind in kinds) else _begun(kinds)


def _begun(kinds: list[OperationKind]) -> Slopes:
    keys = tuple(kind.key for kind in kinds)
    matrix = np.diag([_SLOPES.get(key, 1.0) for key in keys])
    for (row, column), slope in _ACROSS.items():
        if row in keys and column in keys:
            matrix[keys.index(row), keys.index(column)] = slope
    return Slopes(keys, np.zeros(len(keys)), np.zeros(len(keys)), matrix)


def _changes(subject: Subject, kinds: list[OperationKind], strengths: np.ndarray) -> np.ndarray:
    face = subject.face(dict(zip((kind.key for kind in kinds), strengths.tolist(), strict=True)))
    return np.array([kind.measure(face) - kind.measure(subject.before) for kind in kinds])


def _worst(error: np.ndarray, near: np.ndarray) -> float:
    return float((np.abs(error) / near).max())


def _packed(subject: Subject, plan: SurgicalPlan, strengths: Mapping[str, float]) -> SurgicalPlan:
    if not plan.operations:
        return NO_PLAN
    frame = subject.frame
    used = tuple(sorted((key, value) for key, value in strengths.items() if value != 0.0))
    landmarks = tuple((name, point(np.round(place, _PLACES))) for name, place in sorted(frame.landmarks.items()))
    return SurgicalPlan(plan.operations, used, landmarks, tuple(point(row) for row in frame.axes))
