"""Plans of mirrored heads, and of heads whose sides are made alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from facewright.core.surgery.operations import OPERATIONS
from facewright.core.surgery.plan import NO_PLAN, SurgicalPlan, point

_SIDEWAYS = frozenset(kind.key for kind in OPERATIONS if kind.sideways)
_MIRROR = np.array([-1.0, 1.0, 1.0])


def mirrored(plan: SurgicalPlan) -> SurgicalPlan:
    """The plan for the mirror image of its face: what went to one side goes to the other."""
    operations = (replace(each, amount=-each.amount) if each.key in _SIDEWAYS else each for each in plan.operations)
    strengths = ((key, -strength if key in _SIDEWAYS else strength) for key, strength in plan.strengths)
    landmarks = sorted((_other_side(name), point(_MIRROR * place)) for name, place in plan.landmarks)
    axes = (point(_MIRROR * row if index else -_MIRROR * row) for index, row in enumerate(plan.axes))  # left stays left
    return SurgicalPlan(tuple(operations), tuple(strengths), tuple(landmarks), tuple(axes))


def symmetric(plan: SurgicalPlan) -> SurgicalPlan:
    """The plan for the mean of its face and the mirror image: without operations to one side."""
    operations = tuple(each for each in plan.operations if each.key not in _SIDEWAYS)
    if not operations:
        return NO_PLAN
    image = dict(mirrored(plan).landmarks)
    landmarks = ((name, point((np.array(place) + image.get(name, place)) / 2.0)) for name, place in plan.landmarks)
    strengths = ((key, strength) for key, strength in plan.strengths if key not in _SIDEWAYS)
    return SurgicalPlan(operations, tuple(strengths), tuple(landmarks), _upright(plan.axes))


def _upright(axes: tuple[tuple[float, float, float], ...]) -> tuple[tuple[float, float, float], ...]:
    """Axes turned so that left is x, and up as near as it can be to where it was."""
    if not axes:
        return ()
    left, up = np.array([1.0, 0.0, 0.0]), np.array([0.0, *axes[1][1:]])
    up /= max(float(np.linalg.norm(up)), 1e-9)
    return point(left), point(up), point(np.cross(left, up))


def _other_side(name: str) -> str:
    """The landmark of the other side, or the same one of the middle."""
    swapped = {"_l": "_r", "_r": "_l"}
    return name[:-2] + swapped.get(name[-2:], name[-2:])
