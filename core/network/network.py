"""The network of *Parts-based Implicit 3D Face Modeling* (Gu & Pears 2024), Eqns. 1-7, with windows.

    Φ(p | z) = SDFNet(p₅) + ε                                                     Eqns. 1, 5, 6
    p₀ = p,  pₖ = pₖ₋₁ + wₖ(pₖ₋₁) · Σₗ ωₖₗ(pₖ₋₁) Dₖₗ(pₖ₋₁ − landmarkₖₗ)             Eqns. 4, 7

Stage k is one of ExpNet, NoseNet, EyesNet, MouthNet, RemNet; the surface is Φ = 0 (Eqn. 2). All points are
in the network frame (`core.network.frame.Frame`): B heads, N points, float32. Each class names its equation.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn

from facewright.core.network.jet import Jet
from facewright.core.network.layers import (
    Layer,
    layer_shapes,
    relu_mlp,
    sine_mlp,
    siren_bound,
    split_heads,
    with_frequency,
)
from facewright.core.network.side_by_side import SideBySide
from facewright.core.network.stage import ConditionedStage, Stage
from facewright.core.network.window import united, weights
from facewright.core.parts import CODE_SIZES, CODES, COMPONENTS, LANDMARKS_PER_STAGE, CodeName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from facewright.core.network.config import NetworkConfig


class Conditioned(NamedTuple):
    """The network at fixed codes: its stages and SDFNet's layers, whose products alone remain to be done."""

    stages: dict[CodeName, ConditionedStage]
    sdf: list[Layer]
    together: SideBySide | None = None
    """The stages once more, side by side."""


class Deformed(NamedTuple):
    """Points on their way through the cascade: p₀ … p₅ as jets of 3 channels, and ε as a jet of 1 channel."""

    states: list[Jet]
    correction: Jet | None


class LandmarkNet(nn.Module):
    """𝒢 of Eqn. 10: each stage's landmarks from what it reads and what the last stage reads, the remainder.

    The expression's come from the expression and the remainder alone; were another part's code in it, an
    edit of that part would reach the whole head through ExpNet.
    """

    mean: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        """Mean landmarks are a buffer, (stages, L, 3), set from the training heads."""
        super().__init__()
        self.register_buffer("mean", torch.zeros(len(config.stages), LANDMARKS_PER_STAGE, 3))
        last = config.read_by(CODES[-1])
        self._known: dict[CodeName, list[CodeName]] = {
            stage: [code for code in CODES if code in (*config.read_by(stage), *last)] for stage in config.stages
        }
        self.nets = nn.ModuleDict(
            {
                stage: relu_mlp(sum(CODE_SIZES[c] for c in sources), config.landmark_width, 3 * LANDMARKS_PER_STAGE)
                for stage, sources in self._known.items()
            }
        )

    def forward(self, codes: Mapping[CodeName, Tensor]) -> dict[CodeName, Tensor]:
        """Landmarks (B, L, 3) of every stage, each in the space its stage reads (pₖ₋₁)."""
        return {stage: self.of_stage(stage, codes) for stage in self._known}

    def of_stage(self, stage: CodeName, codes: Mapping[CodeName, Tensor]) -> Tensor:
        """Those (B, L, 3) of one stage."""
        inputs = torch.cat([codes[name] for name in self._known[stage]], dim=1)
        mean: Tensor = self.mean[list(self._known).index(stage)]
        return mean + self.nets[stage](inputs).view(-1, LANDMARKS_PER_STAGE, 3)


class GraftNet(nn.Module):
    """Where each component's graft site lies: the affine map that carries it to the template's.

    From the remainder's code alone, so that no part moves its own window.
    """

    def __init__(self, config: NetworkConfig) -> None:
        """Starts as the identity."""
        super().__init__()
        count = sum(len(components) for components in COMPONENTS.values())
        self.net = relu_mlp(CODE_SIZES["remainder"], config.landmark_width, count * 12)

    def forward(self, remainder: Tensor) -> dict[CodeName, Tensor]:
        """Maps (B, components, 3, 4) of each local part."""
        maps = self.net(remainder).view(remainder.shape[0], -1, 3, 4)
        maps = maps + torch.eye(3, 4, dtype=maps.dtype, device=maps.device)
        counts = [len(components) for components in COMPONENTS.values()]
        return dict(zip(COMPONENTS, maps.split(counts, dim=1), strict=True))


class SDFNet(nn.Module):
    """𝒮 of Eqn. 6: the template's signed distance, a sine MLP.

    Without stages it is the head's own, as in DeepSDF (Park et al. 2019): the codes, concatenated, are a further
    input of every layer, which at fixed codes shifts the layer's bias.
    """

    def __init__(self, config: NetworkConfig) -> None:
        """SIREN initialisation; codes start without influence."""
        super().__init__()
        self.omega = config.sdf_omega
        shapes = layer_shapes(3, config.sdf_width, 1, config.layers)
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in shapes)
        for index, layer in enumerate(self.layers):
            assert isinstance(layer, nn.Linear)
            bound = siren_bound(layer.in_features, config.sdf_omega, first=index == 0)
            nn.init.uniform_(layer.weight, -bound, bound)
        widths = [] if config.stages else [outputs for _, outputs in shapes]
        self.shifts = nn.ModuleList(nn.Linear(sum(CODE_SIZES.values()), width, bias=False) for width in widths)
        for shift in self.shifts:
            nn.init.zeros_(shift.get_parameter("weight"))

    def condition(self, codes: Mapping[CodeName, Tensor] | None = None) -> list[Layer]:
        """Its layers at codes (B, d), by default at 0; the template's are the same at all."""
        layers = [Layer(m.weight.T, m.bias) for m in self.layers if isinstance(m, nn.Linear)]
        if self.shifts and codes is not None:
            code = torch.cat([codes[name] for name in CODES], dim=1)
            layers = [Layer(w, b + shift(code)) for (w, b), shift in zip(layers, self.shifts, strict=True)]
        return with_frequency(layers, self.omega)

    def forward(self, points: Jet, layers: Sequence[Layer] | None = None) -> Jet:
        """Signed distance at points, a jet of 1 channel, network units; layers : as `condition` gave them."""
        return sine_mlp(points, self.condition() if layers is None else layers)


class Network(nn.Module):
    """Φ of Eqn. 1: the cascade of five deformations into the template's signed distance."""

    def __init__(self, config: NetworkConfig) -> None:
        """Untrained; windows are empty until fitted or loaded."""
        super().__init__()
        self.config = config
        self.landmarks = LandmarkNet(config)
        self.grafts = GraftNet(config) if config.windows else None
        self.stages = nn.ModuleDict({code: Stage(code, config) for code in config.stages})
        self.sdf = SDFNet(config)

    def stage(self, code: CodeName) -> Stage:
        """The stage that undoes `code`."""
        stage = self.stages[code]
        assert isinstance(stage, Stage)
        return stage

    def condition(self, codes: Mapping[CodeName, Tensor]) -> Conditioned:
        """Run everything that depends on the codes (B, d) alone: HyperNets, landmarks, graft sites."""
        return self.conditioned(codes, *self.steering(codes))

    def steering(self, codes: Mapping[CodeName, Tensor]) -> tuple[dict[CodeName, Tensor], dict[CodeName, Tensor]]:
        """Where codes put each stage's landmarks (B, L, 3) and each local part's graft sites (B, components, 3, 4)."""
        return self.landmarks(codes), self.grafts(codes["remainder"]) if self.grafts is not None else {}

    def conditioned(
        self, codes: Mapping[CodeName, Tensor], landmarks: Mapping[CodeName, Tensor], grafts: Mapping[CodeName, Tensor]
    ) -> Conditioned:
        """Fix codes (B, d) with what `steering` gave, or with other landmarks and graft sites."""
        [fixed] = self.conditioned_apart(codes, landmarks, grafts, [len(codes[CODES[0]])])
        return fixed

    def conditioned_apart(
        self,
        codes: Mapping[CodeName, Tensor],
        landmarks: Mapping[CodeName, Tensor],
        grafts: Mapping[CodeName, Tensor],
        sizes: Sequence[int],
    ) -> list[Conditioned]:
        """`conditioned` for the first so many heads, the next ones and so on."""
        sdf = self.sdf.condition(codes)
        if not self.config.stages:
            return [Conditioned({}, own) for own in split_heads(sdf, sizes)]
        names = self.config.stages
        read = [torch.cat([codes[code] for code in self.config.read_by(stage)], dim=1) for stage in names]
        at = torch.stack([landmarks[stage] for stage in names])
        apart = SideBySide.of([self.stage(stage) for stage in names], read, at).split(sizes)
        placed = {stage: grafts[stage].split(list(sizes)) for stage in names if stage in grafts}
        return [
            Conditioned(
                {
                    stage: ConditionedStage(*own, placed[stage][k] if stage in placed else None)
                    for stage, own in zip(names, together.each(), strict=True)
                },
                own_sdf,
                together,
            )
            for k, (together, own_sdf) in enumerate(zip(apart, split_heads(sdf, sizes), strict=True))
        ]

    def side_by_side(self, points: Tensor, fixed: Conditioned) -> Tensor:
        """What every stage adds to points (S, B, N, 3) of its own: (S, B, N, 4), of which the last is ε, or 0."""
        together = fixed.together
        assert together is not None
        moved = together.blended(points)
        if not self.config.windows:
            return moved
        with torch.no_grad():
            weight = self._weights(points, fixed)
        return moved * weight

    def _weights(self, points: Tensor, fixed: Conditioned) -> Tensor:
        """The windows of all stages at points (S, B, N, 3) of their own: (S, B, N, 1)."""
        windows = [self.stage(stage).window_list for stage in self.config.stages]
        at = torch.stack([own for own, mine in zip(points, windows, strict=True) for _ in mine])  # (W, B, N, 3)
        grafts = [stage.graft for stage in fixed.stages.values() if stage.graft is not None]
        maps = torch.cat(grafts, dim=1).transpose(0, 1)
        jet = weights(list(itertools.chain(*windows)), Jet.points(at.flatten(0, 1), derivatives=False), maps)
        apart = iter(Jet(own, 0) for own in jet.flat.chunk(len(at)))
        everywhere = torch.ones_like(points[0, ..., :1])
        return torch.stack([united([next(apart) for _ in mine]).flat if mine else everywhere for mine in windows])

    def deform(self, points: Jet, fixed: Conditioned, codes: Sequence[CodeName] = CODES) -> Deformed:
        """p₀ … p₅ and ε; with fewer `codes`, the states after those of the stages alone."""
        states, correction = [points], None
        for code in codes:
            if code not in fixed.stages:
                continue
            moved = self.stage(code)(states[-1], fixed.stages[code])
            states.append(states[-1] + moved[:3])
            if code == CODES[-1]:
                correction = moved[3:]
        return Deformed(states, correction)

    def distance(self, deformed: Deformed, fixed: Conditioned) -> Jet:
        """Φ of points that went through the last stage: a jet of 1 channel, network units, negative inside."""
        distance = self.sdf(deformed.states[-1], fixed.sdf)
        return distance if deformed.correction is None else distance + deformed.correction

    def forward(self, points: Jet, fixed: Conditioned) -> Jet:
        """Φ at points: a jet of 1 channel, network units, negative inside."""
        return self.distance(self.deform(points, fixed), fixed)
