"""A plan carried out and judged: what would break the face is refused, and how far it can go is told."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from math import copysign
from typing import TYPE_CHECKING, NamedTuple

from facewright.core.anthropometry.measure import shown
from facewright.core.surgery.operations import BY_KEY
from facewright.core.surgery.solve import PlanResult, foreseen, solve_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from facewright.core.surgery.plan import Operation, SurgicalPlan
    from facewright.core.surgery.subject import Subject

_STEPS = {"mm": 0.1, "°": 0.5}
"""What a limit is away from where the operation was is a multiple of."""
_RUNG, _FORESEEN = 100, 5
"""So many of these steps further a limit is looked for at once; and how often it is foreseen before it is halved."""
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


def carry_out(
    subject: Subject, plan: SurgicalPlan, before: SurgicalPlan, tell: Callable[[str], None] = lambda text: None
) -> Outcome:
    """Solve for a plan that differs from a sound one, and judge it.

    If it is not sound, or an amount cannot be reached, the operations that are new or changed go as far as they can,
    one after the other; so do all of them where the face has changed beneath the plan. Each solution begins at the face
    without operations, so that a plan comes out the same whatever was asked for on the way to it.
    tell : hears what is being done where that takes long.
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
        result = _limit(subject, result, operation, first, tell)
        limit = result.plan.asked.get(key, 0.0)
        refusals.append(_refusal(operation, limit, whole.fault))
        if limit == 0.0:
            result = replace(result, plan=_left_out(result.plan, key, before))
    return Outcome(result, " ".join(refusals))


def _solved(subject: Subject, plan: SurgicalPlan) -> _Solved:
    """Solve for a plan, until it is solved for, torn or comes no nearer."""
    result = None
    for _ in range(_JUDGEMENTS):
        further = solve_plan(subject, plan, result.slopes if result else None, _ITERATIONS)
        if result and further.plan == result.plan:
            break
        result = further
        if fault := _torn(subject, result.plan.strengths):
            return _Solved(result, fault)
    assert result is not None
    return _Solved(result, "the face does not follow that far" if result.missed else "")


def _torn(subject: Subject, strengths: Iterable[tuple[str, float]]) -> str:
    return subject.judged(dict(strengths)).fault


def _limit(
    subject: Subject, start: PlanResult, operation: Operation, first: float, tell: Callable[[str], None]
) -> PlanResult:
    """The plan whose operation goes furthest from a first amount, at which `start` has it, to one that cannot be had.

    Amounts are tried a step beside each other in the end, and each is solved for as any plan is. Which ones are tried
    is foreseen: what a plan's strengths will be is known from the slopes of the last one solved for, and a face is
    judged in a tenth of the time that it is measured in. None of that depends on the amount asked for, but for what is
    not tried beyond it.
    """
    kind = BY_KEY[operation.key]
    step = copysign(_STEPS[kind.unit], operation.amount - first)
    most = abs(operation.amount - first)

    def amount(count: int) -> float:
        return round(first + count * step, 3)

    def plan(count: int) -> SurgicalPlan:
        return start.plan.with_operation(replace(operation, amount=amount(count)))

    def is_torn(count: int) -> bool:
        return bool(_torn(subject, foreseen(subject, plan(count), slopes).items()))

    limit, slopes, low, high = start, start.slopes, 0, 0
    foresights = _FORESEEN
    while high != low + 1:
        between = range(low + 1, high or low + _RUNG + 1)
        count = between[len(between) // 2]
        if foresights:
            count = between[max(bisect_left(between, True, key=is_torn) - 1, 0)]
        foresights = max(foresights - 1, 0)
        if abs(amount(count) - first) >= most:
            high = count
            continue
        tell(f"{kind.title}: looking for how far it can go, {shown(amount(count), kind.unit, kind.unit, '+')}…")
        result, fault = _solved(subject, plan(count))
        slopes = result.slopes
        if fault or abs(result.achieved[operation.key] - amount(count)) >= abs(step):
            high = count
        else:
            limit, low = result, count
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
