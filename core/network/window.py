"""Windows: where in space a part's stage may move anything (beyond the paper; it has none).

A window is 1 on its part and falls to exactly 0 at the end of the part's collar. It is drawn once, on the
template, about a plane through the part's rim: a closed curve r(θ) in that plane, extruded along its normal
between a back and a front. A head's own window is the template's carried to the graft site by an affine map,
which the network predicts from the remainder's code alone, so that a part's own code cannot move it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import nn

from facewright.core.network.jet import Jet

if TYPE_CHECKING:
    from torch import Tensor

HARMONICS = 6
"""Fourier harmonics of the outline r(θ)."""

_ROUNDING = 1.001
"""Lengths are taken so much longer where a point beyond them must be outside for certain."""


class Window(nn.Module):
    """The window of one component (the nose, one eye, the mouth) on the template; all lengths in network units.

    Buffers: to_plane (3, 4), the rigid map from the template to the window's own frame (x, y in the rim's
    plane, z along its normal); outline (1 + 2·HARMONICS,), the Fourier series of r(θ) as a₀, then a₁…, then
    b₁…; extent (3,), the width over which it fades, the back and the front.
    """

    to_plane: Tensor
    outline: Tensor
    extent: Tensor

    def __init__(self) -> None:
        """An empty window; `fit` or a state dict fills it."""
        super().__init__()
        self.register_buffer("to_plane", torch.tensor(np.eye(3, 4, dtype=np.float32)))
        self.register_buffer("outline", torch.zeros(1 + 2 * HARMONICS))
        self.register_buffer("extent", torch.tensor([1.0, -1.0, 1.0]))
        self._shaped: tuple[object, _Shape] | None = None

    def fit(self, rim: np.ndarray, inside: np.ndarray, collar: np.ndarray, depth_margin: float) -> None:
        """Draw the window about a component of the template.

        rim (…, 3), inside (…, 3), collar (…, 3) : points of the component's rim, of the whole component and
        of its collar, from as many heads as are at hand, each carried to the template; network units.
        The outline passes outside the rims, the fade ends where the collar ends, and back and front leave
        `depth_margin` to what was seen.
        """
        rim, inside, collar = (np.asarray(p, dtype=np.float64).reshape(-1, 3) for p in (rim, inside, collar))
        centre = rim.mean(axis=0)
        normal = np.linalg.svd(rim - centre, full_matrices=False)[2][2]
        normal *= np.sign(normal[2])
        across = np.cross([0.0, 1.0, 0.0], normal)
        across /= np.linalg.norm(across)
        axes = np.stack([across, np.cross(normal, across), normal])
        self.to_plane.copy_(torch.from_numpy(np.column_stack([axes, -axes @ centre])))

        flat = (rim - centre) @ axes.T
        radius = np.hypot(flat[:, 0], flat[:, 1])
        waves = _harmonics(flat[:, :2] / radius[:, None])
        outline = np.linalg.lstsq(waves, radius, rcond=None)[0]
        outline[0] += np.quantile(radius - waves @ outline, 0.95)
        self.outline.copy_(torch.from_numpy(outline))

        beyond = (collar - centre) @ axes.T
        distance = np.hypot(beyond[:, 0], beyond[:, 1])
        fade = np.quantile(distance - _harmonics(beyond[:, :2] / distance[:, None]) @ outline, 0.98)
        heights = np.concatenate([(inside - centre) @ axes[2], beyond[:, 2]])
        self.extent.copy_(torch.tensor([fade, heights.min() - depth_margin, heights.max() + depth_margin]))

    def forward(self, points: Jet, to_template: Tensor) -> Jet:
        """Weight at points of heads, network frame; to_template (B, 3, 4) carries each head to the template."""
        local = self._local(points, to_template)
        flat: Tensor = _Weight.apply(local.flat, self._shape(), local.count)  # type: ignore[no-untyped-call]
        return Jet(flat, local.sloped)

    def reaches(self, points: Jet, to_template: Tensor) -> Tensor:
        """Where the weight may be more than 0, (B, N) bool: within a cylinder that holds the whole window."""
        local = self._local(points, to_template).value
        radius, back, front = self._cylinder()
        beside = local[..., 0] ** 2 + local[..., 1] ** 2 < (_ROUNDING * radius) ** 2
        return beside & ((local[..., 2] - (back + front) / 2).abs() < _ROUNDING * (front - back) / 2)

    def cylinder(self) -> tuple[float, float, float]:
        """Radius, back and front of a cylinder about the z axis of the window's own frame that holds all of it."""
        radius, back, front = self._cylinder()
        return float(radius), float(back), float(front)

    def _cylinder(self) -> tuple[Tensor, Tensor, Tensor]:
        fade, back, front = self.extent
        waves = torch.hypot(self.outline[1 : 1 + HARMONICS], self.outline[1 + HARMONICS :])
        return self.outline[0] + waves.sum() + fade, back - fade, front + fade

    def _shape(self) -> _Shape:
        """The outline and the extent as the weight reads them: made anew only where one of them is another."""
        buffers = self.outline, self.extent
        if any(buffer.is_inference() for buffer in buffers):  # of which torch counts no changes
            return _Shape.of(*buffers)
        state = tuple((buffer.data_ptr(), buffer._version, buffer.device) for buffer in buffers)
        if self._shaped is None or self._shaped[0] != state:
            self._shaped = state, _Shape.of(*buffers)
        return self._shaped[1]

    def _local(self, points: Jet, to_template: Tensor) -> Jet:
        """Points in the window's own frame, a jet of 3 channels."""
        rotation, shift = self.to_plane[:, :3], self.to_plane[:, 3]
        weight = (rotation @ to_template[:, :, :3]).transpose(1, 2)
        return points.linear(weight, to_template[:, :, 3] @ rotation.T + shift)


class _Shape(NamedTuple):
    """A window as its weight reads it.

    width : over which it fades; middle, half : of its depth; radius : a₀ of r(θ), a scalar as these; outline : (12,),
    the rest of it; order : (HARMONICS,), 1, 2, …; series : (12, 3), as `_series` has it.
    """

    width: Tensor
    middle: Tensor
    half: Tensor
    radius: Tensor
    outline: Tensor
    order: Tensor
    series: Tensor

    @classmethod
    def of(cls, outline: Tensor, extent: Tensor) -> _Shape:
        """Of the buffers of a `Window`."""
        width, back, front = extent
        order = torch.arange(1, HARMONICS + 1, dtype=outline.dtype, device=outline.device)
        middle, half = (back + front) / 2, (front - back) / 2
        return cls(width, middle, half, outline[0], outline[1:], order, _series(outline, order))


class _Weight(torch.autograd.Function):
    """The weight w = F(u) F(v) of points in a window's own frame, with its derivatives in closed form.

    u = (ρ − r(θ)) / width, the way beyond the outline; v = (|z − middle| − half) / width, beyond back or front; F is 1
    for t ≤ 0, 0 for t ≥ 1, and the cubic 1 − t²(3 − 2t) between: C¹, and exactly 0 at its end. Derivatives across and
    along circles about the axis are those by ρ and by θ over ρ.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor, shape: _Shape, count: int) -> Tensor:
        """Of a jet (B, N + 3 M, 3), `count` being N: the weight's (B, N + 3 M, 1)."""
        width = shape.width
        x, y, z = flat[:, :count].unbind(dim=-1)
        radius = (x * x + y * y + 1e-12).sqrt()
        angle = torch.atan2(y, x).unsqueeze(-1) * shape.order
        waves = torch.cat([angle.cos(), angle.sin()], dim=-1)
        depth = z - shape.middle
        sloped = (flat.shape[1] - count) // 3
        if not sloped and not ctx.needs_input_grad[0]:
            beyond = (radius - shape.radius - waves @ shape.outline) / width
            return (_fade(beyond) * _fade((depth.abs() - shape.half) / width)).unsqueeze(-1)
        bend, turn, way = (waves @ shape.series).unbind(dim=-1)
        beyond, before = (radius - shape.radius - way) / width, (depth.abs() - shape.half) / width
        (fade, fade_z), (fall, fall_z), (bow, bow_z) = _faded(torch.stack([beyond, before]))
        weight = fade * fade_z
        sign = depth.sign() / width
        around = -turn / (width * radius)  # ∂u/∂θ over ρ; ∂u/∂ρ is 1 / width
        steep, steep_z = fall * fade_z, fade * fall_z * sign
        e, f = x / radius, y / radius
        outward, along = steep / width, steep * around
        gradient = torch.stack([e * outward - f * along, f * outward + e * along, steep_z], dim=-1)  # (B, N, 3)
        ctx.count = count
        if not sloped:
            ctx.save_for_backward(gradient)
            return weight.unsqueeze(-1)
        slopes = flat[:, count:].unflatten(1, (3, -1))
        risen = (slopes * gradient[:, None, :sloped]).sum(dim=-1).flatten(1)
        curve = (1.0 / width - bend / (width * radius)) / radius  # ∂²u along circles
        saved = (e, f, around, fade_z * bow, steep, fall * fall_z * sign, fade * bow_z * sign * sign, curve, radius)
        ctx.width = width
        ctx.save_for_backward(gradient, slopes, *(tensor[:, :sloped] for tensor in saved))
        return torch.cat([weight, risen], dim=1).unsqueeze(-1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """∂/∂q = g₀ ∇w + H Σ gᵢ slopeᵢ and ∂/∂slopeᵢ = gᵢ ∇w, H being the second derivatives of w."""
        (grad,), count = grads, ctx.count
        gradient, *rest = ctx.saved_tensors
        by_value = grad[:, :count] * gradient
        if not rest:
            return by_value, None, None
        slopes, e, f, around, bent, steep, crossed, bent_z, curve, radius = rest
        by_rise = grad[:, count:].unflatten(1, (3, -1))  # (B, 3, M, 1)
        x, y, z = (by_rise * slopes).sum(dim=1).unbind(dim=-1)
        out, along = e * x + f * y, e * y - f * x
        change = out / ctx.width + around * along  # of u
        common = bent * change + crossed * z
        shear = -around / radius  # ∂²u across and along circles
        turned_out = common / ctx.width + steep * shear * along
        turned = common * around + steep * (shear * out + curve * along)
        by_value[:, : x.shape[1]].add_(
            torch.stack(
                [e * turned_out - f * turned, f * turned_out + e * turned, crossed * change + bent_z * z], dim=-1
            )
        )
        by_slopes = (by_rise * gradient[:, None, : x.shape[1]]).flatten(1, 2)
        return torch.cat([by_value, by_slopes], dim=1), None, None


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


def _harmonics(directions: np.ndarray) -> np.ndarray:
    """1, cos kθ and sin kθ for unit vectors (N, 2), as columns in the order of `Window.outline`."""
    powers = (directions[:, 0] + 1j * directions[:, 1])[:, None] ** np.arange(1, HARMONICS + 1)
    return np.column_stack([np.ones(len(directions)), powers.real, powers.imag])
