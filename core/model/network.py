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
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

from facewright.core.errors import FacewrightError
from facewright.core.model.jet import Jet
from facewright.core.model.window import Window
from facewright.core.parts import CODE_SIZES, CODES, COMPONENTS, LANDMARKS_PER_STAGE, CodeName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor


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


def _split(layers: Sequence[Layer], sizes: Sequence[int], axis: int = 0) -> list[list[Layer]]:
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


class ConditionedStage(NamedTuple):
    """One stage at fixed codes: everything that does not depend on the query point."""

    fields: list[Layer]
    blend: list[Layer]
    graft: Tensor | None
    """(B, components, 3, 4): each component's map from the head to the template; None without windows."""


def _stacked(layers: Sequence[Layer]) -> Layer:
    """Layers (C, D) as (S, 1, C, D), laid out in memory as each was: products round by how their factors lie."""
    weight = torch.stack([layer.weight.T for layer in layers]).transpose(1, 2)
    return Layer(weight.unsqueeze(1), torch.stack([layer.bias for layer in layers]).unsqueeze(1))


class _Stages(NamedTuple):
    """All S stages at fixed codes of B heads, side by side: what `ConditionedStage` is of one.

    inner : the fields' layers but the last, (S, B, C, D) and (S, B, D); last : each stage's last; blend : as inner.
    """

    inner: list[Layer]
    last: list[Layer]
    blend: list[Layer]

    @classmethod
    def of(cls, stages: Sequence[Stage], codes: Sequence[Tensor], landmarks: Tensor) -> _Stages:
        """At the codes (B, d) of each and landmarks (S, B, L, 3)."""
        return cls.placed(
            stages, [s.hypernet.all_heads(code) for s, code in zip(stages, codes, strict=True)], landmarks
        )

    @classmethod
    def placed(cls, stages: Sequence[Stage], numbers: Sequence[tuple[Tensor, Tensor]], landmarks: Tensor) -> _Stages:
        """The same with what the heads of each HyperNet give."""
        # ω₀ folded into what a sine follows: sin(ω₀ (x W + b)) = sin(x ω₀W + ω₀b)
        inner = stages[0].hypernet.inner_layers(torch.stack([inner for inner, _ in numbers]) * stages[0].omega)
        last = [stage.hypernet.outer_layer(outer) for stage, (_, outer) in zip(stages, numbers, strict=True)]
        first, second = (_stacked(layers) for layers in zip(*(stage.blend_layers() for stage in stages), strict=True))
        heads = landmarks.shape[1]
        shared = Layer(second.weight.expand(-1, heads, -1, -1), second.bias.expand(-1, heads, -1))
        return cls([_on_points(inner[0], landmarks), *inner[1:]], last, [_on_points(first, landmarks), shared])

    def split(self, sizes: Sequence[int]) -> list[_Stages]:
        """The same of the first so many heads, the next ones and so on."""
        if len(sizes) == 1:
            return [self]
        inner, blend = (_split(layers, sizes, axis=1) for layers in (self.inner, self.blend))
        return [_Stages(*each) for each in zip(inner, _split(self.last, sizes), blend, strict=True)]

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


def _widened(tensor: Tensor, outputs: int) -> Tensor:
    """A last layer's weight or bias (…, L · C) for as many landmarks with more channels, 0 in those: (…, outputs)."""
    if tensor.shape[-1] == outputs:
        return tensor
    apart = tensor.unflatten(-1, (LANDMARKS_PER_STAGE, -1))
    more = outputs // LANDMARKS_PER_STAGE - apart.shape[-1]
    return torch.nn.functional.pad(apart, (0, more)).flatten(-2)


class Conditioned(NamedTuple):
    """The network at fixed codes: its stages and SDFNet's layers, whose products alone remain to be done."""

    stages: dict[CodeName, ConditionedStage]
    sdf: list[Layer]
    together: _Stages | None = None
    """The stages once more, side by side."""


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
        x = x.sine_layer(*layer)
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
        known, last = hidden + code_size * direct, len(self.shapes) - 1
        weights = [(f"weights.{k}", (i, o)) for k, (i, o) in enumerate(self.shapes)]
        biases = [(f"biases.{k}", (o,)) for k, (_, o) in enumerate(self.shapes)]
        self.layout = [*weights[:last], *biases[:last], weights[last], biases[last]]
        self.heads = nn.Linear(known, sum(math.prod(shape) for _, shape in self.layout))
        rows = dict(zip([name for name, _ in self.layout], self._sizes_apart(self.heads.weight), strict=True))
        starts = dict(zip(rows, self._sizes_apart(self.heads.bias), strict=True))
        for index, (inputs, _) in enumerate(self.shapes):
            bound = siren_bound(inputs, omega, first=index == 0)
            for name, start in ((f"weights.{index}", bound), (f"biases.{index}", 1.0 / math.sqrt(inputs) / omega)):
                nn.init.uniform_(starts[name], -start, start)
                nn.init.normal_(rows[name], std=0.05 * bound / math.sqrt(known))
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
        found = _shaped(inner, [shape for _, shape in self.layout[: 2 * last]])
        return [Layer(*both) for both in zip(found[:last], found[last:], strict=True)]

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
        return self.placed(self.hypernet.all_heads(code), landmarks, graft)

    def placed(self, numbers: tuple[Tensor, Tensor], landmarks: Tensor, graft: Tensor | None) -> ConditionedStage:
        """The same with what the HyperNet's heads give for the codes."""
        [own] = _Stages.placed([self], [numbers], landmarks.unsqueeze(0)).each()
        return ConditionedStage(*own, graft if len(self.windows) else None)

    def blend_layers(self) -> list[Layer]:
        """The MLP of the blend weights, the same for all codes: weights (C, D), biases (D,)."""
        return [Layer(m.weight.T, m.bias) for m in self.blend if isinstance(m, nn.Linear)]

    def weight(self, points: Jet, stage: ConditionedStage) -> Jet | None:
        """The window w, a jet of 1 channel, or None where the stage reaches everywhere (w ≡ 1)."""
        if stage.graft is None:
            return None
        first, *others = [window(points, stage.graft[:, index]) for index, window in enumerate(self.windows)]
        for other in others:  # in the one or in the other
            first = Jet(first.flat + other.flat - (first * other).flat, first.sloped)
        return first

    def reaches(self, points: Jet, stage: ConditionedStage) -> Tensor:
        """Where the window may be more than 0, (B, N) bool; a quick test that is never wrong where it says no."""
        assert stage.graft is not None
        windows = [window for window in self.windows if isinstance(window, Window)]
        near = [window.reaches(points, stage.graft[:, index]) for index, window in enumerate(windows)]
        return torch.stack(near).any(dim=0)

    def blended(self, points: Jet, stage: ConditionedStage) -> Jet:
        """Σₗ ωₗ Dₗ at points: a jet of 3 channels, in the last stage 4 with ε."""
        return sine_mlp(points, stage.fields).blend(sine_mlp(points, stage.blend))

    def forward(self, points: Jet, stage: ConditionedStage) -> Jet:
        """w · Σₗ ωₗ Dₗ at points: a jet of 3 channels, in the last stage 4 with ε."""
        weight = self.weight(points, stage)
        blended = self.blended(points, stage)
        return blended if weight is None else weight * blended


def _on_points(layer: Layer, landmarks: Tensor) -> Layer:
    """Layers (S, B, C, D) on offsets from landmarks (S, B, L, 3) as such on points; B may be 1 for all heads."""
    per_landmark = layer.weight.unflatten(2, (LANDMARKS_PER_STAGE, 3)).sum(dim=2)
    # Sums that do not depend on how many stages and heads there are, as products of matrices would to the last bit.
    shift = (landmarks.flatten(2).unsqueeze(-1) * layer.weight).sum(dim=2)
    return Layer(per_landmark.expand(-1, landmarks.shape[1], -1, -1), layer.bias - shift)


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
            return [Conditioned({}, own) for own in _split(sdf, sizes)]
        names = self.config.stages
        read = [torch.cat([codes[code] for code in self.config.read_by(stage)], dim=1) for stage in names]
        at = torch.stack([landmarks[stage] for stage in names])
        apart = _Stages.of([self.stage(stage) for stage in names], read, at).split(sizes)
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
            for k, (together, own_sdf) in enumerate(zip(apart, _split(sdf, sizes), strict=True))
        ]

    def side_by_side(self, points: Tensor, fixed: Conditioned) -> Tensor:
        """What every stage adds to points (S, B, N, 3) of its own: (S, B, N, 4), of which the last is ε, or 0."""
        together = fixed.together
        assert together is not None
        moved = together.blended(points)
        if not self.config.windows:
            return moved
        with torch.no_grad():
            windows = [
                self.stage(stage).weight(Jet.points(own, derivatives=False), fixed.stages[stage])
                for stage, own in zip(self.config.stages, points, strict=True)
            ]
            weights = [torch.ones_like(moved[0, ..., :1]) if window is None else window.flat for window in windows]
            weight = torch.stack(weights)
        return moved * weight

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
