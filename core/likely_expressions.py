"""Expressions that a head may have, before its codes are known: of many sums of what a model knows, the nearest ones.

A search by gradients does not lead from closed lips to open ones, nor from one side to the other: between them the
surface is farther from the truth than at either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.coefficients import latent_axes
from facewright.core.expressions import Expressions
from facewright.core.facial_units import FACIAL_UNITS, drawn_units
from facewright.core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel
    from facewright.core.objective import Objective
    from facewright.core.parts import CodeName

_SUMS = 150
_JAWS: tuple[dict[str, float], ...] = ({"jawOpen": 0.5}, {"jawOpen": 1.0}, {"jawOpen": 0.9, "mouthClose": 0.9})
"""The jaw moves a face the most: each unit is tried with it open too, and open behind closed lips."""
_SLIGHT = 0.6
"""Named expressions are tried in full and at this strength."""
_AT_ONCE = 8
_APART = 4.0
"""σ by which the expressions that are kept differ at least: else they may all be one and the same mouth."""


def likely_expressions(model: HeadModel) -> Tensor:
    """Coefficients (n, k) float32, σ, of expressions to try: named ones, and sums of facial units where they are known.

    n is 0 for a model that has no expressions, or none by name.
    """
    if not len(model.latent["expression"]):
        return torch.empty(0, 0, device=model.device)
    known = Expressions(model)
    named = np.concatenate([known.presets.directions, known.facial_units.directions])
    rows = [named, _SLIGHT * named]
    if {*known.facial_units.names} == {*FACIAL_UNITS}:
        order = [FACIAL_UNITS.index(name) for name in known.facial_units.names]
        rng = np.random.default_rng(0)
        rows.append(
            np.stack([drawn_units(rng, alone=False)[order] for _ in range(_SUMS)]) @ known.facial_units.directions
        )
        for jaw in _JAWS:
            open_jaw = (
                np.array([jaw.get(name, 0.0) for name in known.facial_units.names]) @ known.facial_units.directions
            )
            rows += [open_jaw[None], open_jaw + known.facial_units.directions]
    return torch.from_numpy(np.concatenate(rows).astype(np.float32)).to(model.device)


@torch.no_grad()
def nearest_expressions(
    model: HeadModel, objective: Objective, heads: Mapping[CodeName, Tensor], expressions: Tensor
) -> Tensor:
    """Expressions (n, k), σ, for each of B heads, that with which it is nearest to its points first; (B, n, k), σ.

    heads : coefficients (B, k) by code; their expression does not count.
    """
    axes = {code: latent_axes(model, code) for code in CODES}
    codes = {code: axes[code][0] + values @ axes[code][1] for code, values in heads.items()}
    expression, along = axes["expression"]
    errors = []
    for some in expressions.split(_AT_ONCE):
        tried = {code: own.repeat_interleave(len(some), dim=0) for code, own in codes.items()}
        tried["expression"] = (expression + some @ along).repeat(len(codes["expression"]), 1)
        errors.append(objective.apart(tried, len(some)))
    ranks = torch.cat(errors, dim=1).argsort(dim=1)
    return expressions[ranks]


def different_expressions(ranked: Tensor, count: int) -> Tensor:
    """The first of expressions (B, n, k), and of the others the first that differ from those before; (B, count, k).

    Where too few differ, the first stands in for those that lack.
    """
    chosen = []
    for own in ranked:
        rows = [0]
        for row in range(1, len(own)):
            if len(rows) < count and float((own[rows] - own[row]).norm(dim=1).min()) > _APART:
                rows.append(row)
        chosen.append(own[rows + [0] * (count - len(rows))])
    return torch.stack(chosen)
