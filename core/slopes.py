"""How points of a head's surface move with the coefficients of one code.

With F(x, a) the cascade, x(a) the point that it carries to a fixed place of the template: ∂x/∂a = −(∂F/∂x)⁻¹ ∂F/∂a,
by the implicit function theorem. ∂F/∂a is taken by differences, of many heads at once: derivatives by autograd would
need a backward pass for each coordinate of each point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.network.jet import Jet

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName

_STEP = 0.1
"""σ of a difference: the cascade is nearly linear so far, and rounding is small beside it."""
_HEADS = 16
"""Heads evaluated at once."""


@torch.no_grad()
def slopes(model: HeadModel, parameters: Parameters, code: CodeName, points: np.ndarray) -> np.ndarray:
    """∂x/∂a of points (N, 3), mm, of a head's surface: (N, 3, k) float64, mm for each σ of the code's k components."""
    space, network = model.latent[code], model.network
    codes = model.codes(parameters)
    place = torch.from_numpy(model.frame.to_network(np.asarray(points, dtype=np.float32)))[None].to(model.device)
    here = network.deform(Jet.points(place, derivatives=True), network.condition(codes)).states[-1]
    by_place = here.slopes.permute(0, 2, 3, 1)[0].cpu().numpy().astype(np.float64)  # (N, channel, axis)
    steps = torch.from_numpy(space.components * (_STEP * space.sigma)[:, None]).to(model.device)
    moved = []
    for some in steps.split(_HEADS):
        heads = {name: each.expand(len(some), -1) for name, each in codes.items()}
        heads[code] = heads[code] + some
        there = network.deform(
            Jet.points(place.expand(len(some), -1, -1), derivatives=False), network.condition(heads)
        ).states[-1]
        moved.append((there.value - here.value).cpu().numpy())
    by_sigma = np.concatenate(moved).astype(np.float64).transpose(1, 2, 0) / _STEP  # (N, channel, k)
    result: np.ndarray = -np.linalg.solve(by_place, by_sigma) * model.frame.radius_mm
    return result
