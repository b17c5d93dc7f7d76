"""A network at the codes of one head, evaluated by torch: on a GPU, or where stages are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import pad

from facewright.core.network.jet import Jet
from facewright.core.network.network import Conditioned
from facewright.core.parts import CODES, LOCAL_PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import numpy as np

    from facewright.core.network.network import Network
    from facewright.core.parts import CodeName

_CHUNK = 65_536
_CPU_CHUNK = 1024
"""Points evaluated at a time: what fills the device, on the CPU what stays in cache.

Every chunk is padded to this size: matrix products of one shape compute each row alike wherever it
stands, so that a point's distance is the same to the last bit whichever points are asked with it.
"""


class TorchStages:
    """The stages of `core.network.network` at fixed codes; states are (N, 3) float32, network frame."""

    @torch.inference_mode()
    def __init__(
        self,
        network: Network,
        codes: Mapping[CodeName, torch.Tensor],
        like: TorchStages | None = None,
        changed: Collection[CodeName] = CODES,
    ) -> None:
        """Condition `network` on codes (1, d).

        like : the same network at codes of which those `changed` alone are others: if they are parts with a stage of
        their own, no HyperNet runs but theirs.
        """
        self._network = network
        self._device = next(network.parameters()).device
        if like is None or not set(changed) <= set(LOCAL_PARTS) & set(network.config.stages):
            self._fixed = network.condition(codes)
        else:
            stages = dict(like._fixed.stages)
            for part in changed:
                graft, landmarks = stages[part].graft, network.landmarks.of_stage(part, codes)
                stages[part] = network.stage(part).condition(codes[part], landmarks, graft)  # the graft is another's
            self._fixed = Conditioned(stages, like._fixed.sdf)

    @torch.inference_mode()
    def move(self, states: np.ndarray, codes: Sequence[CodeName]) -> tuple[np.ndarray, dict[CodeName, np.ndarray]]:
        """States after the stages of `codes`, the last not among them, and which states (N,) each window held."""
        current, inside = torch.from_numpy(states).to(self._device), {}
        for code in codes:
            current, within = self._moved(code, current)
            if within is not None:
                inside[code] = within.cpu().numpy()
        return current.cpu().numpy(), inside

    def to_template(self, states: np.ndarray) -> np.ndarray:
        """Where all stages carry states that the first one reads: (N, 3) float32, p₅."""
        return self.move(states, CODES)[0]

    @torch.inference_mode()
    def weight(self, code: CodeName, states: np.ndarray) -> np.ndarray:
        """The window (N,) float32 of a stage at states that it reads; 1 where it has none."""
        on_device = torch.from_numpy(states).to(self._device)
        weight = self._weight(code, on_device)
        return (on_device.new_ones(len(states)) if weight is None else weight[:, 0]).cpu().numpy()

    def trace(self, states: np.ndarray, codes: Sequence[CodeName]) -> tuple[np.ndarray, dict[CodeName, np.ndarray]]:
        """Φ (N,) float32, network units, of states that go through the stages of `codes` and the last, as in `move`."""
        moved, inside = self.move(states, codes)
        return self.distance(moved), inside

    @torch.inference_mode()
    def distance(self, states: np.ndarray) -> np.ndarray:
        """Φ (N,) float32, network units, at states that the last stage reads."""
        return self._evaluate(torch.from_numpy(states).to(self._device), self._distance)[:, 0].cpu().numpy()

    def _moved(self, code: CodeName, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """States after the stage of `code`, and which of them (N,) are in its window, if it has one.

        Only those are evaluated: the rest stays where it is.
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
        """The window (N, 1) of a stage at states that it reads; None if it reaches everywhere."""
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
        """The channels (N, C) of `function` at states, chunk by chunk."""
        chunk = _CPU_CHUNK if self._device.type == "cpu" else _CHUNK

        def evaluate(part: torch.Tensor) -> torch.Tensor:
            padded = pad(part, (0, 0, 0, chunk - len(part)))[None]
            return function(Jet.points(padded, derivatives=False)).value[0, : len(part)]

        return torch.cat([evaluate(part) for part in states.split(chunk)])
