"""The signed distance field of one head: the network at fixed codes."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch.nn.functional import pad

from core.jet import Jet
from core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.head_model import Frame
    from core.network import Conditioned, Network
    from core.parts import CodeName

CHUNK = {"cpu": 1024, "mps": 65_536, "cuda": 65_536}
"""Points evaluated at a time: on the CPU what stays in cache and is soon full, elsewhere what fills the device.

Every chunk is padded to this size: matrix products of one shape compute each row alike wherever it
stands, so that a point's distance is the same to the last bit whichever points are asked with it.
"""

_WORKERS = ThreadPoolExecutor(os.cpu_count(), "field", torch.set_num_threads, (1,))
"""On the CPU chunks run side by side, each in one thread. Torch's own threads would wait for each other in every
product, which beside a busy program takes far longer than the work: 4,000 points/s were measured, not 94,000.
"""


class Traced(NamedTuple):
    """Points followed to the end of the cascade.

    distance : (N,) float32, mm, negative inside; inside : (N,) bool for every windowed stage on the way, whether
    the point was in its window: elsewhere that stage's code has no influence on it.
    """

    distance: np.ndarray
    inside: Mapping[CodeName, np.ndarray]


class Field:
    """Φ at fixed codes, in mm and head frame. The HyperNets ran once, when it was made."""

    def __init__(self, network: Network, frame: Frame, codes: Mapping[CodeName, torch.Tensor]) -> None:
        """Condition `network` on codes (1, d) of one head."""
        self._network = network
        self._frame = frame
        self._device = next(network.parameters()).device
        self._map = _WORKERS.map if self._device.type == "cpu" else map
        (self._fixed,) = self._map(self._condition, [codes])

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (N,) float32 in mm, negative inside, at points (N, 3) in mm, head frame."""
        return self.trace(self.states(points)).distance

    @torch.inference_mode()
    def states(self, points: np.ndarray, code: CodeName = CODES[0]) -> np.ndarray:
        """Where points (N, 3) in mm, head frame, are when the stage of `code` reads them: (N, 3) float32, pₖ₋₁.

        They are in the network frame, mean something to `trace` alone, and depend on the stages before only.
        """
        return self._states(points, code).cpu().numpy()

    @torch.inference_mode()
    def trace(self, states: np.ndarray, code: CodeName = CODES[0]) -> Traced:
        """Follow points on from `states(points, code)` to their distance."""
        current, inside = torch.from_numpy(states).to(self._device), {}
        for windowed in CODES[CODES.index(code) : -1]:
            current, within = self._moved(windowed, current)
            if within is not None:
                inside[windowed] = within.cpu().numpy()
        distance = self._evaluate(current, self._distance)[:, 0].cpu().numpy()
        return Traced(distance * np.float32(self._frame.radius_mm), inside)

    @torch.inference_mode()
    def window(self, part: CodeName, points: np.ndarray) -> np.ndarray:
        """Weight (N,) float32 of a part's window at points (N, 3) in mm, head frame; 0 is out of its reach.

        The window lies in the space that the part's stage reads; points are carried there first.
        """
        weight = self._weight(part, self._states(points, part))
        return np.ones(len(points), np.float32) if weight is None else weight[:, 0].cpu().numpy()

    @torch.inference_mode()
    def inside(self, states: np.ndarray, part: CodeName) -> np.ndarray:
        """Which of `states(points, part)` are inside the part's window, (N,) bool: where its code has influence."""
        weight = self._weight(part, torch.from_numpy(states).to(self._device))
        return np.ones(len(states), bool) if weight is None else (weight[:, 0] > 0.0).cpu().numpy()

    @torch.inference_mode()
    def _condition(self, codes: Mapping[CodeName, torch.Tensor]) -> Conditioned:
        return self._network.condition(codes)

    def _states(self, points: np.ndarray, code: CodeName) -> torch.Tensor:
        states = torch.from_numpy(self._frame.to_network(points)).to(self._device)
        for earlier in CODES[: CODES.index(code)]:
            states, _ = self._moved(earlier, states)
        return states

    def _moved(self, code: CodeName, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """States (N, 3) after the stage of `code`, and which of them (N,) are in its window, if it has one.

        Only those are evaluated: the rest stays where it is, all of it where there is no such stage.
        """
        fixed = self._fixed.stages.get(code)
        if fixed is None:
            return states, None
        stage = self._network.stage(code)

        def displacement(points: Jet) -> Jet:
            return stage.blended(points, fixed)

        weight = self._weight(code, states)
        if weight is None:
            return states + self._evaluate(states, displacement), None
        inside = weight[:, 0] > 0.0
        moved = states.clone()
        moved[inside] += weight[inside] * self._evaluate(states[inside], displacement)
        return moved, inside

    def _weight(self, code: CodeName, states: torch.Tensor) -> torch.Tensor | None:
        """The window (N, 1) of a stage at states (N, 3) that it reads; None if its code reaches everywhere."""
        fixed = self._fixed.stages.get(code)
        if fixed is None or fixed.graft is None:
            return None
        stage = self._network.stage(code)

        def weight(points: Jet) -> Jet:
            window = stage.weight(points, fixed)
            assert window is not None
            return window

        near = stage.reaches(Jet.points(states[None], derivatives=False), fixed)[0]
        weights = torch.zeros_like(states[:, :1])
        weights[near] = self._evaluate(states[near], weight)
        return weights

    def _distance(self, points: Jet) -> Jet:
        """Φ, in network units, from what the last stage reads."""
        return self._network.distance(self._network.deform(points, self._fixed, CODES[-1:]), self._fixed)

    def _evaluate(self, states: torch.Tensor, function: Callable[[Jet], Jet]) -> torch.Tensor:
        """The channels (N, C) of `function` at states (N, 3), chunk by chunk."""
        chunk = CHUNK.get(self._device.type, CHUNK["cpu"])

        @torch.inference_mode()
        def evaluate(part: torch.Tensor) -> torch.Tensor:
            padded = pad(part, (0, 0, 0, chunk - len(part)))[None]
            return function(Jet.points(padded, derivatives=False)).value[0, : len(part)]

        return torch.cat(list(self._map(evaluate, states.split(chunk))))
