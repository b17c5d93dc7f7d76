"""A plan carried out and judged: what would break the face is refused, and how far it can go is said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.measure import shown
from facewright.core.surgery.operations import BY_KEY
from facewright.core.surgery.solve import PlanResult, part_way, solve_plan

if TYPE_CHECKING:
    from facewright.core.surgery.operations import OperationKind
    from facewright.core.surgery.plan import SurgicalPlan
    from facewright.core.surgery.solve import Slopes
    from facewright.core.surgery.subject import Subject

_STEPS = {"mm": 0.1, "°": 0.5}
"""What the nearest sound amount is a multiple of."""
_HALVINGS, _FURTHER_HALVINGS, _TRIES = 5, 3, 3
_ROUGH_ITERATIONS = 2
"""Measurements before a plan is judged for the first time: what is torn by then need not be solved for."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a plan.

    result : the sound plan nearest to the one that was asked for; refused : why it is not that one, empty if it is.
    """

    result: PlanResult
    refused: str = ""


def carry_out(subject: Subject, plan: SurgicalPlan, before: SurgicalPlan, start: Slopes | None = None) -> Outcome:
    """Solve for a plan that differs from a sound one, and judge it.

    If it is not sound, or an amount cannot be reached, the operations that are new or changed go as far as they can.
    Raises as `solve_plan` does.
    """
    result = solve_plan(subject, plan, start, _ROUGH_ITERATIONS)
    fault = _torn(subject, result)
    if not fault:
        result = solve_plan(subject, plan, result.slopes)
        fault = _fault(subject, result)
    if not fault:
        return Outcome(result)
    changed = [key for key, amount in plan.asked.items() if before.asked.get(key, 0.0) != amount]
    if not changed:  # the face itself has changed beneath the plan
        changed = list(plan.asked)
        before = replace(before, operations=())
    nearest, partial = _nearest(subject, plan, before, changed, result)
    if nearest.asked == plan.asked:
        return Outcome(partial)
    return Outcome(partial, " ".join(_refusal(BY_KEY[key], plan, nearest, fault) for key in changed))


def _nearest(
    subject: Subject, plan: SurgicalPlan, before: SurgicalPlan, changed: list[str], result: PlanResult
) -> tuple[SurgicalPlan, PlanResult]:
    """The plan that goes furthest of those that can be reached and are sound; `result` goes too far.

    How far is told by the strengths of the last that was solved for: the judge is cheap, and measures are nearly
    linear in strengths.
    """
    reached = _reached_share(plan, before, changed, result)
    share = reached * _sound_share(subject, before, result)
    start = part_way(subject, result.slopes, share / reached)
    low, high, best = 0.0, 1.0, None
    tried: list[SurgicalPlan] = []
    while len(tried) < _TRIES or (best is None and len(tried) < 2 * _TRIES):
        nearest = _scaled(plan, before, changed, share)
        if nearest in tried:
            break
        tried.append(nearest)
        partial = solve_plan(subject, nearest, start)
        start = partial.slopes
        if _fault(subject, partial):
            high = share
            share = (low + high) / 2.0
        else:
            low, best = share, (nearest, partial)
            if share > 0.0:
                share *= _sound_share(subject, before, partial, (1.0, high / share), _FURTHER_HALVINGS)
    nearest = _scaled(plan, before, changed, 0.0)
    return best or (nearest, solve_plan(subject, nearest, start))


def _reached_share(plan: SurgicalPlan, before: SurgicalPlan, changed: list[str], result: PlanResult) -> float:
    """How much of the way of the changed operations a solution measures, at least a tenth."""
    firsts = {key: before.asked.get(key, 0.0) for key in changed}
    shares = [(result.achieved[key] - firsts[key]) / (plan.asked[key] - firsts[key]) for key in changed]
    return float(np.clip(min(shares), 0.1, 1.0)) if np.isfinite(shares).all() else 0.1


def _fault(subject: Subject, result: PlanResult) -> str:
    return "this nose does not follow that far" if result.missed else _torn(subject, result)


def _torn(subject: Subject, result: PlanResult) -> str:
    return subject.judged(dict(result.plan.strengths)).fault


def _sound_share(
    subject: Subject,
    before: SurgicalPlan,
    result: PlanResult,
    ends: tuple[float, float] = (0.0, 1.0),
    halvings: int = _HALVINGS,
) -> float:
    """How much of the way from a plan's strengths to a solution's is sound, between two ends, found by halving."""
    first = dict(before.strengths) if before.operations else {}
    after = dict(result.plan.strengths)
    low, high = ends
    for _ in range(halvings):
        share = (low + high) / 2.0
        between = {key: (1 - share) * first.get(key, 0.0) + share * after.get(key, 0.0) for key in {**first, **after}}
        low, high = (low, share) if subject.judged(between).fault else (share, high)
    return low


def _scaled(plan: SurgicalPlan, before: SurgicalPlan, changed: list[str], share: float) -> SurgicalPlan:
    """The plan with its changed operations a share of the way from where they were, in whole steps."""
    for key in changed:
        operation, first = plan.operation(key), before.asked.get(key, 0.0)
        assert operation is not None
        step = _STEPS[BY_KEY[key].unit]
        way = np.trunc(share * (operation.amount - first) / step + 1e-9) * step
        plan = plan.with_operation(replace(operation, amount=round(float(first + way), 3)))
    return plan


def _refusal(kind: OperationKind, asked: SurgicalPlan, nearest: SurgicalPlan, fault: str) -> str:
    wanted, can = asked.operation(kind.key), nearest.operation(kind.key)
    assert wanted is not None
    assert can is not None
    first, second = (shown(each.amount, kind.unit, kind.unit, "+") for each in (wanted, can))
    return f"{kind.title} {first} is not possible on this face: {fault}; the limit is {second}."
