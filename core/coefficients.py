"""The coefficients of heads while they are searched for, along the axes of what a surface tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.information import fisher_information
from facewright.core.parameters import LIMIT, Parameters
from facewright.core.parts import CODES, CodeName

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel


def latent_axes(model: HeadModel, code: CodeName) -> tuple[Tensor, Tensor]:
    """A code's mean (d,) and its principal axes (k, d), each as long as its σ, on the model's device."""
    space = model.latent[code]
    axes = space.components * space.sigma[:, None]
    return torch.from_numpy(space.mean).to(model.device), torch.from_numpy(axes).to(model.device)


class Coefficients:
    """The coefficients of B heads, in σ, to be optimised, and the codes at them.

    along : (B, k), what to optimise: all coefficients that are free, from where they start and along the axes of the
    surface's information on them (`fisher_information`), the one it tells most about first. Codes overlap: a jaw's
    width is partly the mouth's and the expression's. Coefficient by coefficient, first-order steps run to and fro
    between them and are far from the answer when they end; along these axes they arrive.
    """

    def __init__(
        self,
        model: HeadModel,
        heads: int,
        start: Parameters | Mapping[CodeName, Tensor] | None = None,
        free: Collection[CodeName] = CODES,
    ) -> None:
        """start : of every head, or coefficients (B, k), by default the mean head; free : the codes that move."""
        self._latent = {code: latent_axes(model, code) for code in CODES}
        self._start: dict[CodeName, Tensor] = {}
        self._free = [code for code in CODES if code in free]
        for code in CODES:
            if start is None or isinstance(start, Parameters):
                own = torch.tensor(start.code(code) if start else (), dtype=torch.float32, device=model.device)
                self._start[code] = torch.nn.functional.pad(own, (0, len(self._latent[code][1]) - len(own))).expand(
                    heads, -1
                )
            else:
                self._start[code] = start[code]
        self._axes = _axes(model, self._free)
        self.along = torch.zeros(heads, len(self._axes), device=model.device, requires_grad=True)

    def values(self, leading: int | None = None) -> dict[CodeName, Tensor]:
        """The coefficients (B, k) of each code, with `leading` moved along the first so many axes alone."""
        moved = self.along[:, :leading] @ self._axes[:, :leading].T
        by_code = moved.split([self._start[code].shape[1] for code in self._free], dim=1)
        return self._start | {code: self._start[code] + own for code, own in zip(self._free, by_code, strict=True)}

    def codes(self, leading: int | None = None) -> dict[CodeName, Tensor]:
        """The codes (B, d) at `values`."""
        return {code: self._latent[code][0] + own @ self._latent[code][1] for code, own in self.values(leading).items()}

    def found(self) -> dict[CodeName, Tensor]:
        """The coefficients (B, k) of each code, to start from."""
        return {code: own.detach() for code, own in self.values().items()}

    def size(self) -> Tensor:
        """The sum of squares of each head, (B,)."""
        return torch.stack([values.square().sum(dim=1) for values in self.values().values()]).sum(dim=0)

    def strayed(self, code: CodeName) -> Tensor:
        """The sum of squares of how far each head's coefficients of a code are from where they began, (B,)."""
        return (self.values()[code] - self._start[code]).square().sum(dim=1)

    @torch.no_grad()
    def clamp(self) -> None:
        """Keep to what `Parameters` accepts."""
        values = self.values()
        moved = torch.cat([values[code].clamp(-LIMIT, LIMIT) - self._start[code] for code in self._free], dim=1)
        self.along.copy_(moved @ self._axes)

    def parameters(self) -> list[Parameters]:
        """The heads' parameters."""
        return parameters_of(self.found())


def parameters_of(found: Mapping[CodeName, Tensor]) -> list[Parameters]:
    """Heads of coefficients (B, k), σ, by code."""
    rows = {code: found[code].clamp(-LIMIT, LIMIT).cpu().tolist() for code in CODES}
    return [Parameters.of({code: tuple(rows[code][head]) for code in CODES}) for head in range(len(rows[CODES[0]]))]


def _axes(model: HeadModel, free: Collection[CodeName]) -> Tensor:
    """The eigenvectors (k, k), a column each, of the information on the free codes' coefficients, the largest first."""
    moving = np.repeat([code in free for code in CODES], [len(model.latent[code]) for code in CODES])
    information = fisher_information(model)
    if information is None:
        return torch.eye(int(moving.sum()), device=model.device)
    own = information.cpu().double()[moving][:, moving]  # MPS has neither float64 nor eigh
    vectors = torch.linalg.eigh(own).eigenvectors
    return vectors.flip(1).float().to(model.device)
