"""Points carried through a head's cascade and back: which point of one head is which of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from facewright.core.network.jet import Jet
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.surface.newton import newton_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName

_CHUNK = 4096
_ITERATIONS = 8
_PROJECTIONS = 2

_LONGEST_STEP_MM = 4.0
"""Newton's steps are cut to this length: far from the answer the cascade is not linear."""

_CONVERGED_MM = 1e-3
"""A point whose step was shorter than this stays."""

_ASTRAY_MM = 0.01
"""A point that was carried further than this from its goal was not found yet."""

_STEPS = 16
"""Steps from the mean head to one on which points were not found at once."""


class Cascade:
    """One head's deformation to the template and its distance, with derivatives; all points in mm."""

    def __init__(self, model: HeadModel, parameters: Parameters) -> None:
        """Runs the HyperNets, once."""
        self._model, self._parameters = model, parameters
        self._network, self._frame, self._device = model.network, model.frame, model.device
        with torch.inference_mode():
            self._stages = model.network.condition(model.codes(parameters))

    def to_template(self, points: np.ndarray) -> np.ndarray:
        """Where points (N, 3) of the head lie on the template, p₅: (N, 3) float32."""
        return self._frame.to_head(self._carried(self._frame.to_network(points), CODES[-1]))

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

        With another `last` stage, those that are at `template` after that one. An open jaw moves lips by centimetres,
        and a grown-up's alae lie a centimetre from a child's, which the mean head may be: what Newton's method does
        not find from so far is followed from the mean head, through heads between. Where a torn cascade has no
        inverse, a point ends somewhere near.
        """
        goal, first = self._frame.to_network(template), self._frame.to_network(start)
        points, off = self._newton(goal, first, last)
        astray = off > _ASTRAY_MM / self._frame.radius_mm
        if astray.any():
            points[astray] = self._walked(goal[astray], last)
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

    def _newton(self, goal: np.ndarray, start: np.ndarray, last: CodeName) -> tuple[np.ndarray, np.ndarray]:
        """Points (N, 3) that come to `goal` (N, 3), from `start` (N, 3), and how far off each still was, (N,)."""
        points, off = start.copy(), np.zeros(len(start), np.float32)
        longest, shortest = _LONGEST_STEP_MM / self._frame.radius_mm, _CONVERGED_MM / self._frame.radius_mm
        moving = np.arange(len(points))
        for _ in range(_ITERATIONS):
            both = np.concatenate([points[moving], goal[moving]], axis=1)
            steps, errors = np.split(self._evaluate(both, lambda chunk: self._newton_step(chunk, last)), 2, axis=1)
            off[moving] = np.linalg.norm(errors, axis=1)
            length = np.linalg.norm(steps, axis=1, keepdims=True)
            points[moving] += steps * np.minimum(1.0, longest / np.maximum(length, shortest))
            moving = moving[length[:, 0] > shortest]
            if not len(moving):
                break
        return points, off

    def _walked(self, goal: np.ndarray, last: CodeName) -> np.ndarray:
        """Points (N, 3) that come to `goal` (N, 3), followed from the mean head to this one in small steps."""
        points, mean = goal, Parameters()
        for share in np.linspace(0.0, 1.0, _STEPS + 1).tolist():
            between = mean
            for code in CODES:
                between = between.toward(self._parameters, code, share)
            points, _ = Cascade(self._model, between)._newton(goal, points, last)
        return points

    def _carried(self, points: np.ndarray, last: CodeName) -> np.ndarray:
        """Points (N, 3) after the stage of `last`, network units."""
        return self._evaluate(points, lambda chunk: self._deformed(chunk, last, derivatives=False).value)

    def _deformed(self, points: torch.Tensor, last: CodeName, *, derivatives: bool = True) -> Jet:
        """Points (1, n, 3) after the stage of `last`."""
        codes = CODES[: CODES.index(last) + 1]
        return self._network.deform(Jet.points(points, derivatives=derivatives), self._stages, codes).states[-1]

    def _newton_step(self, both: torch.Tensor, last: CodeName) -> torch.Tensor:
        """From points to where the stages up to `last` give the goal: steps and errors, (1, n, 6); both : (1, n, 6)."""
        moved = self._deformed(both[..., :3], last)
        jacobian, error = moved.slopes.permute(0, 2, 3, 1), both[..., 3:] - moved.value  # (1, n, channel, axis)
        step, _ = torch.linalg.solve_ex(jacobian, error[..., None])
        return torch.cat([torch.nan_to_num(step[..., 0], posinf=0.0, neginf=0.0), error], dim=-1)

    @torch.inference_mode()
    def _evaluate(self, rows: np.ndarray, function: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
        """`function` of rows (N, C), network units, chunk by chunk: (N, D)."""
        chunks = torch.from_numpy(rows).split(_CHUNK)
        return np.concatenate([function(chunk[None].to(self._device))[0].cpu().numpy() for chunk in chunks])
