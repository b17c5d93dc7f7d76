"""Points carried through a head's cascade and back: which point of one head is which of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.network.jet import Jet
from facewright.core.parts import CODES
from facewright.core.surface.newton import newton_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName

_CHUNK = 4096
_ITERATIONS = 8
_PROJECTIONS = 2

_LONGEST_STEP_MM = 4.0
"""Newton's steps are cut to this length: far from the answer the cascade is not linear."""

_CONVERGED_MM = 1e-3
"""A point whose step was shorter than this stays."""


class Cascade:
    """One head's deformation to the template and its distance, with derivatives; all points in mm."""

    def __init__(self, model: HeadModel, parameters: Parameters) -> None:
        """Runs the HyperNets, once."""
        self._network, self._frame, self._device = model.network, model.frame, model.device
        with torch.inference_mode():
            self._stages = model.network.condition(model.codes(parameters))

    def to_template(self, points: np.ndarray) -> np.ndarray:
        """Where points (N, 3) of the head lie on the template, p₅: (N, 3) float32."""

        def carry(chunk: torch.Tensor) -> torch.Tensor:
            return self._network.deform(Jet.points(chunk, derivatives=False), self._stages).states[-1].value

        return self._frame.to_head(self._evaluate(self._frame.to_network(points), carry))

    def from_template(self, template: np.ndarray, start: np.ndarray) -> np.ndarray:
        """The points (N, 3) float32 of the head's surface that the cascade carries to `template` (N, 3).

        Its `inverse` from `start` (N, 3), brought `onto_surface`.
        """
        return self.onto_surface(self.inverse(template, start))

    def through(self, points: np.ndarray, last: CodeName) -> tuple[np.ndarray, np.ndarray]:
        """Where points (N, 3) of the head are after the stage of `last`, and the Jacobian there.

        (N, 3) float32, mm, and (N, 3, 3) float32: rows are what moves, columns the axes along which the point does.
        """

        def carry(chunk: torch.Tensor) -> torch.Tensor:
            moved = self._deformed(chunk, last)
            return torch.cat([moved.value, moved.slopes.permute(0, 2, 3, 1).flatten(2)], dim=-1)

        moved_states = self._evaluate(self._frame.to_network(points), carry)
        return self._frame.to_head(moved_states[:, :3]), moved_states[:, 3:].reshape(-1, 3, 3)

    def inverse(self, template: np.ndarray, start: np.ndarray, last: CodeName = CODES[-1]) -> np.ndarray:
        """The points (N, 3) float32 that the cascade carries to `template` (N, 3), by Newton's method from `start`.

        With another `last` stage, those that are at `template` after that one.
        """
        goal, points = self._frame.to_network(template), self._frame.to_network(start)
        longest, shortest = _LONGEST_STEP_MM / self._frame.radius_mm, _CONVERGED_MM / self._frame.radius_mm
        moving = np.arange(len(points))
        for _ in range(_ITERATIONS):
            both = np.concatenate([points[moving], goal[moving]], axis=1)
            steps = self._evaluate(both, lambda chunk: self._newton_step(chunk, last))
            length = np.linalg.norm(steps, axis=1, keepdims=True)
            points[moving] += steps * np.minimum(1.0, longest / np.maximum(length, shortest))
            moving = moving[length[:, 0] > shortest]
            if not len(moving):
                break
        return self._frame.to_head(points)

    def onto_surface(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) near the head's surface, brought onto it by two Newton steps along ∇Φ: (N, 3) float32."""
        moved = np.asarray(points, dtype=np.float32)
        for _ in range(_PROJECTIONS):
            moved = moved + newton_step(*self.signed_distance(moved))
        return moved

    def signed_distance(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Φ (N,) float32, mm, negative inside, and ∇Φ (N, 3) float32 at points (N, 3)."""

        def evaluate(chunk: torch.Tensor) -> torch.Tensor:
            phi = self._network(Jet.points(chunk, derivatives=True), self._stages)
            return torch.cat([phi.value, phi.gradient], dim=-1)

        outputs = self._evaluate(self._frame.to_network(points), evaluate)
        return outputs[:, 0] * np.float32(self._frame.radius_mm), outputs[:, 1:]

    def _deformed(self, points: torch.Tensor, last: CodeName) -> Jet:
        """Points (1, n, 3) after the stage of `last`, with derivatives."""
        codes = CODES[: CODES.index(last) + 1]
        return self._network.deform(Jet.points(points, derivatives=True), self._stages, codes).states[-1]

    def _newton_step(self, both: torch.Tensor, last: CodeName) -> torch.Tensor:
        """Steps (1, n, 3) from points to where the stages up to `last` give the goal; both : (1, n, 6)."""
        moved = self._deformed(both[..., :3], last)
        jacobian = moved.slopes.permute(0, 2, 3, 1)  # (1, n, channel, axis)
        step, _ = torch.linalg.solve_ex(jacobian, (both[..., 3:] - moved.value)[..., None])
        return torch.nan_to_num(step[..., 0], posinf=0.0, neginf=0.0)

    @torch.inference_mode()
    def _evaluate(self, rows: np.ndarray, function: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
        """`function` of rows (N, C), network units, chunk by chunk: (N, D)."""
        chunks = torch.from_numpy(rows).split(_CHUNK)
        return np.concatenate([function(chunk[None].to(self._device))[0].cpu().numpy() for chunk in chunks])
