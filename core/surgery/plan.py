"""A surgical plan as a value: the operations that were asked for, and the strengths of the fields that carry them out.

A plan is part of a head (`facewright.core.parameters.Parameters`) and needs nothing else to be carried out: it holds
the landmarks and the axes that its fields are defined by, as they were before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Point = tuple[float, float, float]

MOST_OPERATIONS = 100
_LARGEST, _LONGEST_KEY = 1000.0, 40
"""What no amount, strength or coordinate goes beyond, mm or °."""


@dataclass(frozen=True)
class Operation:
    """One named change.

    key : of `facewright.core.surgery.operations.OPERATIONS`; amount : what was asked for, mm or °; on : whether it is
    carried out.
    """

    key: str
    amount: float
    on: bool = True


@dataclass(frozen=True)
class SurgicalPlan:
    """Operations in a person's order, and what carries them out.

    operations : one of each key; strengths : of the fields by key, in order of the keys, 0 left out; landmarks :
    (x, y, z) mm, head frame, by name, of the head as it was; axes : rows to the left, up and out of the face.

    Raises FacewrightError if a number is none or beyond any face, or an operation comes twice.
    """

    operations: tuple[Operation, ...]
    strengths: tuple[tuple[str, float], ...] = ()
    landmarks: tuple[tuple[str, Point], ...] = ()
    axes: tuple[Point, ...] = ()

    def __post_init__(self) -> None:
        """Check every number."""
        numbers = [each.amount for each in self.operations] + [strength for _, strength in self.strengths]
        numbers += [number for _, point in self.landmarks for number in point]
        numbers += [number for row in self.axes for number in row]
        if not all(math.isfinite(number) and abs(number) <= _LARGEST for number in numbers):
            raise FacewrightError("A number of the plan is beyond any face: ask for less.")
        keys = [each.key for each in self.operations]
        if len(set(keys)) < len(keys) or len(keys) > MOST_OPERATIONS or any(len(key) > _LONGEST_KEY for key in keys):
            raise FacewrightError("An operation comes twice in the plan: change the one that is there.")

    @property
    def asked(self) -> dict[str, float]:
        """The amounts of the operations that are carried out, by key."""
        return {each.key: each.amount for each in self.operations if each.on and each.amount != 0.0}

    def operation(self, key: str) -> Operation | None:
        """The operation of a key, if it is in the list."""
        return next((each for each in self.operations if each.key == key), None)

    def with_operation(self, operation: Operation) -> SurgicalPlan:
        """The list with an operation in the place of the one of its key, or at the end."""
        others = [operation if each.key == operation.key else each for each in self.operations]
        if operation not in others:
            others.append(operation)
        return replace(self, operations=tuple(others))

    def without(self, key: str) -> SurgicalPlan:
        """The list without an operation."""
        return replace(self, operations=tuple(each for each in self.operations if each.key != key))

    def toward(self, other: SurgicalPlan, share: float) -> SurgicalPlan:
        """What is carried out a share of the way (0 to 1) to another plan; the ends are exact.

        Between plans for different faces the strengths are those of the one that does anything, the other's first.
        """
        if share in (0.0, 1.0) or self == other:
            return other if share == 1.0 else self
        own, others = dict(self.strengths), dict(other.strengths)
        between = {
            key: (1.0 - share) * own.get(key, 0.0) + share * others.get(key, 0.0) for key in sorted({*own, *others})
        }
        frame = other if other.strengths else self
        return replace(frame, strengths=tuple((key, value) for key, value in between.items() if value != 0.0))

    def moved(self, key: str, place: int) -> SurgicalPlan:
        """The list with an operation at another place."""
        others = list(self.operations)
        others.insert(place, others.pop([each.key for each in others].index(key)))
        return replace(self, operations=tuple(others))


NO_PLAN = SurgicalPlan(())


def to_record(plan: SurgicalPlan) -> dict[str, Any]:
    """A plan as JSON holds it."""
    return {
        "operations": [{"key": each.key, "amount": each.amount, "on": each.on} for each in plan.operations],
        "strengths": dict(plan.strengths),
        "landmarks": {name: list(point) for name, point in plan.landmarks},
        "axes": [list(row) for row in plan.axes],
    }


def from_record(record: Mapping[str, Any]) -> SurgicalPlan:
    """The plan of a record.

    Raises ValueError, TypeError, KeyError or FacewrightError if it is none.
    """
    operations = record["operations"]
    if len(operations) > MOST_OPERATIONS or len(record["landmarks"]) > _LARGEST or len(record["axes"]) not in (0, 3):
        raise ValueError("a plan is longer than any")
    return SurgicalPlan(
        tuple(Operation(str(each["key"]), float(each["amount"]), bool(each["on"])) for each in operations),
        tuple(sorted((str(key), float(value)) for key, value in record["strengths"].items())),
        tuple((str(name), point(place)) for name, place in record["landmarks"].items()),
        tuple(point(row) for row in record["axes"]),
    )


def point(numbers: Iterable[float]) -> Point:
    """Three numbers as a value; ValueError if there are not three."""
    x, y, z = (float(number) for number in numbers)
    return x, y, z
