"""The signed distance field of one head: the network at fixed codes."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import pad

from core.jet import Jet
from core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.head_model import Frame
    from core.network import ConditionedStage, Network
    from core.parts import CodeName

CHUNK = {"cpu": 4096, "mps": 65_536, "cuda": 65_536}
"""Points evaluated at a time: on the CPU what stays in cache, elsewhere what fills the device.

Every chunk is padded to this size: matrix products of one shape compute each row alike wherever it
stands, so that a point's distance is the same to the last bit whichever points are asked with it.
"""

_WORKERS = ThreadPoolExecutor(os.cpu_count(), "field", torch.set_num_threads, (1,))
"""On the CPU chunks run side by side, each in one thread. Torch's own threads would wait for each other in every
product, which beside a busy program takes far longer than the work: 4,000 points/s were measured, not 94,000.
"""


class Field:
    """Φ at fixed codes, in mm and head frame. The HyperNets ran once, when it was made."""

    def __init__(self, network: Network, frame: Frame, codes: Mapping[CodeName, torch.Tensor]) -> None:
        """Condition `network` on codes (1, d) of one head."""
        self._network = network
        self._frame = frame
        self._device = next(network.parameters()).device
        self._map = _WORKERS.map if self._device.type == "cpu" else map
        (self._stages,) = self._map(self._condition, [codes])

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

    @torch.inference_mode()
    def _condition(self, codes: Mapping[CodeName, torch.Tensor]) -> dict[CodeName, ConditionedStage]:
        return self._network.condition(codes)

    def _evaluate(self, points: np.ndarray, function: Callable[[Jet], Jet]) -> np.ndarray:
        """One channel of `function` at points (N, 3) in mm, chunk by chunk."""
        network_points = torch.from_numpy(self._frame.to_network(points))
        chunk = CHUNK.get(self._device.type, CHUNK["cpu"])

        @torch.inference_mode()
        def evaluate(part: torch.Tensor) -> np.ndarray:
            padded = pad(part, (0, 0, 0, chunk - len(part)))[None].to(self._device)
            values = function(Jet.points(padded, derivatives=False)).value[0, : len(part), 0]
            return values.cpu().numpy()

        return np.concatenate(list(self._map(evaluate, network_points.split(chunk))))
