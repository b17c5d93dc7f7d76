"""All stages of the cascade at once, as training takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from facewright.core.network.jet import Jet
from facewright.core.network.layers import Layer, on_points, sine_mlp, split_heads
from facewright.core.parts import LANDMARKS_PER_STAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from facewright.core.network.stage import Stage


class SideBySide(NamedTuple):
    """All S stages at fixed codes of B heads, side by side: what `ConditionedStage` is of one.

    inner : the fields' layers but the last, (S, B, C, D) and (S, B, D); last : each stage's last; blend : as inner.
    """

    inner: list[Layer]
    last: list[Layer]
    blend: list[Layer]

    @classmethod
    def of(cls, stages: Sequence[Stage], codes: Sequence[Tensor], landmarks: Tensor) -> SideBySide:
        """At the codes (B, d) of each and landmarks (S, B, L, 3)."""
        return cls.placed(
            stages, [s.hypernet.all_heads(code) for s, code in zip(stages, codes, strict=True)], landmarks
        )

    @classmethod
    def placed(cls, stages: Sequence[Stage], numbers: Sequence[tuple[Tensor, Tensor]], landmarks: Tensor) -> SideBySide:
        """The same with what the heads of each HyperNet give."""
        # ω₀ folded into what a sine follows: sin(ω₀ (x W + b)) = sin(x ω₀W + ω₀b)
        inner = stages[0].hypernet.inner_layers(torch.stack([inner for inner, _ in numbers]) * stages[0].omega)
        last = [stage.hypernet.outer_layer(outer) for stage, (_, outer) in zip(stages, numbers, strict=True)]
        first, second = (_stacked(layers) for layers in zip(*(stage.blend_layers() for stage in stages), strict=True))
        heads = landmarks.shape[1]
        shared = Layer(second.weight.expand(-1, heads, -1, -1), second.bias.expand(-1, heads, -1))
        return cls([on_points(inner[0], landmarks), *inner[1:]], last, [on_points(first, landmarks), shared])

    def split(self, sizes: Sequence[int]) -> list[SideBySide]:
        """The same of the first so many heads, the next ones and so on."""
        if len(sizes) == 1:
            return [self]
        inner, blend = (split_heads(layers, sizes, axis=1) for layers in (self.inner, self.blend))
        return [SideBySide(*each) for each in zip(inner, split_heads(self.last, sizes), blend, strict=True)]

    def each(self) -> list[tuple[list[Layer], list[Layer]]]:
        """Fields and blend weights of each stage, (B, C, D) and (B, D)."""
        inner, blend = (
            [[Layer(*both) for both in zip(*(t.unbind() for t in layer), strict=True)] for layer in layers]
            for layers in (self.inner, self.blend)
        )
        return [
            ([*(layer[k] for layer in inner), last], [layer[k] for layer in blend]) for k, last in enumerate(self.last)
        ]

    def blended(self, points: Tensor) -> Tensor:
        """Each stage's Σₗ ωₗ Dₗ at points (S, B, N, 3) of its own: (S, B, N, 4), 0 where a stage has no ε."""
        most = max(layer.bias.shape[-1] for layer in self.last)
        padded = [torch.stack([_widened(tensor, most) for tensor in both]) for both in zip(*self.last, strict=True)]
        fields, blend = (
            [Layer(*(t.flatten(0, 1) for t in layer)) for layer in layers]
            for layers in ([*self.inner, Layer(*padded)], self.blend)
        )
        at = Jet.points(points.flatten(0, 1), derivatives=False)
        return sine_mlp(at, fields).blend(sine_mlp(at, blend)).flat.unflatten(0, points.shape[:2])


def _stacked(layers: Sequence[Layer]) -> Layer:
    """Layers (C, D) as (S, 1, C, D), laid out in memory as each was: products round by how their factors lie."""
    weight = torch.stack([layer.weight.T for layer in layers]).transpose(1, 2)
    return Layer(weight.unsqueeze(1), torch.stack([layer.bias for layer in layers]).unsqueeze(1))


def _widened(tensor: Tensor, outputs: int) -> Tensor:
    """A last layer's weight or bias (…, L · C) for as many landmarks with more channels, 0 in those: (…, outputs)."""
    if tensor.shape[-1] == outputs:
        return tensor
    apart = tensor.unflatten(-1, (LANDMARKS_PER_STAGE, -1))
    more = outputs // LANDMARKS_PER_STAGE - apart.shape[-1]
    return torch.nn.functional.pad(apart, (0, more)).flatten(-2)
