"""A head that has an expression: its neutral head with the blendshapes that the expression is made of, then brought on.

An open mouth is carried from a slit of the template, across which the cascade's inverse takes one lip for the other. So
it is looked for from where the blendshapes put each vertex; where it is not found near there, that place stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.expressions import Expressions
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.untangled import untangled
from facewright.core.surface.carrying import brought, carried
from facewright.core.units import PRESETS, preset_units

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.production.followers import Followers
    from facewright.core.production.laid import Laid

_RANGE = (-0.5, 1.5)
_SLIGHT = 0.02
_RIDGE = 1e-3

_FOUND_MM, _NEAR_MM = 0.05, 3.0
"""A vertex is found if the cascade carries it so near to its place on the template, and it is so near to where it was
expected."""

_ONTO_MM = 1.0

_BLINKS, _CLOSED = ("eyeBlinkLeft", "eyeBlinkRight"), 0.3
"""Lids that are closed by more than that are as the blendshapes have them: the surface has no slit to tell them by."""


def strengths(model: HeadModel, parameters: Parameters) -> dict[str, float]:
    """The strengths of the standard blendshapes that a head's expression is nearest to, by their names."""
    units = _of_units(model, parameters) if model.units else _of_presets(model, parameters)
    strengths_of = {
        name: float(np.clip(np.mean([units.get(unit, 0.0) for unit in of]), *_RANGE))
        for name, of in ENGINE_UNITS.items()
        if of
    }
    return {name: strength for name, strength in strengths_of.items() if abs(strength) > _SLIGHT}


def _of_units(model: HeadModel, parameters: Parameters) -> dict[str, float]:
    """By the codes of the units that the model has learnt."""
    space, names = model.latent["expression"], list(model.units)
    directions = np.stack([model.units[name] for name in names]).astype(np.float64)
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


def expressive(
    model: HeadModel,
    parameters: Parameters,
    laid: Laid,
    followers: Followers,
    neutral: np.ndarray,
    shapes: Mapping[str, np.ndarray],
    cancelled: Callable[[], bool] | None = None,
) -> np.ndarray:
    """The vertices (V, 3) float64, mm, of a head with an expression.

    neutral : (V, 3), mm, those of the same head without; shapes : its blendshapes, those of `strengths` among them.
    """
    expected = neutral.astype(np.float64)
    made = strengths(model, parameters)
    for name, strength in made.items():
        expected += strength * shapes[name]
    skin, field = followers.topology.on_surface, model.field(parameters)
    start = expected[skin].astype(np.float32)
    carried_skin = carried(field, laid.template, start)
    sound = (carried_skin.off < _FOUND_MM) & (np.linalg.norm(carried_skin.points - start, axis=1) < _NEAR_MM)
    closed = followers.near_lids[skin] & (max(made.get(name, 0.0) for name in _BLINKS) > _CLOSED)
    points = np.where((sound & ~closed)[:, None], carried_skin.points, start)
    settled = laid.settled & ~closed
    points[settled] = brought(field, points[settled], _ONTO_MM, cancelled)
    change = np.zeros_like(expected)
    change[skin] = points - expected[skin]
    placed = expected + followers.extended(change)
    followers.carry_rims(placed, change)
    return untangled(placed, expected, followers.welded)[0]
