"""The weight of windows at points in their own frames, with derivatives in closed form (`core.network.window`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from facewright.core.network.jet import Jet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

HARMONICS = 6
"""Fourier harmonics of the outline r(θ)."""


class WindowShape(NamedTuple):
    """A window as its weight reads it, or W windows side by side, with an axis (W, …) before the others.

    sizes : (4,), the width over which it fades, middle and half of its depth, and a₀ of r(θ); outline : (12,), the rest
    of r(θ); order : (HARMONICS,), 1, 2, …, the same for all; series : (12, 3), what makes r″(θ), r′(θ) and r(θ) − a₀ of
    cos kθ and sin kθ.
    """

    sizes: Tensor
    outline: Tensor
    order: Tensor
    series: Tensor

    @classmethod
    def of(cls, outline: Tensor, extent: Tensor) -> WindowShape:
        """Of the buffers of a `Window`."""
        width, back, front = extent
        order = torch.arange(1, HARMONICS + 1, dtype=outline.dtype, device=outline.device)
        sizes = torch.stack([width, (back + front) / 2, (front - back) / 2, outline[0]])
        return cls(sizes, outline[1:], order, _series(outline, order))

    def alone(self) -> WindowShape:
        """One as W = 1."""
        return WindowShape(self.sizes[None], self.outline[None], self.order, self.series[None])

    @classmethod
    def side_by_side(cls, shapes: Sequence[WindowShape]) -> WindowShape:
        """W of them."""
        sizes, outlines, orders, series = zip(*shapes, strict=True)
        return cls(torch.stack(sizes), torch.stack(outlines), orders[0], torch.stack(series))


def weighed(local: Jet, shape: WindowShape) -> Jet:
    """The weights of W windows, a jet of 1 channel.

    local : points of W · B heads, each window's in turn and in its own frame; shape : of all windows.
    """
    flat: Tensor = _Weight.apply(local.flat, shape, local.count)  # type: ignore[no-untyped-call]
    return Jet(flat, local.sloped)


class _Weight(torch.autograd.Function):
    """The weight w = F(u) F(v) of points in a window's own frame, with its derivatives in closed form.

    u = (ρ − r(θ)) / width, the way beyond the outline; v = (|z − middle| − half) / width, beyond back or front; F is 1
    for t ≤ 0, 0 for t ≥ 1, and the cubic 1 − t²(3 − 2t) between: C¹, and exactly 0 at its end. Derivatives across and
    along circles about the axis are those by ρ and by θ over ρ.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor, shape: WindowShape, count: int) -> Tensor:
        """Of a jet (W · B, N + 3 M, 3), `count` being N: the weight's (W · B, N + 3 M, 1)."""
        width, middle, half, radius_0 = shape.sizes[..., None, None].unbind(dim=1)  # (W, 1, 1)
        flat = flat.unflatten(0, (len(shape.sizes), -1))
        x, y, z = flat[:, :, :count].unbind(dim=-1)  # (W, B, N)
        radius = (x * x + y * y + 1e-12).sqrt()
        angle = torch.atan2(y, x).unsqueeze(-1) * shape.order
        waves = torch.cat([angle.cos(), angle.sin()], dim=-1)
        depth = z - middle
        sloped = (flat.shape[2] - count) // 3
        if not sloped and not ctx.needs_input_grad[0]:
            beyond = (radius - radius_0 - _outlined(waves, shape.outline)) / width
            return (_fade(beyond) * _fade((depth.abs() - half) / width)).unsqueeze(-1).flatten(0, 1)
        bend, turn, way = _of_waves(waves, shape.series).unbind(dim=-1)
        beyond, before = (radius - radius_0 - way) / width, (depth.abs() - half) / width
        (fade, fade_z), (fall, fall_z), (bow, bow_z) = _faded(torch.stack([beyond, before]))
        weight = fade * fade_z
        sign = depth.sign() / width
        around = -turn / (width * radius)  # ∂u/∂θ over ρ; ∂u/∂ρ is 1 / width
        steep, steep_z = fall * fade_z, fade * fall_z * sign
        e, f = x / radius, y / radius
        outward, along = steep / width, steep * around
        gradient = torch.stack([e * outward - f * along, f * outward + e * along, steep_z], dim=-1)  # (W, B, N, 3)
        ctx.count, ctx.windows = count, len(flat)
        if not sloped:
            ctx.save_for_backward(gradient)
            return weight.unsqueeze(-1).flatten(0, 1)
        slopes = flat[:, :, count:].unflatten(2, (3, -1))  # (W, B, 3, M, 3)
        risen = (slopes * gradient[:, :, None, :sloped]).sum(dim=-1).flatten(2)
        curve = (1.0 / width - bend / (width * radius)) / radius  # ∂²u along circles
        saved = (e, f, around, fade_z * bow, steep, fall * fall_z * sign, fade * bow_z * sign * sign, curve, radius)
        ctx.save_for_backward(width, gradient, slopes, *(tensor[:, :, :sloped] for tensor in saved))
        return torch.cat([weight, risen], dim=2).unsqueeze(-1).flatten(0, 1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """∂/∂q = g₀ ∇w + H Σ gᵢ slopeᵢ and ∂/∂slopeᵢ = gᵢ ∇w, H being the second derivatives of w."""
        grad, count = grads[0].unflatten(0, (ctx.windows, -1)), ctx.count
        if len(ctx.saved_tensors) == 1:
            return (grad * ctx.saved_tensors[0]).flatten(0, 1), None, None
        width, gradient, slopes, e, f, around, bent, steep, crossed, bent_z, curve, radius = ctx.saved_tensors
        sloped = e.shape[2]
        by_value = grad[:, :, :count] * gradient
        by_rise = grad[:, :, count:].unflatten(2, (3, -1))  # (W, B, 3, M, 1)
        x, y, z = (by_rise * slopes).sum(dim=2).unbind(dim=-1)
        out, along = e * x + f * y, e * y - f * x
        change = out / width + around * along  # of u
        common = bent * change + crossed * z
        shear = -around / radius  # ∂²u across and along circles
        turned_out = common / width + steep * shear * along
        turned = common * around + steep * (shear * out + curve * along)
        bowed = [e * turned_out - f * turned, f * turned_out + e * turned, crossed * change + bent_z * z]
        by_value[:, :, :sloped].add_(torch.stack(bowed, dim=-1))
        by_slopes = (by_rise * gradient[:, :, None, :sloped]).flatten(2, 3)
        return torch.cat([by_value, by_slopes], dim=2).flatten(0, 1), None, None


def _outlined(waves: Tensor, outline: Tensor) -> Tensor:
    """r(θ) − a₀ (W, B, N) of waves (W, B, N, 12) and outlines (W, 12)."""
    return waves @ outline[0] if len(outline) == 1 else _of_waves(waves, outline.unsqueeze(-1)).squeeze(-1)


def _of_waves(waves: Tensor, series: Tensor) -> Tensor:
    """Waves (W, B, N, 12) times each window's series (W, 12, K): (W, B, N, K)."""
    if len(series) == 1:  # one window's product rounds as it does without the others
        return waves @ series[0]
    return torch.bmm(waves.flatten(1, 2), series).unflatten(1, waves.shape[1:3])


def _series(outline: Tensor, order: Tensor) -> Tensor:
    """What makes r″(θ), r′(θ) and r(θ) − a₀ of cos kθ and sin kθ, (2·HARMONICS, 3)."""
    a, b = outline[1 : 1 + HARMONICS], outline[1 + HARMONICS :]
    cosines, sines = [-order * order * a, order * b, a], [-order * order * b, -order * a, b]
    return torch.cat([torch.stack(cosines, dim=-1), torch.stack(sines, dim=-1)])


def _fade(t: Tensor) -> Tensor:
    """F(t)."""
    c = t.clamp(0.0, 1.0)
    return 1.0 - c * c * (3.0 - 2.0 * c)


def _faded(t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """F(t) and its first two derivatives."""
    c = t.clamp(0.0, 1.0)
    return _fade(c), -6.0 * c * (1.0 - c), torch.where(c == t, 12.0 * c - 6.0, 0.0)
