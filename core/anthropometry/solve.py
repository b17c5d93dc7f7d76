"""Millimetres and degrees as handles: the nose code at which measurements have the values that are asked for.

Gauss and Newton's method on the nose's coefficients, within the range of the training heads: measured derivatives
at the start, improved by Broyden's update (1965) at every step. What is locked is held far more firmly than what is
asked for, and of all noses that serve the one nearest to the present one is taken. Nothing but the nose code is
touched, so that nothing outside the nose's window moves. The nose that is found is judged: one that is torn or folded
is refused. Measures are rounded before they are used, for the last digits depend on how many threads added them up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.constructed import constructible
from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import BY_KEY, has_true_scale, shown, unit_of
from facewright.core.anthropometry.repeatability import FRANKFORT
from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.surface.soundness import FaceSurface

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facewright.core.anthropometry.measure import Measure
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters

RANGE = 3.0
"""Noses are sought within so many σ: beyond it there are hardly any training heads."""

_LARGEST = {"mm": 300.0, "°": 180.0, "": 10.0, "cc": 200.0}
"""What no measurement of a head goes beyond, either way, by unit."""

_COMPONENTS = 20
_PROBE = 0.3
"""σ by which a coefficient is moved to measure derivatives."""

_LONGEST_STEP = 1.0
_ITERATIONS = 12
_TOLERANCE = {"mm": (0.1, 0.02), "°": (0.1, 0.05), "": (0.002, 0.001), "cc": (0.05, 0.02)}
"""What counts as there, of a target and of a lock, by unit."""

_PLACES = 4
"""Of measures and coefficients."""

_HALVINGS = 5
"""Of the way to a nose that is broken, in search of one that is not."""

_EASE = 0.05
"""Weight of a coefficient's change, in tolerances a σ."""

_REACHED = {"mm": 0.1, "°": 0.3, "": 0.005, "cc": 0.1}
"""What people are told was reached."""


@dataclass(frozen=True)
class Solution:
    """A nose that was solved for.

    parameters : the head, its nose code alone changed; before, wanted, after : values by key of what was asked for
    and of what was locked, in each measure's unit; relative : whether lengths are in relative units; refused : why
    there is no such nose, the head is then as it was.
    """

    parameters: Parameters
    before: Mapping[str, float]
    wanted: Mapping[str, float]
    after: Mapping[str, float]
    relative: bool = False
    refused: str = ""

    @property
    def reached(self) -> bool:
        """Whether everything is where it was asked to be."""
        away = {key: abs(self.after[key] - goal) for key, goal in self.wanted.items()}
        return not self.refused and all(miss <= _REACHED[BY_KEY[key].unit] for key, miss in away.items())

    @property
    def said(self) -> str:
        """What was reached, in a sentence or more."""
        if self.refused:
            return self.refused
        parts = []
        for key, goal in self.wanted.items():
            measure, value = BY_KEY[key], self.after[key]
            fits = abs(value - goal) <= _REACHED[measure.unit]
            parts.append(
                f"{measure.name} {self._shown(value, measure)}"
                + ("" if fits else f" instead of {self._shown(goal, measure)}, the nearest this model's noses allow")
            )
        return ("Reached: " if self.reached else "Not wholly reached: ") + "; ".join(parts) + "."

    def _shown(self, value: float, measure: Measure) -> str:
        return shown(value, measure.unit, unit_of(measure, relative=self.relative))


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
    Raises FacewrightError for an unknown measure, one that the model lacks a landmark for, one both asked for and
    locked or a target beyond any head, Cancelled once `cancelled` answers true.
    """
    measures = _measures(targets, locked)
    relative = not has_true_scale(model)
    _check_targets(targets, relative=relative)
    available = {*model.points, *(template or {})}
    available |= constructible(available)
    if missing := sorted({name for each in measures for name in each.landmarks} - available):
        raise FacewrightError(f"The model {model.name} has no landmarks {', '.join(missing)}: measure something else.")
    nose = NoseValues(model, parameters, measures, template, cancelled)
    before = nose.values(nose.start)
    goal, scale = goals(measures, before, targets)
    start = Linear(nose.start, before, nose.slopes(nose.start, before))
    linear = approach(nose, start, goal, scale)
    keys = [each.key for each in measures]
    refused = _refusal(model, nose, linear, targets, relative)
    nearest = start if refused else linear
    first, wanted, after = (dict(zip(keys, each.tolist(), strict=True)) for each in (before, goal, nearest.values))
    return Solution(nose.head(nearest.nose), first, wanted, after, relative, refused)


def _refusal(model: HeadModel, nose: NoseValues, linear: Linear, targets: Mapping[str, float], relative: bool) -> str:
    """Why a nose that was found cannot be, and how far towards it one can; empty if it is sound."""
    if model.template is None:
        return ""
    surface = FaceSurface(model, nose.head(nose.start))
    fault = surface.fault(nose.head(linear.nose))
    if not fault:
        return ""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        share = (low + high) / 2.0
        broken = surface.fault(nose.head(nose.start + share * (linear.nose - nose.start)))
        low, high = (low, share) if broken else (share, high)
    can = nose.values(nose.start + low * (linear.nose - nose.start))
    texts = []
    for index, (key, target) in enumerate(targets.items()):
        measure = BY_KEY[key]
        unit = unit_of(measure, relative=relative)
        asked, nearest = (shown(value, measure.unit, unit) for value in (target, float(can[index])))
        texts.append(f"{measure.name} {asked} is not possible on this nose: {fault}; the limit is {nearest}.")
    return " ".join(texts)


@dataclass(frozen=True, eq=False)
class Linear:
    """Measures about a nose: coefficients (k,) σ, values (m,), and their derivatives (m, k)."""

    nose: np.ndarray
    values: np.ndarray
    slopes: np.ndarray


class NoseValues:
    """Measures of a head as a function of the first coefficients of its nose.

    start : (k,) float64, σ, the coefficients as the head has them.
    """

    def __init__(
        self,
        model: HeadModel,
        parameters: Parameters,
        measures: Sequence[Measure],
        template: Mapping[str, np.ndarray] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Of so many measures; arguments as for `solve`."""
        self._model, self._parameters, self._template = model, parameters, template
        self._measures, self._cancelled = measures, cancelled
        self._names = FRANKFORT.union(*(each.landmarks for each in measures))
        self._near: Mapping[str, np.ndarray] | None = None
        count = min(_COMPONENTS, model.components["nose"])
        self.start = np.array([parameters.value("nose", index) for index in range(count)])
        self._rest = parameters.code("nose")[count:]

    def head(self, nose: np.ndarray) -> Parameters:
        """The head with a nose (k,) σ."""
        return self._parameters.with_code("nose", (*nose.tolist(), *self._rest))

    def values(self, nose: np.ndarray) -> np.ndarray:
        """The measures (m,) of the head with a nose (k,) σ; Cancelled if that is wished."""
        if self._cancelled():
            raise Cancelled
        face = find_landmarks(self._model, self.head(nose), self._template, self._names, self._near)
        self._near = face.points
        values = [each.formula(face) for each in self._measures]
        return np.round(np.nan_to_num(values, posinf=0.0, neginf=0.0), _PLACES)  # no profile, no height

    def slopes(self, nose: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Derivatives (m, k) of the measures at a nose where they are `values` (m,), towards the mean nose."""
        probes = np.eye(len(nose)) * np.where(nose > 0.0, -_PROBE, _PROBE)
        return np.stack([(self.values(nose + probe) - values) / probe.sum() for probe in probes], axis=1)


def goals(
    measures: Sequence[Measure], before: np.ndarray, targets: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """What measures (m,) have to be, those not among `targets` as before, and how nearly (m,)."""
    goal = np.array([targets.get(each.key, now) for each, now in zip(measures, before, strict=True)])
    return goal, np.array([_TOLERANCE[each.unit][0 if each.key in targets else 1] for each in measures])


def approach(
    nose: NoseValues, start: Linear, goal: np.ndarray, scale: np.ndarray, iterations: int = _ITERATIONS
) -> Linear:
    """The nose that comes nearest to the goal (m,) in so many iterations, with what is then known of the slopes.

    A step that does not come nearer is taken back and the next is shorter; derivatives are measured anew where two
    in a row did not.
    """
    from scipy.optimize import lsq_linear  # late, as trimesh in core.mesh

    at = start
    bound = np.maximum(RANGE, np.abs(nose.start))
    longest, failures = _LONGEST_STEP, 0
    for _ in range(iterations):
        error = (goal - at.values) / scale
        if np.abs(error).max() <= 1.0:
            break
        system = np.concatenate([at.slopes / scale[:, None], _EASE * np.eye(len(at.nose))])
        wanted = np.concatenate([error, _EASE * (nose.start - at.nose)])
        low = np.maximum(-bound - at.nose, -longest) - 1e-9
        high = np.minimum(bound - at.nose, longest) + 1e-9
        step = lsq_linear(system, wanted, (low, high)).x
        step = np.round(step, _PLACES)
        arrived = nose.values(at.nose + step)
        slopes = at.slopes + np.outer(arrived - at.values - at.slopes @ step, step) / max(float(step @ step), 1e-12)
        if np.linalg.norm((goal - arrived) / scale) < np.linalg.norm(error):
            at, failures = Linear(at.nose + step, arrived, slopes), 0
            continue
        longest, failures = longest / 3.0, failures + 1
        at = Linear(at.nose, at.values, nose.slopes(at.nose, at.values) if failures == 2 else slopes)
    return at


def _measures(targets: Mapping[str, float], locked: Sequence[str]) -> list[Measure]:
    keys = [*targets, *locked]
    if unknown := [key for key in keys if key not in BY_KEY]:
        raise FacewrightError(f"There is no measurement {unknown[0]!r}: choose from {', '.join(BY_KEY)}.")
    if both := set(targets) & set(locked):
        raise FacewrightError(f"{BY_KEY[both.pop()].name} is both locked and asked for: unlock it.")
    return [BY_KEY[key] for key in keys]


def _check_targets(targets: Mapping[str, float], *, relative: bool) -> None:
    """Raise FacewrightError for a target beyond any head; relative : whether lengths are in relative units."""
    for key, goal in targets.items():
        measure = BY_KEY[key]
        if not abs(goal) <= _LARGEST[measure.unit]:
            unit = unit_of(measure, relative=relative)
            low, high = (shown(sign * _LARGEST[measure.unit], measure.unit, unit) for sign in (-1, 1))
            raise FacewrightError(f"{measure.name} of {goal:g} is beyond any head: ask for {low} to {high}.")
