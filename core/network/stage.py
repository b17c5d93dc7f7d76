"""One deformation of the cascade: local fields, their blend weights and a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn

from facewright.core.network.hypernet import HyperNet
from facewright.core.network.jet import Jet
from facewright.core.network.layers import Layer, layer_shapes, sine_mlp
from facewright.core.network.side_by_side import SideBySide
from facewright.core.network.window import Window, united, weights
from facewright.core.parts import CODE_SIZES, CODES, COMPONENTS, LANDMARKS_PER_STAGE, CodeName

if TYPE_CHECKING:
    from torch import Tensor

    from facewright.core.network.config import NetworkConfig


class ConditionedStage(NamedTuple):
    """One stage at fixed codes: everything that does not depend on the query point."""

    fields: list[Layer]
    blend: list[Layer]
    graft: Tensor | None
    """(B, components, 3, 4): each component's map from the head to the template; None without windows."""


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
        [own] = SideBySide.placed([self], [numbers], landmarks.unsqueeze(0)).each()
        return ConditionedStage(*own, graft if len(self.windows) else None)

    def blend_layers(self) -> list[Layer]:
        """The MLP of the blend weights, the same for all codes: weights (C, D), biases (D,)."""
        return [Layer(m.weight.T, m.bias) for m in self.blend if isinstance(m, nn.Linear)]

    @property
    def window_list(self) -> list[Window]:
        """The windows, one for each component."""
        return [window for window in self.windows if isinstance(window, Window)]

    def weight(self, points: Jet, stage: ConditionedStage) -> Jet | None:
        """The window w, a jet of 1 channel, or None where the stage reaches everywhere (w ≡ 1)."""
        if stage.graft is None:
            return None
        if len(self.windows) > 1 and (points.sloped or points.flat.requires_grad):
            together = Jet(points.flat.repeat(len(self.windows), 1, 1), points.sloped)
            flat = weights(self.window_list, together, stage.graft.transpose(0, 1)).flat.chunk(len(self.windows))
            return united([Jet(own, points.sloped) for own in flat])
        return united([window(points, stage.graft[:, index]) for index, window in enumerate(self.windows)])

    def reaches(self, points: Jet, stage: ConditionedStage) -> Tensor:
        """Where the window may be more than 0, (B, N) bool; a quick test that is never wrong where it says no."""
        assert stage.graft is not None
        near = [window.reaches(points, stage.graft[:, index]) for index, window in enumerate(self.window_list)]
        return torch.stack(near).any(dim=0)

    def blended(self, points: Jet, stage: ConditionedStage) -> Jet:
        """Σₗ ωₗ Dₗ at points: a jet of 3 channels, in the last stage 4 with ε."""
        return sine_mlp(points, stage.fields).blend(sine_mlp(points, stage.blend))

    def forward(self, points: Jet, stage: ConditionedStage) -> Jet:
        """w · Σₗ ωₗ Dₗ at points: a jet of 3 channels, in the last stage 4 with ε."""
        weight = self.weight(points, stage)
        blended = self.blended(points, stage)
        return blended if weight is None else weight * blended
