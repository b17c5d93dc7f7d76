"""Which of the standard blendshapes an expression is made of, how much of each, and what of them goes together."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.expressions import Expressions
from facewright.core.facial_units import PRESETS, preset_units
from facewright.core.production.engine_names import ENGINE_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters

_RANGE = (-0.5, 1.5)
_SLIGHT = 0.02
_LITTLE_SIGMA = 0.3
"""Coefficients of no more than that length move nothing by as much as it takes to look."""

_RIDGE = 1e-3

_BLINKS = ("eyeBlinkLeft", "eyeBlinkRight")

_SIDES = ("Left", "Right")

_JAW_SHARE = 0.6
"""A jaw to one side draws the mouth along by so much."""

_LIFTS_MM = MappingProxyType({"noseSneer": 3.9, "mouthSmile": 1.9, "mouthUpperUp": 4.1, "mouthShrugUpper": 5.8})
_LIFTED_MM, _LIFTS_LESS = 10.0, ("mouthUpperUp", "mouthShrugUpper")
"""What lifts the middle of the upper lip, at full strength, each side by itself; what may lift it no further than so
far together with the others."""

_OPENS = ("eyeWide", "eyeSquint")
"""What moves the lids too, and has none to move once they are closed."""


def strengths(model: HeadModel, parameters: Parameters) -> dict[str, float]:
    """The strengths of the standard blendshapes that a head's expression is nearest to, by their names."""
    units = _of_units(model, parameters) if model.facial_units else _of_presets(model, parameters)
    strengths_of = {
        name: float(np.clip(np.mean([units.get(unit, 0.0) for unit in of]), *_RANGE))
        for name, of in ENGINE_UNITS.items()
        if of
    }
    return {name: strength for name, strength in strengths_of.items() if abs(strength) > _SLIGHT}


def _of_units(model: HeadModel, parameters: Parameters) -> dict[str, float]:
    """By the codes of the units that the model has learnt."""
    space, names = model.latent["expression"], list(model.facial_units)
    directions = np.stack([model.facial_units[name] for name in names]).astype(np.float64)
    code = (space.code(parameters.expression) - space.mean).astype(np.float64)
    square = directions @ directions.T
    ridge = _RIDGE * np.trace(square) / len(names) * np.eye(len(names))
    return dict(zip(names, np.linalg.solve(square + ridge, directions @ code).tolist(), strict=True))


def _of_presets(model: HeadModel, parameters: Parameters) -> dict[str, float]:
    """By the model's named expressions, as far as they are presets."""
    units: dict[str, float] = {}
    for name, strength in Expressions(model).strengths(parameters).items():
        for unit, weight in (preset_units(name) if name in PRESETS else {}).items():
            units[unit] = units.get(unit, 0.0) + strength * weight
    return units


def unnamed(model: HeadModel, parameters: Parameters, told: Mapping[str, float]) -> Parameters | None:
    """The head with what of its expression is no sum of blendshapes, as of fitted codes; None if little is."""
    if not model.facial_units:
        return None
    space = model.latent["expression"]
    units = {unit: strength for name, strength in told.items() for unit in ENGINE_UNITS[name]}
    code = space.code(parameters.expression) - sum(
        strength * model.facial_units[unit] for unit, strength in units.items()
    )
    coefficients = space.coefficients(code)
    if np.linalg.norm(coefficients) < _LITTLE_SIGMA:
        return None
    return parameters.with_code("expression", coefficients.tolist())


def together(made: dict[str, float]) -> dict[str, float]:
    """Strengths, by name, made such as go together.

    A lid closes once, and is neither opened wide nor narrowed besides. A mouth or a jaw that is drawn to both sides
    stays. A mouth that is drawn to one side does not smile with the other corner, whose lips would pass the teeth. Lips
    are closed over a jaw that is open, and no further than that is: over teeth that are shut they would cover the nose.
    An upper lip that a sneer and a smile lift is not lifted to the nose.
    """

    def strength(name: str) -> float:
        return float(np.clip(made.get(name, 0.0), 0.0, 1.0))

    made.update({name: min(made[name], 1.0) for name in _BLINKS if name in made})
    for stem in ("mouth", "jaw"):
        both = min(strength(f"{stem}{side}") for side in _SIDES)
        made.update({f"{stem}{side}": made[f"{stem}{side}"] - both for side in _SIDES if both})
    lifts = {name: mm * strength(name) for stem, mm in _LIFTS_MM.items() for name in made if name.startswith(stem)}
    less = sum(mm for name, mm in lifts.items() if name.startswith(_LIFTS_LESS))
    if (over := sum(lifts.values()) - _LIFTED_MM) > 0.0:
        left = max(1.0 - over / less, 0.0) if less else 1.0
        made.update({name: made[name] * left for name in lifts if name.startswith(_LIFTS_LESS)})
    if "mouthClose" in made:
        made["mouthClose"] = min(made["mouthClose"], strength("jawOpen"))
    for side, other in zip(_SIDES, reversed(_SIDES), strict=True):
        aside = min(1.0, strength(f"mouth{side}") + _JAW_SHARE * strength(f"jaw{side}"))
        shares = {f"mouthSmile{other}": aside, **{f"{stem}{side}": strength(f"eyeBlink{side}") for stem in _OPENS}}
        made.update({name: made[name] * (1.0 - share) for name, share in shares.items() if name in made})
    return made


def blinks_of(made: Mapping[str, float]) -> list[float]:
    """The strengths of the left blink and of the right one."""
    return [made.get(name, 0.0) for name in _BLINKS]
