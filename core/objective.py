"""What fits to known distances minimise: distances at drawn points and the directions of normals (paper Eqn. 12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch.nn.functional import cosine_similarity

from facewright.core.coarse_to_fine import Schedule
from facewright.core.network.jet import Jet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName


_TRIED = 400
"""Points on a surface, and about it, at which codes are tried."""


class Target(NamedTuple):
    """What B heads are known by; float32, mm, head frame.

    on : (B, N, 3), points of the surface; normals : (B, N, 3), unit, outward; space : (B, M, 3), points near the
    surface and about it; distance : (B, M), their signed distances, negative inside.
    """

    on: np.ndarray
    normals: np.ndarray
    space: np.ndarray
    distance: np.ndarray

    def of(self, heads: Sequence[int]) -> Target:
        """What some of the heads are known by, in their order."""
        return Target(*(array[list(heads)] for array in self))


@dataclass(frozen=True)
class FitSettings(Schedule):
    """How to fit.

    The objective, in mm, is the negative logarithm of a posterior, scaled: absolute distances (Laplace noise),
    and coefficients that the training heads' own distribution, N(0, 1), holds together (Eqn. 9 in σ). Noise of
    b mm at n independent points makes the prior's weight b / 2n: 0.2 mm at 5,000 points.
    """

    steps: int = 800
    again: float = 0.25
    """Share of the steps, the last, that search nose, eyes and mouth a second time, from the mean ones."""
    starts: int = 3
    """From how many other expressions heads are closely searched for whose lids or lips are off by over `far_mm`."""
    far_mm: float = 0.25
    """Mean distance of the points about eyes or mouth, beyond which an expression was taken for another one."""
    surface_points: int = 200
    """Points a head and step on the surface, with normals: each takes as long as four without."""
    space_points: int = 800
    """Points a head and step about the surface."""
    normal_mm: float = 3.0
    """Weight of 1 − cos between ∇Φ and the normal; the paper's λ_normal / λ_gt, 1/30 of its unit ball."""
    prior_mm: float = 2e-5
    """Weight of the sum of the squared coefficients."""
    seed: int = 0
    """Seed of the points drawn."""


class Objective:
    """What a fit minimises of B heads; their points on the model's device, network frame."""

    def __init__(self, model: HeadModel, target: Target, settings: FitSettings) -> None:
        """Copies the target."""
        self.heads, self.settings = len(target.on), settings
        frame = model.frame
        arrays = (
            frame.to_network(target.on),
            target.normals,
            frame.to_network(target.space),
            target.distance / frame.radius_mm,
        )
        self._on, self._normals, self._space, self._distance = (
            torch.from_numpy(np.asarray(values, dtype=np.float32)).to(model.device) for values in arrays
        )
        self._network, self._unit_mm = model.network, frame.radius_mm
        self._generator = torch.Generator().manual_seed(settings.seed)

    def errors(self, codes: dict[CodeName, Tensor]) -> tuple[Tensor, Tensor]:
        """The data's part of the objective and the mean |Φ| on the surface, each (B,), mm, at newly drawn points.

        codes : (B, d) each. Every head gets points of the same numbers, so that it is fitted alike in any company.
        """
        at = self._drawn(self._on.shape[1], self.settings.surface_points)
        around = self._drawn(self._space.shape[1], self.settings.space_points)
        stages = self._network.condition(codes)
        on = self._network(Jet.points(self._on[:, at], derivatives=True), stages)
        near = self._network(Jet.points(self._space[:, around], derivatives=False), stages).value[..., 0]
        surface = on.value[..., 0].abs().mean(dim=1) * self._unit_mm
        space = (near - self._distance[:, around]).abs().mean(dim=1) * self._unit_mm
        turned = 1.0 - cosine_similarity(on.gradient, self._normals[:, at], dim=-1).mean(dim=1)
        return (surface + space) / 2 + self.settings.normal_mm * turned, surface.detach()

    @torch.no_grad()
    def apart(self, codes: dict[CodeName, Tensor], each: int) -> Tensor:
        """The mean error of distances, mm, (B, each), of so many codes for each head, (B · each, d).

        It is taken at the same points whenever it is asked for.
        """
        generator = torch.Generator().manual_seed(self.settings.seed)
        at, around = (torch.randint(own.shape[1], (_TRIED,), generator=generator) for own in (self._on, self._space))
        points = torch.cat([self._on[:, at], self._space[:, around]], dim=1)
        distance = torch.cat([torch.zeros_like(self._distance[:, at]), self._distance[:, around]], dim=1)
        places = Jet.points(points.repeat_interleave(each, dim=0), derivatives=False)
        found = self._network(places, self._network.condition(codes)).value[..., 0]
        error: Tensor = (found - distance.repeat_interleave(each, dim=0)).abs().mean(dim=1) * self._unit_mm
        return error.unflatten(0, (-1, each))

    def _drawn(self, available: int, count: int) -> Tensor:
        return torch.randint(available, (count,), generator=self._generator).to(self._on.device)
