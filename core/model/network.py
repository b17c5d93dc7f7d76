"""The network of *Parts-based Implicit 3D Face Modeling* (Gu & Pears 2024), Eqns. 1-7, with windows.

    Φ(p | z) = SDFNet(p₅) + ε                                                     Eqns. 1, 5, 6
    p₀ = p,  pₖ = pₖ₋₁ + wₖ(pₖ₋₁) · Σₗ ωₖₗ(pₖ₋₁) Dₖₗ(pₖ₋₁ − landmarkₖₗ)             Eqns. 4, 7

Stage k is one of ExpNet, NoseNet, EyesNet, MouthNet, RemNet; the surface is Φ = 0 (Eqn. 2). All points are
in the network frame (`core.model.head_model.Frame`): B heads, N points, float32. Each class names its equation.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn

from core.errors import FacewrightError
from core.model.window import Window
from core.parts import CODE_SIZES, CODES, COMPONENTS, LANDMARKS_PER_STAGE, CodeName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from core.model.jet import Jet


@dataclass(frozen=True)
class NetworkConfig:
    """Stages and sizes of the network. The defaults are the bundled model's; the paper's local width is 128.

    Raises FacewrightError if stages are out of order or the last of them is not RemNet.
    """

    stages: tuple[CodeName, ...] = CODES
    """The stages there are, in the cascade's order. The code of one that is left out is read by the last stage, and
    if there is none by SDFNet. The model has all of them; the methods it is compared with have fewer."""
    width: int = 64
    """Width of the stages' local fields."""
    layers: int = 5
    """Layers of a local field, and of SDFNet."""
    hyper_width: int = 64
    """Width of the HyperNets' hidden layer."""
    blend_width: int = 32
    """Width of the MLP that gives the blend weights of a stage's local fields."""
    landmark_width: int = 128
    """Width of the MLPs that predict landmarks and graft sites from the codes."""
    sdf_width: int = 128
    """Width of SDFNet."""
    omega: float = 30.0
    """ω₀ of the stages' sines."""
    sdf_omega: float = 60.0
    """ω₀ of SDFNet's: the template has finer creases than what deforms heads to it."""
    windows: bool = True
    """Confine each local part to its window; without, the model is the paper's."""
    direct: bool = True
    """The HyperNets' heads read the code itself beside the hidden layer; without, they are the paper's."""

    def __post_init__(self) -> None:
        """Check the stages; a file gives them as a list."""
        object.__setattr__(self, "stages", tuple(self.stages))
        ordered = tuple(code for code in CODES if code in self.stages)
        if self.stages != ordered or (ordered and ordered[-1] != CODES[-1]):
            raise FacewrightError(f"Stages are some of {', '.join(CODES)} in this order, the last of them among them.")

    def read_by(self, stage: CodeName) -> tuple[CodeName, ...]:
        """The codes that a stage reads: its own, the last one also those without a stage."""
        return tuple(code for code in CODES if code == stage or (stage == CODES[-1] and code not in self.stages))


class Layer(NamedTuple):
    """One fully connected layer at fixed codes: weight (B, C, D), bias (B, D)."""

    weight: Tensor
    bias: Tensor


class ConditionedStage(NamedTuple):
    """One stage at fixed codes: everything that does not depend on the query point."""

    fields: list[Layer]
    blend: list[Layer]
    graft: Tensor | None
    """(B, components, 3, 4): each component's map from the head to the template; None without windows."""


class Conditioned(NamedTuple):
    """The network at fixed codes: its stages and SDFNet's layers, whose products alone remain to be done."""

    stages: dict[CodeName, ConditionedStage]
    sdf: list[Layer]


class Deformed(NamedTuple):
    """Points on their way through the cascade: p₀ … p₅ as jets of 3 channels, and ε as a jet of 1 channel."""

    states: list[Jet]
    correction: Jet | None


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
        x = x.linear(*layer).sin()
    return x.linear(*layers[-1])


def relu_mlp(inputs: int, width: int, outputs: int) -> nn.Sequential:
    """A ReLU MLP with one hidden layer that starts close to zero output."""
    last = nn.Linear(width, outputs)
    nn.init.normal_(last.weight, std=1e-3 / math.sqrt(width))
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), last)


class HyperNet(nn.Module):
    """ℋ of Eqn. 4: from a code to the weights of a sine MLP. ReLU, one hidden layer, one head a tensor.

    The heads read the hidden layer and, where `direct` (the paper does not), the code itself: shapes are close to
    linear in their codes, and what is linear need not be pieced together from ReLUs (`train/RECIPE.md` has what
    that is worth). They start as SIREN's initialisation (in their biases), which the code hardly moves at first.
    """

    def __init__(
        self, code_size: int, hidden: int, shapes: Sequence[tuple[int, int]], omega: float, direct: bool
    ) -> None:
        """Heads for layers of the given (inputs, outputs); `direct` as in `NetworkConfig`."""
        super().__init__()
        self.shapes, self.direct = list(shapes), direct
        self.hidden = nn.Sequential(nn.Linear(code_size, hidden), nn.ReLU())
        known = hidden + code_size * direct
        self.weights = nn.ModuleList(nn.Linear(known, i * o) for i, o in self.shapes)
        self.biases = nn.ModuleList(nn.Linear(known, o) for _, o in self.shapes)
        for index, (inputs, _) in enumerate(self.shapes):
            bound = siren_bound(inputs, omega, first=index == 0)
            for head, start in ((self.weights[index], bound), (self.biases[index], 1.0 / math.sqrt(inputs) / omega)):
                assert isinstance(head, nn.Linear)
                nn.init.uniform_(head.bias, -start, start)
                nn.init.normal_(head.weight, std=0.05 * bound / math.sqrt(known))

    def forward(self, code: Tensor) -> list[Layer]:
        """Layers for codes (B, d)."""
        known = self.hidden(code)
        if self.direct:
            known = torch.cat([known, code], dim=1)
        return [
            Layer(weight(known).view(-1, *shape), bias(known))
            for weight, bias, shape in zip(self.weights, self.biases, self.shapes, strict=True)
        ]


class Stage(nn.Module):
    """One deformation of the cascade: Eqn. 4 with the local fields and blend weights of Eqn. 7.

    The L local fields are one sine MLP on the concatenated offsets p − landmarkₗ. Its first layer is linear in
    the offsets, so it is folded into one on p: Σₗ Wₗ (p − landmarkₗ) = (Σₗ Wₗ) p − Σₗ Wₗ landmarkₗ.
    The last stage also gives ε (Eqn. 5), blended alike.
    """

    def __init__(self, code: CodeName, config: NetworkConfig) -> None:
        """The stage that undoes `code`."""
        super().__init__()
        self.omega = config.omega
        size = sum(CODE_SIZES[read] for read in config.read_by(code))
        self.channels = 4 if code == CODES[-1] else 3
        offsets = 3 * LANDMARKS_PER_STAGE
        shapes = layer_shapes(offsets, config.width, LANDMARKS_PER_STAGE * self.channels, config.layers)
        self.hypernet = HyperNet(size, config.hyper_width, shapes, config.omega, config.direct)
        self.blend = nn.ModuleList(
            [nn.Linear(offsets, config.blend_width), nn.Linear(config.blend_width, LANDMARKS_PER_STAGE)]
        )
        components = COMPONENTS.get(code, ()) if config.windows else ()
        self.windows = nn.ModuleList(Window() for _ in components)

    def condition(self, code: Tensor, landmarks: Tensor, graft: Tensor | None) -> ConditionedStage:
        """Fix codes (B, d), landmarks (B, L, 3) and graft sites (B, components, 3, 4)."""
        fields = with_frequency(self.hypernet(code), self.omega)
        heads = code.shape[0]
        blend = [
            Layer(m.weight.T.expand(heads, -1, -1), m.bias.expand(heads, -1))
            for m in self.blend
            if isinstance(m, nn.Linear)
        ]
        fields[0], blend[0] = _on_points(fields[0], landmarks), _on_points(blend[0], landmarks)
        return ConditionedStage(fields, blend, graft if len(self.windows) else None)

    def weight(self, points: Jet, stage: ConditionedStage) -> Jet | None:
        """The window w, a jet of 1 channel, or None where the stage reaches everywhere (w ≡ 1)."""
        if stage.graft is None:
            return None
        outside = None
        for index, window in enumerate(self.windows):
            one_less = window(points, stage.graft[:, index]).map(lambda w: 1.0 - w, lambda w: -torch.ones_like(w))
            outside = one_less if outside is None else outside * one_less
        assert outside is not None
        return outside.map(lambda w: 1.0 - w, lambda w: -torch.ones_like(w))

    def reaches(self, points: Jet, stage: ConditionedStage) -> Tensor:
        """Where the window may be more than 0, (B, N) bool; a quick test that is never wrong where it says no."""
        assert stage.graft is not None
        windows = [window for window in self.windows if isinstance(window, Window)]
        near = [window.reaches(points, stage.graft[:, index]) for index, window in enumerate(windows)]
        return torch.stack(near).any(dim=0)

    def blended(self, points: Jet, stage: ConditionedStage) -> Jet:
        """Σₗ ωₗ Dₗ at points: a jet of 3 channels, in the last stage 4 with ε."""
        return sine_mlp(points, stage.fields).blend(sine_mlp(points, stage.blend).softmax())

    def forward(self, points: Jet, stage: ConditionedStage) -> Jet:
        """w · Σₗ ωₗ Dₗ at points: a jet of 3 channels, in the last stage 4 with ε."""
        weight = self.weight(points, stage)
        blended = self.blended(points, stage)
        return blended if weight is None else weight * blended


def _on_points(layer: Layer, landmarks: Tensor) -> Layer:
    """A layer on offsets from landmarks (B, L, 3) as one on points."""
    per_landmark = layer.weight.reshape(landmarks.shape[0], LANDMARKS_PER_STAGE, 3, -1)
    shift = torch.einsum("blc,blcd->bd", landmarks, per_landmark)
    return Layer(per_landmark.sum(dim=1), layer.bias - shift)


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
                stage: relu_mlp(sum(CODE_SIZES[c] for c in known), config.landmark_width, 3 * LANDMARKS_PER_STAGE)
                for stage, known in self._known.items()
            }
        )

    def forward(self, codes: Mapping[CodeName, Tensor]) -> dict[CodeName, Tensor]:
        """Landmarks (B, L, 3) of every stage, each in the space its stage reads (pₖ₋₁)."""
        return {stage: self.of_stage(stage, codes) for stage in self._known}

    def of_stage(self, stage: CodeName, codes: Mapping[CodeName, Tensor]) -> Tensor:
        """Those (B, L, 3) of one stage."""
        known = torch.cat([codes[name] for name in self._known[stage]], dim=1)
        mean: Tensor = self.mean[list(self._known).index(stage)]
        return mean + self.nets[stage](known).view(-1, LANDMARKS_PER_STAGE, 3)


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

    def condition(self, codes: Mapping[CodeName, Tensor], guided: bool = True) -> Conditioned:
        """Run everything that depends on the codes (B, d) alone: HyperNets, landmarks, graft sites.

        With `guided` off no gradient reaches the landmark and graft networks: in training they learn from
        true landmarks and rims alone, and the fields must follow them, not pull them along.
        """
        landmarks = self.landmarks(codes)
        grafts = self.grafts(codes["remainder"]) if self.grafts is not None else {}
        if not guided:
            landmarks = {code: tensor.detach() for code, tensor in landmarks.items()}
            grafts = {part: tensor.detach() for part, tensor in grafts.items()}
        stages: dict[CodeName, ConditionedStage] = {}
        for stage in self.config.stages:
            code = torch.cat([codes[read] for read in self.config.read_by(stage)], dim=1)
            stages[stage] = self.stage(stage).condition(code, landmarks[stage], grafts.get(stage))
        return Conditioned(stages, self.sdf.condition(codes))

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
