"""HyperNets (Eqn. 4): from a code to the weights of a stage's local fields."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from facewright.core.network.layers import Layer, siren_bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class HyperNet(nn.Module):
    """ℋ of Eqn. 4: from a code to the weights of a sine MLP. ReLU, one hidden layer, one head a tensor.

    The heads read the hidden layer and, where `direct` (the paper does not), the code itself: shapes are close to
    linear in their codes, and what is linear need not be pieced together from ReLUs (`train/RECIPE.md` has what
    that is worth). They start as SIREN's initialisation (in their biases), which the code hardly moves at first.

    All heads are one linear map, first those of the weights and biases of all layers but the last, then the last's; in
    a state dict each has a name of its own.
    """

    def __init__(
        self, code_size: int, hidden: int, shapes: Sequence[tuple[int, int]], omega: float, direct: bool
    ) -> None:
        """Heads for layers of the given (inputs, outputs); `direct` as in `NetworkConfig`."""
        super().__init__()
        self.shapes, self.direct = list(shapes), direct
        self.hidden = nn.Sequential(nn.Linear(code_size, hidden), nn.ReLU())
        fan_in, last = hidden + code_size * direct, len(self.shapes) - 1
        weights = [(f"weights.{k}", (i, o)) for k, (i, o) in enumerate(self.shapes)]
        biases = [(f"biases.{k}", (o,)) for k, (_, o) in enumerate(self.shapes)]
        self.layout = [*weights[:last], *biases[:last], weights[last], biases[last]]
        self.heads = nn.Linear(fan_in, sum(math.prod(shape) for _, shape in self.layout))
        rows = dict(zip([name for name, _ in self.layout], self._sizes_apart(self.heads.weight), strict=True))
        starts = dict(zip(rows, self._sizes_apart(self.heads.bias), strict=True))
        for index, (inputs, _) in enumerate(self.shapes):
            bound = siren_bound(inputs, omega, first=index == 0)
            for name, start in ((f"weights.{index}", bound), (f"biases.{index}", 1.0 / math.sqrt(inputs) / omega)):
                nn.init.uniform_(starts[name], -start, start)
                nn.init.normal_(rows[name], std=0.05 * bound / math.sqrt(fan_in))
        self.register_state_dict_post_hook(_head_by_head)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_all_heads)  # type: ignore[no-untyped-call]

    def _sizes_apart(self, tensor: Tensor) -> tuple[Tensor, ...]:
        """What of all heads (Σ, …) is each one's, in the order of `layout`."""
        return tensor.detach().split([math.prod(shape) for _, shape in self.layout])

    def forward(self, code: Tensor) -> list[Layer]:
        """Layers for codes (B, d)."""
        inner, outer = self.all_heads(code)
        return [*self.inner_layers(inner), self.outer_layer(outer)]

    def all_heads(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """For codes (B, d) all layers but the last, and the last, as numbers side by side."""
        inner, outer = self.heads(self.read(code)).tensor_split([self.inner_count], dim=1)
        return inner, outer

    def read(self, code: Tensor) -> Tensor:
        """What all heads read of codes (B, d)."""
        hidden: Tensor = self.hidden(code)
        return torch.cat([hidden, code], dim=1) if self.direct else hidden

    @property
    def inner_count(self) -> int:
        """How many of the heads' numbers are of all layers but the last: the first ones."""
        return self.heads.out_features - math.prod(self.layout[-2][1]) - math.prod(self.layout[-1][1])

    def inner_layers(self, inner: Tensor) -> list[Layer]:
        """The numbers (…, B, n) of all layers but the last as weights (…, B, C, D) and biases (…, B, D)."""
        last = len(self.shapes) - 1
        shaped = _shaped(inner, [shape for _, shape in self.layout[: 2 * last]])
        return [Layer(*both) for both in zip(shaped[:last], shaped[last:], strict=True)]

    def outer_layer(self, outer: Tensor) -> Layer:
        """Those of the last."""
        return Layer(*_shaped(outer, [shape for _, shape in self.layout[-2:]]))


def _shaped(numbers: Tensor, shapes: Sequence[tuple[int, ...]]) -> list[Tensor]:
    """Numbers (…, n) as tensors (…, *shape), one after the other."""
    pieces = numbers.split([math.prod(shape) for shape in shapes], dim=-1)
    return [piece.unflatten(-1, shape) for piece, shape in zip(pieces, shapes, strict=True)]


def _head_by_head(hypernet: nn.Module, state: dict[str, Any], prefix: str, _: object) -> None:
    """Give each of a HyperNet's heads its own name in a state dict."""
    assert isinstance(hypernet, HyperNet)
    for kind in ("weight", "bias"):
        rows = state.pop(f"{prefix}heads.{kind}").split([math.prod(shape) for _, shape in hypernet.layout])
        state |= {f"{prefix}{name}.{kind}": own for (name, _), own in zip(hypernet.layout, rows, strict=True)}


def _all_heads(hypernet: nn.Module, state: dict[str, Any], prefix: str, *_: object) -> None:
    """Put a HyperNet's heads in a state dict together again."""
    assert isinstance(hypernet, HyperNet)
    for kind in ("weight", "bias"):
        names = [f"{prefix}{name}.{kind}" for name, _ in hypernet.layout]
        if all(name in state for name in names):
            state[f"{prefix}heads.{kind}"] = torch.cat([state.pop(name) for name in names])
