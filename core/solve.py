"""Millimetres and degrees as handles: the nose code at which measurements have the values that are asked for.

Gauss and Newton's method on the nose's coefficients, within the range of the training heads: measured derivatives
at the start, improved by Broyden's update (1965) at every step. What is locked is held far more firmly than what is
asked for, and of all noses that serve the one nearest to the present one is taken. Nothing but the nose code is
touched, so that nothing outside the nose's window moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import lsq_linear

from core.errors import FacewrightError
from core.landmarks import find_landmarks
from core.measure import BY_KEY
from core.sampling import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.head_model import HeadModel
    from core.measure import Measure
    from core.parameters import Parameters

RANGE = 3.0
"""Noses are sought within so many σ: beyond it there are hardly any training heads."""

_COMPONENTS = 20
_PROBE = 0.3
"""σ by which a coefficient is moved to measure derivatives."""

_LONGEST_STEP = 1.0
_ITERATIONS = 12
_TOLERANCE = {"mm": (0.1, 0.02), "°": (0.1, 0.05), "": (0.002, 0.001)}
"""What counts as there, of a target and of a lock, by unit."""

_EASE = 0.05
"""Weight of a coefficient's change, in tolerances a σ."""

_REACHED = {"mm": 0.1, "°": 0.3, "": 0.005}
"""What people are told was reached."""


@dataclass(frozen=True)
class Solution:
    """A nose that was solved for.

    parameters : the head, its nose code alone changed; before, wanted, after : values by key of what was asked for
    and of what was locked, in each measure's unit.
    """

    parameters: Parameters
    before: Mapping[str, float]
    wanted: Mapping[str, float]
    after: Mapping[str, float]

    @property
    def reached(self) -> bool:
        """Whether everything is where it was asked to be."""
        return all(abs(self.after[key] - self.wanted[key]) <= _REACHED[BY_KEY[key].unit] for key in self.wanted)

    @property
    def said(self) -> str:
        """What was reached, in a sentence or more."""
        parts = []
        for key, goal in self.wanted.items():
            measure, value = BY_KEY[key], self.after[key]
            fits = abs(value - goal) <= _REACHED[measure.unit]
            parts.append(
                f"{measure.name} {_shown(value, measure)}"
                + ("" if fits else f" instead of {_shown(goal, measure)}, the nearest that this model's noses allow")
            )
        return ("Reached: " if self.reached else "Not wholly reached: ") + "; ".join(parts) + "."


def solve(
    model: HeadModel,
    parameters: Parameters,
    targets: Mapping[str, float],
    locked: Sequence[str] = (),
    template: Mapping[str, np.ndarray] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Solution:
    """The nose at which the measures `targets` (key → value in its unit) are met and those `locked` stay as they are.

    template : corrected landmarks, as for `find_landmarks`.
    Raises FacewrightError for an unknown measure or one both asked for and locked, Cancelled once `cancelled`
    answers true.
    """
    measures = _measures(targets, locked)
    names = {name for each in measures for name in each.landmarks}
    count = min(_COMPONENTS, model.components["nose"])
    start = np.array([parameters.value("nose", index) for index in range(count)])
    rest = parameters.code("nose")[count:]

    def head(nose: np.ndarray) -> Parameters:
        return parameters.with_code("nose", (*nose.tolist(), *rest))

    def values(nose: np.ndarray) -> np.ndarray:
        if cancelled():
            raise Cancelled
        face = find_landmarks(model, head(nose), template, names)
        return np.array([each.formula(face) for each in measures])

    before = values(start)
    goal = np.array([targets.get(each.key, now) for each, now in zip(measures, before, strict=True)])
    scale = np.array([_TOLERANCE[each.unit][0 if each.key in targets else 1] for each in measures])
    nose, found = _approach(start, before, goal, scale, values)
    keys = [each.key for each in measures]
    return Solution(
        head(nose),
        *(dict(zip(keys, numbers.tolist(), strict=True)) for numbers in (before, goal, found)),
    )


def _approach(
    start: np.ndarray,
    before: np.ndarray,
    goal: np.ndarray,
    scale: np.ndarray,
    values: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """The nose (k,) that comes nearest to the goal (m,), and its values (m,).

    A step that does not come nearer is taken back and the next is shorter; derivatives are measured anew where two
    in a row did not.
    """
    nose, found, slopes = start, before, _slopes(start, before, values)
    bound = np.maximum(RANGE, np.abs(start))
    longest, failures = _LONGEST_STEP, 0
    for _ in range(_ITERATIONS):
        error = (goal - found) / scale
        if np.abs(error).max() <= 1.0:
            break
        system = np.concatenate([slopes / scale[:, None], _EASE * np.eye(len(nose))])
        wanted = np.concatenate([error, _EASE * (start - nose)])
        low = np.maximum(-bound - nose, -longest) - 1e-9
        high = np.minimum(bound - nose, longest) + 1e-9
        step = lsq_linear(system, wanted, (low, high)).x
        arrived = values(nose + step)
        slopes = slopes + np.outer(arrived - found - slopes @ step, step) / max(float(step @ step), 1e-12)
        if np.linalg.norm((goal - arrived) / scale) < np.linalg.norm(error):
            nose, found, failures = nose + step, arrived, 0
            continue
        longest, failures = longest / 3.0, failures + 1
        if failures == 2:
            slopes = _slopes(nose, found, values)
    return nose, found


def _slopes(nose: np.ndarray, found: np.ndarray, values: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Derivatives (m, k) of the values at a nose, towards the mean nose."""
    probes = np.eye(len(nose)) * np.where(nose > 0.0, -_PROBE, _PROBE)
    return np.stack([(values(nose + probe) - found) / probe.sum() for probe in probes], axis=1)


def _measures(targets: Mapping[str, float], locked: Sequence[str]) -> list[Measure]:
    keys = [*targets, *locked]
    if unknown := [key for key in keys if key not in BY_KEY]:
        raise FacewrightError(f"There is no measurement {unknown[0]!r}: choose from {', '.join(BY_KEY)}.")
    if both := set(targets) & set(locked):
        raise FacewrightError(f"{BY_KEY[both.pop()].name} is both locked and asked for: unlock it.")
    return [BY_KEY[key] for key in keys]


def _shown(value: float, measure: Measure) -> str:
    if measure.unit == "":
        return f"{value:.3f}"
    return f"{value:.1f}{'°' if measure.unit == '°' else ' mm'}"
