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
    """C channels at N points of B heads; the first M of the points also have their derivatives by x, y and z.

    flat : (B, N + 3 M, C). The values at all points, then their derivatives by x at the first M, by y, and by z.
    sloped : M, from 0 to N.
    """

    flat: Tensor
    sloped: int

    @classmethod
    def points(cls, points: Tensor, derivatives: bool | int) -> Jet:
        """The identity at `points` (B, N, 3): value p, Jacobian I, at all of them, none, or the first so many."""
        sloped = points.shape[1] * derivatives if isinstance(derivatives, bool) else derivatives
        if not sloped:
            return cls(points, 0)
        axes = torch.eye(3, dtype=points.dtype, device=points.device)
        slopes = axes[None, :, None, :].expand(points.shape[0], 3, sloped, 3).flatten(1, 2)
        return cls(torch.cat([points, slopes], dim=1), sloped)

    @classmethod
    def joined(cls, value: Tensor, slopes: Tensor | None) -> Jet:
        """From values (B, N, C) and derivatives (B, 3, M, C), if there are any."""
        if slopes is None:
            return cls(value, 0)
        return cls(torch.cat([value, slopes.flatten(1, 2)], dim=1), slopes.shape[2])

    @property
    def count(self) -> int:
        """Number N of points."""
        return self.flat.shape[1] - 3 * self.sloped

    @property
    def value(self) -> Tensor:
        """The values, (B, N, C)."""
        return self.flat[:, : self.count]

    @property
    def slopes(self) -> Tensor:
        """The derivatives, (B, 3, M, C)."""
        return self.flat[:, self.count :].unflatten(1, (3, -1))

    @property
    def gradient(self) -> Tensor:
        """The gradient of a one-channel jet at the points that have one, (B, M, 3)."""
        return self.slopes[..., 0].transpose(1, 2)

    def split(self) -> tuple[Tensor, Tensor | None]:
        """Values and derivatives, in one operation for the backward pass; None where there are no derivatives."""
        if not self.sloped:
            return self.flat, None
        value, slopes = self.flat.split([self.count, 3 * self.sloped], dim=1)
        return value, slopes.unflatten(1, (3, -1))

    def linear(self, weight: Tensor, bias: Tensor) -> Jet:
        """x W + b, with weight (B, C, D) or (C, D) and bias (B, D) or (D,)."""
        if self.sloped:
            return self._layer(weight, bias, sine=False)
        if weight.ndim == 2:
            return Jet(self.flat @ weight + (bias if bias.ndim == 1 else bias.unsqueeze(1)), 0)
        heads = len(self.flat)
        return Jet(torch.baddbmm(bias.expand(heads, -1).unsqueeze(1), self.flat, weight.expand(heads, -1, -1)), 0)

    def sine_layer(self, weight: Tensor, bias: Tensor) -> Jet:
        """sin(x W + b), with weight and bias as in `linear`."""
        return self._layer(weight, bias, sine=True) if self.sloped else Jet(self.linear(weight, bias).flat.sin(), 0)

    def _layer(self, weight: Tensor, bias: Tensor, sine: bool) -> Jet:
        if weight.ndim == 3:
            weight = weight.expand(len(self.flat), -1, -1)
        flat: Tensor = _Layer.apply(self.flat, weight, bias, self.count, sine)  # type: ignore[no-untyped-call]
        return Jet(flat, self.sloped)

    def map(self, function: Callable[[Tensor], Tensor], derivative: Callable[[Tensor], Tensor]) -> Jet:
        """A function of one variable applied to every channel (chain rule)."""
        value, slopes = self.split()
        if slopes is None:
            return Jet(function(value), 0)
        return Jet.joined(function(value), derivative(value[:, : self.sloped]).unsqueeze(1) * slopes)

    def blend(self, shares: Jet) -> Jet:
        """Σₗ softmax(shares)ₗ · fieldₗ: these L·C channels are L fields of C channels, `shares` has L channels."""
        value, slopes = self.split()
        logits, rises = shares.split()
        share = logits.softmax(dim=-1)  # (B, N, L)
        fields = value.unflatten(-1, (share.shape[-1], -1))  # (B, N, L, C)
        mixed = (share.unsqueeze(-1) * fields).sum(dim=-2)
        if slopes is None or rises is None:
            return Jet(mixed, 0)
        own = share[:, None, : self.sloped]
        changes = own * (rises - (own * rises).sum(dim=-1, keepdim=True))  # (B, 3, M, L)
        moving = slopes.unflatten(-1, (share.shape[-1], -1))
        changed = changes.unsqueeze(-1) * fields[:, None, : self.sloped] + own.unsqueeze(-1) * moving
        return Jet.joined(mixed, changed.sum(dim=-2))

    def __add__(self, other: Jet) -> Jet:
        """Sum."""
        return Jet(self.flat + other.flat, self.sloped)

    def __mul__(self, other: Jet) -> Jet:
        """Product, channel by channel (one channel broadcasts over many)."""
        (a, slopes_a), (b, slopes_b) = self.split(), other.split()
        if slopes_a is None or slopes_b is None:
            return Jet(a * b, 0)
        own_a, own_b = a[:, None, : self.sloped], b[:, None, : self.sloped]
        return Jet.joined(a * b, slopes_a * own_b + own_a * slopes_b)

    def __getitem__(self, channels: slice) -> Jet:
        """Some of the channels."""
        if channels.indices(self.flat.shape[-1]) == (0, self.flat.shape[-1], 1):
            return self
        return Jet(self.flat[..., channels], self.sloped)


class _Layer(torch.autograd.Function):
    """x W + b of a jet, or its sine, with each sine and cosine computed once for both passes.

    All points and derivatives of a head go through one product. The bias is of the values alone.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor, weight: Tensor, bias: Tensor, count: int, sine: bool) -> Tensor:
        """Of flat (B, N + 3 M, C), `count` being N."""
        heads, rows = flat.shape[:2]
        if weight.ndim == 2:
            product = (flat.reshape(-1, flat.shape[-1]) @ weight).view(heads, rows, -1)
        else:
            product = torch.bmm(flat, weight)
        product[:, :count].add_(bias.expand(heads, -1).unsqueeze(1))
        ctx.count, ctx.sine, ctx.bias_heads = count, sine, bias.ndim == 2
        if not sine:
            ctx.save_for_backward(flat, weight)
            return product
        value, slopes = product[:, :count], product[:, count:]
        cosine, result = value.cos(), torch.empty_like(product)
        torch.sin(value, out=result[:, :count])
        sloped, apart = (rows - count) // 3, result[:, count:].unflatten(1, (3, -1))
        torch.mul(slopes.unflatten(1, (3, -1)), cosine[:, None, :sloped], out=apart)
        ctx.save_for_backward(flat, weight, cosine, slopes, result)
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of the argument, the weight and the bias."""
        (grad,), count = grads, ctx.count
        flat, weight, *rest = ctx.saved_tensors
        if ctx.sine:
            grad = _before_sine(grad, count, *rest)
        wanted_flat, wanted_weight, wanted_bias = ctx.needs_input_grad[:3]
        by_flat = by_weight = by_bias = None
        if weight.ndim == 2:
            plain = grad.reshape(-1, grad.shape[-1])
            if wanted_flat:
                by_flat = (plain @ weight.T).view(flat.shape)
            if wanted_weight:
                by_weight = flat.reshape(-1, flat.shape[-1]).T @ plain
        else:
            if wanted_flat:
                by_flat = torch.bmm(grad, weight.transpose(1, 2))
            if wanted_weight:
                by_weight = torch.bmm(flat.transpose(1, 2), grad)
        if wanted_bias:
            by_bias = grad[:, :count].sum(dim=1 if ctx.bias_heads else (0, 1))
        return by_flat, by_weight, by_bias, None, None


def _before_sine(grad: Tensor, count: int, cosine: Tensor, slopes: Tensor, result: Tensor) -> Tensor:
    """Through the sine: ∂/∂value = g₀ cos − Σ gᵢ slopeᵢ sin, ∂/∂slopeᵢ = gᵢ cos."""
    before = torch.empty_like(result)
    torch.mul(grad[:, :count], cosine, out=before[:, :count])
    by_slopes, slopes = grad[:, count:].unflatten(1, (3, -1)), slopes.unflatten(1, (3, -1))
    sloped = slopes.shape[2]
    before[:, :sloped].addcmul_((by_slopes * slopes).sum(dim=1), result[:, :sloped], value=-1.0)
    torch.mul(by_slopes, cosine[:, None, :sloped], out=before[:, count:].unflatten(1, (3, -1)))
    return before
