"""The signed distance field of one head: the network at fixed codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from core.jet import Jet
from core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.head_model import Frame
    from core.network import ConditionedStage, Network
    from core.parts import CodeName

CHUNK = {"cpu": 4096, "mps": 65_536, "cuda": 262_144}
"""Points evaluated at a time: on the CPU what stays in cache, elsewhere what fills the device.

Every chunk is padded to this size: matrix products of one shape compute each row alike wherever it
stands, so that a point's distance is the same to the last bit whichever points are asked with it.
"""


class Field:
    """Φ at fixed codes, in mm and head frame. The HyperNets ran once, when it was made."""

    def __init__(self, network: Network, frame: Frame, codes: Mapping[CodeName, torch.Tensor]) -> None:
        """Condition `network` on codes (1, d) of one head."""
        self._network = network
        self._frame = frame
        with torch.inference_mode():
            self._stages: dict[CodeName, ConditionedStage] = network.condition(codes)
        self._device = next(network.parameters()).device

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (N,) float32 in mm, negative inside, at points (N, 3) in mm, head frame."""
        return self._evaluate(points, lambda p: self._network(p, self._stages)) * np.float32(self._frame.radius_mm)

    def window(self, part: CodeName, points: np.ndarray) -> np.ndarray:
        """Weight (N,) float32 of a part's window at points (N, 3) in mm, head frame; 0 is out of its reach.

        The window lies in the space that the part's stage reads; points are carried there first.
        """

        def weight(points: Jet) -> Jet:
            before = self._network.deform(points, self._stages, CODES[: CODES.index(part)]).states[-1]
            stage_weight = self._network.stage(part).weight(before, self._stages[part])
            return Jet(torch.ones_like(points.rows[..., :1])) if stage_weight is None else stage_weight

        return self._evaluate(points, weight)

    def _evaluate(self, points: np.ndarray, function: Callable[[Jet], Jet]) -> np.ndarray:
        """One channel of `function` at points (N, 3) in mm, chunk by chunk."""
        network_points = torch.from_numpy(self._frame.to_network(points))
        chunk = CHUNK.get(self._device.type, CHUNK["cpu"])
        result = np.empty(len(points), dtype=np.float32)
        padded = torch.zeros(1, chunk, 3, device=self._device)
        with torch.inference_mode():
            for start in range(0, len(points), chunk):
                part = network_points[start : start + chunk]
                padded[0, : len(part)] = part
                values = function(Jet.points(padded, derivatives=False)).value[0, : len(part), 0]
                result[start : start + chunk] = values.cpu().numpy()
        return result
