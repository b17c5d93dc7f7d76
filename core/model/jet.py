"""Values that carry their spatial derivatives along: forward-mode differentiation in three directions.

The losses need ∇Φ, and an ordinary backward pass through ∇Φ. Carrying the Jacobian forward through the
layers gives both without differentiating twice, and the same code runs without derivatives at inference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


@dataclass(frozen=True)
class Jet:
    """C channels at N points of B heads, with or without their derivatives by x, y and z.

    rows : (B, R, N, C). Row 0 is the value; with R = 4, rows 1 to 3 are its derivatives; with R = 1 there
    are none.
    """

    rows: Tensor

    @classmethod
    def points(cls, points: Tensor, derivatives: bool) -> Jet:
        """The identity at `points` (B, N, 3): value p, Jacobian I."""
        rows = points.unsqueeze(1)
        if derivatives:
            axes = torch.eye(3, dtype=points.dtype, device=points.device)
            rows = torch.cat([rows, axes[None, :, None, :].expand(points.shape[0], 3, points.shape[1], 3)], dim=1)
        return cls(rows)

    @property
    def value(self) -> Tensor:
        """The values, (B, N, C)."""
        return self.rows[:, 0]

    @property
    def gradient(self) -> Tensor:
        """The gradient of a one-channel jet, (B, N, 3)."""
        return self.rows[:, 1:, :, 0].transpose(1, 2)

    def split(self) -> tuple[Tensor, Tensor]:
        """The value (B, 1, N, C) and the derivatives (B, R − 1, N, C), in one operation for the backward pass."""
        value, slopes = self.rows.split([1, self.rows.shape[1] - 1], dim=1)
        return value, slopes

    def linear(self, weight: Tensor, bias: Tensor) -> Jet:
        """x W + b, with weight (B, C, D) or (C, D) and bias (B, D) or (D,)."""
        heads, rows, points, channels = self.rows.shape
        weight, bias = weight.expand(heads, -1, -1), bias.expand(heads, -1)
        if rows == 1:
            return Jet(torch.baddbmm(bias.unsqueeze(1), self.rows[:, 0], weight).unsqueeze(1))
        product = torch.bmm(self.rows.reshape(heads, rows * points, channels), weight).view(heads, rows, points, -1)
        return Jet(product + torch.nn.functional.pad(bias[:, None, None], (0, 0, 0, 0, 0, rows - 1)))

    def map(self, function: Callable[[Tensor], Tensor], derivative: Callable[[Tensor], Tensor]) -> Jet:
        """A function of one variable applied to every channel (chain rule)."""
        if self.rows.shape[1] == 1:
            return Jet(function(self.rows))
        value, slopes = self.split()
        return Jet(torch.cat([function(value), derivative(value) * slopes], dim=1))

    def sin(self) -> Jet:
        """Sine of every channel."""
        if self.rows.shape[1] == 1:
            return Jet(self.rows.sin())
        rows: Tensor = _Sine.apply(self.rows)  # type: ignore[no-untyped-call]
        return Jet(rows)

    def softmax(self) -> Jet:
        """Softmax over the channels."""
        if self.rows.shape[1] == 1:
            return Jet(self.rows.softmax(dim=-1))
        value, slopes = self.split()
        share = value.softmax(dim=-1)
        return Jet(torch.cat([share, share * (slopes - (share * slopes).sum(-1, keepdim=True))], dim=1))

    def blend(self, shares: Jet) -> Jet:
        """Σₗ shareₗ · fieldₗ: these L·C channels are L fields of C channels, `shares` has L channels."""
        heads, rows, points, count = shares.rows.shape
        share, fields = shares.rows.unsqueeze(-1), self.rows.view(heads, rows, points, count, -1)
        return Jet((Jet(share) * Jet(fields)).rows.sum(dim=3))

    def __add__(self, other: Jet) -> Jet:
        """Sum."""
        return Jet(self.rows + other.rows)

    def __sub__(self, other: Jet) -> Jet:
        """Difference."""
        return Jet(self.rows - other.rows)

    def scale(self, factor: float | Tensor) -> Jet:
        """Product with a constant."""
        return Jet(self.rows * factor)

    def __mul__(self, other: Jet) -> Jet:
        """Product, channel by channel (one channel broadcasts over many)."""
        if self.rows.shape[1] == 1:
            return Jet(self.rows * other.rows)
        (a, slopes_a), (b, slopes_b) = self.split(), other.split()
        return Jet(torch.cat([a * b, slopes_a * b + a * slopes_b], dim=1))

    def __getitem__(self, channels: slice) -> Jet:
        """Some of the channels."""
        return Jet(self.rows[..., channels])


class _Sine(torch.autograd.Function):
    """sin of a jet with derivatives, with each sine and cosine computed once for both passes."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        """Rows (B, R, N, C) of the argument to rows of the result."""
        value, slopes = rows.split([1, rows.shape[1] - 1], dim=1)
        sine, cosine = value.sin(), value.cos()
        ctx.save_for_backward(sine, cosine, slopes)
        return torch.cat([sine, cosine * slopes], dim=1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """∂/∂value = g₀ cos − Σ gᵢ slopeᵢ sin, ∂/∂slopeᵢ = gᵢ cos."""
        sine, cosine, slopes = ctx.saved_tensors
        by_value, by_slopes = grads[0].split([1, grads[0].shape[1] - 1], dim=1)
        turned = (by_slopes * slopes).sum(dim=1, keepdim=True)
        return torch.cat([by_value * cosine - turned * sine, by_slopes * cosine], dim=1)
