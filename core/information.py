"""What coefficients have to do with each other: how far the mean head's surface tells them apart."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.network.jet import Jet
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, LOCAL_PARTS
from facewright.core.surface.extraction import NoSurface, head_mesh

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName

_VOXEL_MM = 4.0
_POINTS = 100
"""Points in the window of each part, and twice as many of the whole head."""
_STEP = 0.05
"""σ of a difference, in which the distance is nearly linear; rounding is small beside it."""
_HEADS = 8
"""Heads evaluated at once."""


@lru_cache(maxsize=2)
@torch.no_grad()
def fisher_information(model: HeadModel) -> torch.Tensor | None:
    """The Fisher information of coefficients in distances to the mean head's surface, noise of 1 mm taken as given.

    (k, k) float32, on the model's device, mm²/σ²: over points x of the surface the mean of ∂Φ/∂aᵢ · ∂Φ/∂aⱼ, for all
    coefficients aᵢ, in the order of `CODES`. It is the Gauss–Newton approximation of the Hessian of half
    the mean squared distance. None if the model has no surface there. Some seconds' work, once a model.
    """
    points = _points(model)
    if points is None:
        return None
    here = _distances(model, model.codes(Parameters()), points)
    slopes = []
    for code in CODES:
        space = model.latent[code]
        steps = torch.from_numpy(space.components * (_STEP * space.sigma)[:, None]).to(model.device)
        for some in steps.split(_HEADS) if len(steps) else ():  # of few heads a code may have no component
            moved = {name: each.expand(len(some), -1) for name, each in model.codes(Parameters()).items()}
            moved[code] = moved[code] + some
            slopes.append((_distances(model, moved, points) - here) / _STEP)
    columns = torch.cat(slopes)
    return columns @ columns.T / columns.shape[1]


def _points(model: HeadModel) -> torch.Tensor | None:
    """Points (N, 3) of the mean head's surface, network frame, as many in each part's window as it takes to tell."""
    try:
        surface = head_mesh(model, Parameters(), _VOXEL_MM).vertices
    except NoSurface:
        return None
    field, rng = model.field(Parameters()), np.random.default_rng(0)
    chosen = [rng.permutation(surface)[: 2 * _POINTS]]
    chosen += [rng.permutation(surface[field.window(part, surface) > 0.5])[:_POINTS] for part in LOCAL_PARTS]
    return torch.from_numpy(model.frame.to_network(np.concatenate(chosen))).to(model.device)


def _distances(model: HeadModel, codes: dict[CodeName, torch.Tensor], points: torch.Tensor) -> torch.Tensor:
    """Φ (B, N), mm, of B heads at points (N, 3)."""
    heads = len(next(iter(codes.values())))
    places = Jet.points(points.expand(heads, -1, -1), derivatives=False)
    return model.network(places, model.network.condition(codes)).value[..., 0] * model.frame.radius_mm
