"""A plan carried out and judged: what would break the face is refused, and how far it can go is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import copysign
from typing import TYPE_CHECKING, NamedTuple

from facewright.core.anthropometry.measure import shown
from facewright.core.surgery.operations import BY_KEY
from facewright.core.surgery.solve import PlanResult, solve_plan

if TYPE_CHECKING:
    from facewright.core.surgery.plan import Operation, SurgicalPlan
    from facewright.core.surgery.solve import Slopes
    from facewright.core.surgery.subject import Subject

_STEPS = {"mm": 0.1, "°": 0.5}
"""What a limit is away from where the operation was is a multiple of."""
_RUNG = 25
"""So many of these steps apart are the amounts that a limit is first looked for between."""
_ITERATIONS, _JUDGEMENTS = 2, 7
"""Measurements between which a plan is judged, and how often at most: what is torn by then need not be solved for."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a plan.

    result : the sound plan nearest to the one that was asked for; refused : why it is not that one, empty if it is.
    """

    result: PlanResult
    refused: str = ""


class _Solved(NamedTuple):
    """A plan solved for; fault : why it cannot be, empty if it can."""

    result: PlanResult
    fault: str


def carry_out(subject: Subject, plan: SurgicalPlan, before: SurgicalPlan) -> Outcome:
    """Solve for a plan that differs from a sound one, and judge it.

    If it is not sound, or an amount cannot be reached, the operations that are new or changed go as far as they can,
    one after the other; so do all of them where the face has changed beneath the plan. Each solution begins at the face
    without operations, so that a plan comes out the same whatever was asked for on the way to it.
    Raises as `solve_plan` does.
    """
    solved = _solved(subject, plan)
    if not solved.fault:
        return Outcome(solved.result)
    changed = [key for key, amount in plan.asked.items() if before.asked.get(key, 0.0) != amount]
    firsts = {key: before.asked.get(key, 0.0) for key in changed}
    nearest = _solved(subject, _with_amounts(plan, firsts))
    if nearest.fault or not changed:
        firsts = dict.fromkeys(plan.asked, 0.0)
        nearest = _solved(subject, _with_amounts(plan, firsts))
    result, refusals = nearest.result, []
    for key, first in firsts.items():
        operation = plan.operation(key)
        assert operation is not None
        wanted = result.plan.with_operation(operation)
        whole = solved if wanted.operations == plan.operations else _solved(subject, wanted)
        if not whole.fault:
            result = whole.result
            continue
        result = _limit(subject, result, operation, first)
        limit = result.plan.asked.get(key, 0.0)
        refusals.append(_refusal(operation, limit, whole.fault))
        if limit == 0.0:
            result = replace(result, plan=_left_out(result.plan, key, before))
    return Outcome(result, " ".join(refusals))


def _solved(subject: Subject, plan: SurgicalPlan, start: Slopes | None = None) -> _Solved:
    """Solve for a plan, from another solution's slopes if given, until it is solved for, torn or comes no nearer."""
    result = None
    for _ in range(_JUDGEMENTS):
        further = solve_plan(subject, plan, result.slopes if result else start, _ITERATIONS)
        if result and further.plan == result.plan:
            break
        result = further
        if fault := _torn(subject, result):
            return _Solved(result, fault)
    assert result is not None
    return _Solved(result, "the face does not follow that far" if result.missed else "")


def _torn(subject: Subject, result: PlanResult) -> str:
    return subject.judged(dict(result.plan.strengths)).fault


def _limit(subject: Subject, start: PlanResult, operation: Operation, first: float) -> PlanResult:
    """The plan whose operation goes furthest from a first amount, at which `start` has it, to one that cannot be had.

    Amounts are tried in an order that does not depend on the one asked for, each from the last that can be had; the
    limit itself is solved for as any plan is.
    """
    step = copysign(_STEPS[BY_KEY[operation.key].unit], operation.amount - first)
    most = abs(operation.amount - first)
    at = start

    def solved(count: int, slopes: Slopes | None = None) -> PlanResult | None:
        """With the operation so many steps from its first amount; None if that cannot be had."""
        amount = round(first + count * step, 3)
        if count == 0 or abs(amount - first) >= most:
            return start if count == 0 else None
        result, fault = _solved(subject, start.plan.with_operation(replace(operation, amount=amount)), slopes)
        return None if fault or abs(result.achieved[operation.key] - amount) >= abs(step) else result

    low, high = 0, _RUNG
    while further := solved(high, at.slopes):
        at, low, high = further, high, high + _RUNG
    while high - low > 1:
        middle = (low + high) // 2
        further = solved(middle, at.slopes)
        at, low, high = (further, middle, high) if further else (at, low, middle)
    limit = solved(low)
    while limit is None:
        low -= 1
        limit = solved(low)
    while further := solved(low + 1):
        limit, low = further, low + 1
    return limit


def _with_amounts(plan: SurgicalPlan, amounts: dict[str, float]) -> SurgicalPlan:
    operations = (replace(each, amount=amounts.get(each.key, each.amount)) for each in plan.operations)
    return replace(plan, operations=tuple(operations))


def _left_out(plan: SurgicalPlan, key: str, before: SurgicalPlan) -> SurgicalPlan:
    """A plan without an operation that cannot be had at all: off if it was, 0 if it was more, else not in the list."""
    old = before.operation(key)
    if old is None:
        return plan.without(key)
    return plan if old.on else plan.with_operation(old)


def _refusal(operation: Operation, limit: float, fault: str) -> str:
    kind = BY_KEY[operation.key]
    wanted, can = (shown(amount, kind.unit, kind.unit, "+") for amount in (operation.amount, limit))
    return f"{kind.title} {wanted} is not possible on this face: {fault}; the limit is {can}."
