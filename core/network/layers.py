"""Fully connected layers at fixed codes, and MLPs of them."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

from torch import nn

from facewright.core.parts import LANDMARKS_PER_STAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from facewright.core.network.jet import Jet


class Layer(NamedTuple):
    """One fully connected layer at fixed codes: weight (B, C, D), bias (B, D)."""

    weight: Tensor
    bias: Tensor


def split_heads(layers: Sequence[Layer], sizes: Sequence[int], axis: int = 0) -> list[list[Layer]]:
    """Layers of the first so many heads, the next ones and so on; those that all heads share are everybody's."""
    if len(sizes) == 1:
        return [list(layers)]
    apart: list[list[Layer]] = [[] for _ in sizes]
    for layer in layers:
        shared = layer.weight.ndim == axis + 2, layer.bias.ndim == axis + 1
        pieces = [[t] * len(sizes) if s else t.split(list(sizes), axis) for t, s in zip(layer, shared, strict=True)]
        for own, weight, bias in zip(apart, *pieces, strict=True):
            own.append(Layer(weight, bias))
    return apart


def siren_bound(inputs: int, omega: float, first: bool) -> float:
    """Half-width of SIREN's uniform initialisation of a layer's weights (Sitzmann et al. 2020, 3.2)."""
    return 1.0 / inputs if first else math.sqrt(6.0 / inputs) / omega


def layer_shapes(inputs: int, width: int, outputs: int, layers: int) -> list[tuple[int, int]]:
    """(inputs, outputs) of each layer of an MLP."""
    sizes = [inputs] + [width] * (layers - 1) + [outputs]
    return list(itertools.pairwise(sizes))


def with_frequency(layers: Sequence[Layer], omega: float) -> list[Layer]:
    """SIREN's ω₀ folded into the layers that a sine follows: sin(ω₀ (x W + b)) = sin(x ω₀W + ω₀b)."""
    return [Layer(weight * omega, bias * omega) for weight, bias in layers[:-1]] + [layers[-1]]


def sine_mlp(x: Jet, layers: Sequence[Layer]) -> Jet:
    """Fully connected layers with sines between them."""
    for layer in layers[:-1]:
        x = x.sine_layer(*layer)
    return x.linear(*layers[-1])


def relu_mlp(inputs: int, width: int, outputs: int) -> nn.Sequential:
    """A ReLU MLP with one hidden layer that starts close to zero output."""
    last = nn.Linear(width, outputs)
    nn.init.normal_(last.weight, std=1e-3 / math.sqrt(width))
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), last)


def on_points(layer: Layer, landmarks: Tensor) -> Layer:
    """Layers (S, B, C, D) on offsets from landmarks (S, B, L, 3) as such on points; B may be 1 for all heads."""
    per_landmark = layer.weight.unflatten(2, (LANDMARKS_PER_STAGE, 3)).sum(dim=2)
    # Sums that do not depend on how many stages and heads there are, as products of matrices would to the last bit.
    shift = (landmarks.flatten(2).unsqueeze(-1) * layer.weight).sum(dim=2)
    return Layer(per_landmark.expand(-1, landmarks.shape[1], -1, -1), layer.bias - shift)
