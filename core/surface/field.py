"""The signed distance field of one head: the network at fixed codes."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.parts import CODES
from core.surface.compiled_stages import CompiledStages
from core.surface.torch_stages import TorchStages

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from core.model.head_model import Frame
    from core.model.network import Network
    from core.parts import CodeName


class Traced(NamedTuple):
    """Points followed to the end of the cascade.

    distance : (N,) float32, mm, negative inside; inside : (N,) bool for every windowed stage on the way, whether
    the point was in its window: elsewhere that stage's code has no influence on it.
    """

    distance: np.ndarray
    inside: Mapping[CodeName, np.ndarray]


class Field:
    """Φ at fixed codes, in mm and head frame. The HyperNets ran once, when it was made.

    A point's distance is the same to the last bit whichever points are asked with it.
    """

    def __init__(self, network: Network, frame: Frame, codes: Mapping[CodeName, torch.Tensor]) -> None:
        """Condition `network` on codes (1, d) of one head."""
        on_cpu = next(network.parameters()).device.type == "cpu" and network.config.stages == CODES
        self._network, self._frame = network, frame
        self._stages: CompiledStages | TorchStages = (CompiledStages if on_cpu else TorchStages)(network, codes)

    def edited(self, part: CodeName, codes: Mapping[CodeName, torch.Tensor]) -> Field:
        """The field at codes of which only that of a part with a window is new; much is shared with this one."""
        edited = copy(self)
        edited._stages = self._stages.edited(self._network, part, codes)
        return edited

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (N,) float32 in mm, negative inside, at points (N, 3) in mm, head frame."""
        return self.trace(self.states(points)).distance

    def states(self, points: np.ndarray, code: CodeName = CODES[0]) -> np.ndarray:
        """Where points (N, 3) in mm, head frame, are when the stage of `code` reads them: (N, 3) float32, pₖ₋₁.

        They are in the network frame, mean something to `trace` alone, and depend on the stages before only.
        """
        return self._stages.move(self._frame.to_network(points), CODES[: CODES.index(code)])[0]

    def trace(self, states: np.ndarray, code: CodeName = CODES[0]) -> Traced:
        """Follow points on from `states(points, code)` to their distance."""
        last, inside = self._stages.move(states, CODES[CODES.index(code) : -1])
        return Traced(self._stages.distance(last) * np.float32(self._frame.radius_mm), inside)

    def window(self, part: CodeName, points: np.ndarray) -> np.ndarray:
        """Weight (N,) float32 of a part's window at points (N, 3) in mm, head frame; 0 is out of its reach.

        The window lies in the space that the part's stage reads; points are carried there first.
        """
        return self._stages.weight(part, self.states(points, part))

    def inside(self, states: np.ndarray, part: CodeName) -> np.ndarray:
        """Which of `states(points, part)` are inside the part's window, (N,) bool: where its code has influence."""
        return self._stages.weight(part, states) > 0.0
