"""The network at the codes of one head, in buffers that stay where they are.

Points are (N, 3) float32, network frame, N a multiple of `rows`. Matrix products compute each row alike however many
stand beside it (`core.surface.on_device.products`), and all else is done element by element. So a point's distance is
the same to the last bit whichever points are asked with it, for a part or for the whole head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from facewright.core.network.layers import Layer
from facewright.core.parts import CODE_SIZES, CODES
from facewright.core.surface.on_device.products import Products
from facewright.core.surface.on_device.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from facewright.core.network.network import Conditioned, Network
    from facewright.core.network.stage import ConditionedStage
    from facewright.core.parts import CodeName

_FLATTEST = 0.1
"""Least |∇Φ|² that a Newton step divides by."""


class Reached(NamedTuple):
    """Where points ended.

    distance : (N,) network units, negative inside; inside : (N,) uint8, bit k is set where the window of the k-th
    code's stage held the point on its way.
    """

    distance: Tensor
    inside: Tensor


class DeviceCascade:
    """Φ of `core.network.network` at the codes (1, d) that `codes` holds when `condition` runs."""

    def __init__(self, network: Network, rows: int) -> None:
        """Codes are 0 until others are written into them."""
        device = next(network.parameters()).device
        self.rows = rows
        self.codes = {code: torch.zeros(1, CODE_SIZES[code], device=device) for code in CODES}
        self.stages = network.config.stages
        self._network = network
        self._products = Products(rows, device)
        self._windows = {code: Windows(network.stage(code).windows) for code in self.stages if self._confined(code)}
        with torch.no_grad():
            fixed = self._flat(network.condition(self.codes))
        self._layers = {name: [Layer(*(t.clone() for t in layer)) for layer in mlp] for name, mlp in fixed.items()}

    @property
    def windowed(self) -> tuple[CodeName, ...]:
        """The codes whose influence ends at a window."""
        return tuple(self._windows)

    def condition(self) -> None:
        """Run all that depends on the codes alone: HyperNets, landmarks, graft sites."""
        self._write(self._flat(self._network.condition(self.codes)))

    def condition_part(self, part: CodeName) -> None:
        """The same where the code of a windowed part alone is new: of all HyperNets, that part's alone runs."""
        landmarks = self._network.landmarks(self.codes)[part]
        self._write(self._flat_stage(part, self._network.stage(part).condition(self.codes[part], landmarks, None)))

    def states(self, points: Tensor, part: CodeName) -> Tensor:
        """Where points are when the stage of `part` reads them, (N, 3)."""
        for code in self.stages[: self.stages.index(part)]:
            points, _ = self._moved(code, points, None)
        return points

    def weight(self, part: CodeName, states: Tensor) -> Tensor:
        """The weight (N, 1) of a windowed part at `states` of it."""
        local = self._layers[f"{part} window"][0]
        return self._windows[part].weight(self._linear(states, local))

    def trace(self, states: Tensor, part: CodeName | None = None, weight: Tensor | None = None) -> Reached:
        """Follow points (N, 3) to their distance, or from `states` (N, 3) of a part and its `weight` (N, 1) there."""
        inside = torch.zeros_like(states[:, 0], dtype=torch.uint8)
        correction = None
        for code in self.stages[self.stages.index(part) if part else 0 :]:
            if code == CODES[-1]:
                moved, last = self._blended(code, states, 4).split([3, 1], dim=1)
                states, correction = states + moved, last[:, 0]
                continue
            states, held = self._moved(code, states, weight if code == part else None)
            if held is not None:
                inside = inside | ((held[:, 0] > 0.0) * (1 << CODES.index(code))).to(torch.uint8)
        distance = self._mlp(states, self._layers["sdf"])[:, 0]
        return Reached(distance if correction is None else distance + correction, inside)

    def onto_surface(self, points: Tensor, longest: float) -> tuple[Tensor, Tensor]:
        """Points near the surface, one Newton step of at most `longest` along ∇Φ on, and unit normals there, (N, 3).

        The normals are ∇Φ/|∇Φ| where the step began; along it Φ, a distance, keeps its direction.
        """
        with torch.enable_grad():
            start = points.detach().requires_grad_()
            distance = self.trace(start).distance
            (slope,) = torch.autograd.grad(distance.sum(), start)
        squared = slope.square().sum(1, keepdim=True)
        normals = slope / squared.sqrt().clamp(min=1e-6)
        length = distance.detach()[:, None] * squared.sqrt() / squared.clamp(min=_FLATTEST)
        return points - length.clamp(-longest, longest) * normals, normals

    def _confined(self, code: CodeName) -> bool:
        return len(self._network.stage(code).windows) > 0

    def _moved(self, code: CodeName, points: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Points after a stage that is not the last, and its window's weight (N, 1), if it has one."""
        if code in self._windows and weight is None:
            weight = self.weight(code, points)
        moved = self._blended(code, points, 3)
        return (points + moved if weight is None else torch.addcmul(points, weight, moved)), weight

    def _blended(self, code: CodeName, points: Tensor, channels: int) -> Tensor:
        """Σₗ ωₗ Dₗ (Eqn. 7), (N, channels)."""
        shares = self._mlp(points, self._layers[f"{code} blend"]).softmax(dim=-1).split(1, dim=1)
        fields = self._mlp(points, self._layers[f"{code} fields"]).split(channels, dim=1)
        total = shares[0] * fields[0]
        for share, local in zip(shares[1:], fields[1:], strict=True):
            total = torch.addcmul(total, share, local)
        return total

    def _mlp(self, x: Tensor, layers: Sequence[Layer]) -> Tensor:
        """Layers with sines between them."""
        for layer in layers[:-1]:
            x = self._linear(x, layer)
            x = x.sin() if x.requires_grad else x.sin_()
        return self._linear(x, layers[-1])

    def _linear(self, x: Tensor, layer: Layer) -> Tensor:
        return self._products.of(x, layer)

    def _flat(self, fixed: Conditioned) -> dict[str, list[Layer]]:
        """The layers of every MLP of one head by name, without the dimension of the heads."""
        flat = {"sdf": [_single(layer) for layer in fixed.sdf]}
        for code, stage in fixed.stages.items():
            flat |= self._flat_stage(code, stage)
        return flat

    def _flat_stage(self, code: CodeName, stage: ConditionedStage) -> dict[str, list[Layer]]:
        flat = {
            f"{code} fields": [_single(layer) for layer in stage.fields],
            f"{code} blend": [_single(layer) for layer in stage.blend],
        }
        if stage.graft is not None:
            flat[f"{code} window"] = [self._windows[code].to_plane(stage.graft[0])]
        return flat

    def _write(self, new: dict[str, list[Layer]]) -> None:
        """Put new layers where the old ones are."""
        for name, layers in new.items():
            for held, layer in zip(self._layers[name], layers, strict=True):
                held.weight.copy_(layer.weight)
                held.bias.copy_(layer.bias)


def _single(layer: Layer) -> Layer:
    """The layer of the only head."""
    return Layer(layer.weight.reshape(layer.weight.shape[-2:]), layer.bias.reshape(-1))
