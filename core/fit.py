"""Codes fitted to heads whose signed distance is known (paper Eqn. 12): the network stays, the coefficients move.

All heads of a batch are fitted at once and none of them feels the others: a head's result is its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.coarse_to_fine import CoarseToFine, Schedule
from facewright.core.coefficients import Coefficients, parameters_of
from facewright.core.errors import Cancelled
from facewright.core.likely_expressions import different_expressions, likely_expressions, nearest_expressions
from facewright.core.objective import FitSettings, Objective, Target
from facewright.core.parts import CODES, LOCAL_PARTS, PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName

__all__ = ["Cancelled", "Fit", "FitSettings", "Target", "fit"]

_PLACED, _FROM = 0.1, 0.625
"""Shares of the steps: those that place a head before expressions are tried on it, and a search from one of them."""
_PLACEMENTS, _ROUGHLY = 3, 6
"""How often heads are placed; and along how many axes, where roughly: so many are size, width, height and depth."""
_TRIED = 12
"""From so many expressions a head is searched for with as few steps as place it, before the best are gone on with."""
_FEW = 4
"""So many of these are the nearest to heads that are placed roughly."""
_STAYS = 10.0
"""How much stronger than the prior it is that an expression stays near the one that was tried, once searched from."""
_JUDGED = 8
"""Draws of points at which the results of several searches are compared."""


@dataclass(frozen=True)
class Fit:
    """Heads as the model knows them.

    parameters : of each head; history : (steps, B) float32, mm, the mean |Φ| at each step's surface points, from the
    mean head on.
    """

    parameters: tuple[Parameters, ...]
    history: np.ndarray


def fit(
    model: HeadModel,
    target: Target,
    settings: FitSettings | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float, float], None] | None = None,
) -> Fit:
    """The coefficients at which the model's surfaces come nearest to the target's heads.

    They are searched for from the mean head; nose, eyes and mouth once more, from the mean ones; and where lids or lips
    are still far off, from the expressions of `likely_expressions` that come nearest, from many roughly and from the
    best of them closely. The nearest are kept.

    The same target and seed give the same result on the same machine. `progress` is told the share of the work that is
    done, from 0 to 1, and the heads' mean |Φ| on the surface, mm. Raises Cancelled once `cancelled` answers true
    between two steps.
    """
    settings = settings or FitSettings()
    windows = model.network.config.windows  # without them no part can be searched for or judged by itself
    expressions = likely_expressions(model) if windows and settings.starts else torch.empty(0, 0)
    placing, fresh = round(_PLACED * settings.steps), round(_FROM * settings.steps)
    again = round(settings.again * settings.steps) if windows else 0
    most = settings.steps + ((_PLACEMENTS + 1) * placing + fresh + again if len(expressions) else 0)
    told = _Told(cancelled, progress, most)

    objective = Objective(model, target, settings)
    coefficients = Coefficients(model, len(target.on))
    history = _search(coefficients, objective, replace(settings, steps=settings.steps - again), told)
    parameters, then = _with_parts(model, target, objective, coefficients.found(), again, told)

    doubted = enumerate(parameters) if len(expressions) else ()
    if far := [row for row, head in doubted if _off(model, head, target.on[row]) > settings.far_mm]:
        rows = target.of(far)
        tried = _likely(model, Objective(model, rows, settings), expressions, placing, told)
        roughly = replace(settings, steps=placing, coarse=1.0)
        starts = _from_each(model, rows, settings, roughly, tried, settings.starts, told)["expression"]
        closely = replace(settings, steps=fresh)
        best = _from_each(model, rows, settings, closely, starts, 1, told)
        found = {code: own[:, 0] for code, own in best.items()}
        others, _ = _with_parts(model, rows, Objective(model, rows, settings), found, again, told)
        for row, other in zip(far, others, strict=True):
            both = (parameters[row], other)
            parameters[row] = both[int(_judged(model, target.of([row]), settings, both).argmin())]
    told.end()
    return Fit(tuple(parameters), np.stack(history + then))


class _Told:
    """What the steps of a fit tell, and whether it is called off."""

    def __init__(
        self, cancelled: Callable[[], bool] | None, progress: Callable[[float, float], None] | None, steps: int
    ) -> None:
        """steps : there are at most."""
        self._cancelled, self._progress, self._steps = cancelled, progress, steps
        self._done, self._error = 0, 0.0

    def go_on(self) -> None:
        """Raise Cancelled if the fit is called off."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled

    def step(self, on_surface: Tensor) -> None:
        """A step is done; on_surface : (B,) mm."""
        self._done += 1
        self._error = float(on_surface.mean())
        if self._progress is not None:
            self._progress(self._done / self._steps, self._error)

    def end(self) -> None:
        """All is done."""
        if self._progress is not None and self._done < self._steps:
            self._progress(1.0, self._error)


def _search(
    coefficients: Coefficients, objective: Objective, schedule: Schedule, told: _Told, staying: float = 0.0
) -> list[np.ndarray]:
    """Move coefficients to where the objective is least; the mean |Φ| on the surface at each step, (B,) mm.

    staying : weight, mm, of how far the expression strays from where it began.
    """
    search = CoarseToFine([coefficients.along], schedule)
    history = []
    for step in range(schedule.steps):
        told.go_on()
        data, on_surface = objective.errors(coefficients.codes(search.begin(step)))
        prior = objective.settings.prior_mm * coefficients.size()
        if staying:
            prior = prior + staying * coefficients.strayed("expression")
        search.take((data + prior).sum())
        coefficients.clamp()
        told.step(on_surface)
        history.append(on_surface.cpu().numpy())
    return history


def _nearer(model: HeadModel, first: Parameters, second: Parameters, on: np.ndarray) -> Parameters:
    """The first head, with each local part of the second whose surface is nearer to the points on (N, 3), mm.

    A part changes its own window alone, so that each is chosen by itself.
    """
    best, fields = first, [model.field(head) for head in (first, second)]
    for part in LOCAL_PARTS:
        own = on[fields[0].window(part, on) > 0.5]
        if len(own):
            off, other = (float(np.abs(field.distance(own)).mean()) for field in fields)
            best = best.with_code(part, second.code(part)) if other < off else best
    return best


def _off(model: HeadModel, head: Parameters, on: np.ndarray) -> float:
    """Mean |Φ|, mm, at those of the points on (N, 3), mm, that are about the eyes or the mouth, whichever is more."""
    field, means = model.field(head), [0.0]
    for part in ("eyes", "mouth"):
        own = on[field.window(part, on) > 0.5]
        means += [float(np.abs(field.distance(own)).mean())] if len(own) else []
    return max(means)


def _with_parts(
    model: HeadModel,
    target: Target,
    objective: Objective,
    found: Mapping[CodeName, Tensor],
    steps: int,
    told: _Told,
) -> tuple[list[Parameters], list[np.ndarray]]:
    """Heads that were found, (B, k) by code, with nose, eyes and mouth searched for again, from the mean ones.

    Beside them the mean |Φ| at each step, (B,) mm.
    """
    parameters = parameters_of(found)
    if not steps:
        return parameters, []
    start = {**found, **{part: torch.zeros_like(found[part]) for part in LOCAL_PARTS}}
    again = Coefficients(model, len(parameters), start, LOCAL_PARTS)
    history = _search(again, objective, replace(objective.settings, steps=steps), told)
    pairs = zip(parameters, again.parameters(), target.on, strict=True)
    return [_nearer(model, *pair) for pair in pairs], history


def _likely(model: HeadModel, objective: Objective, expressions: Tensor, steps: int, told: _Told) -> Tensor:
    """The expressions (B, n, k), σ, that come nearest to heads once these are placed.

    The first few are nearest to heads that are placed roughly, before a long chin is taken for an open jaw; the others
    are nearest to heads as they are placed with the nearest.
    """
    settings = objective.settings
    ranked = []
    for leading, rounds in ((_ROUGHLY, 1), (settings.leading, 2)):
        start = None
        for _ in range(rounds):
            coefficients = Coefficients(model, objective.heads, start, PARTS)
            _search(coefficients, objective, replace(settings, steps=steps, coarse=1.0, leading=leading), told)
            start = coefficients.found()
            nearest = nearest_expressions(model, objective, start, expressions)
            start["expression"] = nearest[:, 0]
        ranked.append(nearest)
    return different_expressions(torch.cat([ranked[0][:, :_FEW], ranked[1]], dim=1), _TRIED)


def _from_each(
    model: HeadModel,
    target: Target,
    settings: FitSettings,
    schedule: Schedule,
    starts: Tensor,
    kept: int,
    told: _Told,
) -> dict[CodeName, Tensor]:
    """What is found from the mean head with each of the expressions (B, starts, k), σ: each head's best by code.

    (B, kept, k), the best first.
    """
    heads, each = starts.shape[:2]
    rows = target.of([row for row in range(heads) for _ in range(each)])
    start = {code: torch.zeros(heads * each, len(model.latent[code]), device=model.device) for code in CODES}
    coefficients = Coefficients(model, heads * each, start | {"expression": starts.flatten(0, 1)})
    _search(coefficients, Objective(model, rows, settings), schedule, told, _STAYS * settings.prior_mm)
    made = coefficients.parameters()
    best = [
        row * each + _judged(model, target.of([row]), settings, made[row * each : (row + 1) * each]).argsort()[:kept]
        for row in range(heads)
    ]
    return {code: torch.stack([own[rows] for rows in best]) for code, own in coefficients.found().items()}


@torch.no_grad()
def _judged(model: HeadModel, target: Target, settings: FitSettings, heads: Sequence[Parameters]) -> Tensor:
    """The objective of each of the heads that were found for one target, (n,) mm."""
    objective = Objective(model, target.of([0] * len(heads)), settings)
    each = [model.codes(head) for head in heads]
    codes = {code: torch.cat([own[code] for own in each]) for code in CODES}
    data = torch.stack([objective.errors(codes)[0] for _ in range(_JUDGED)]).mean(dim=0)
    sizes = [sum(value * value for code in CODES for value in head.code(code)) for head in heads]
    return data.cpu() + settings.prior_mm * torch.tensor(sizes)
