"""A point of the surface held by hand: the code of its part follows, the rest of the part stays, and nothing else.

With x(a) the point of the head that the cascade carries to one fixed point of the template, at coefficients a of the
part that it belongs to, a pull to t looks for the most plausible change that takes x there,

    min  |x(a) − t|² / s² + |a − a₀|² + Σⱼ wⱼ |xⱼ(a) − xⱼ(a₀)|² / r²,

the second term being the training heads' own Gaussian, N(0, 1) in σ, about the head as it was grabbed: directions in
which heads vary much give way first, and those that do not move the point stay. The third holds other points of the
part, the more the further they are from the hand, so that a pull at the chin moves the chin. With
H = I + Σⱼ wⱼ Jⱼᵀ Jⱼ / r² Gauss-Newton's steps a = a₀ + H⁻¹ Jᵀ (J H⁻¹ Jᵀ + s² I)⁻¹ (t − x + J (a − a₀)) need a
3 × 3 system only; J = ∂x/∂a follows from the cascade F(x, a) = q by the implicit function theorem,
J = −(∂F/∂x)⁻¹ ∂F/∂a. Changes a − a₀ = B b are ways in which people differ, or those of them that are alike on both
sides: for H⁻¹ stands B (Bᵀ H B)⁺ Bᵀ.

A pull ends where people end: at `FURTHEST` from the head that was grabbed, and where hardly a training head is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.special import chdtri

from facewright.core.network.jet import Jet
from facewright.core.parameters import LIMIT
from facewright.core.parts import CODES, LOCAL_PARTS, PARTS
from facewright.core.plausibility import EXTREME
from facewright.core.slopes import slopes
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from facewright.core.field.field import Field
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.symmetry import Symmetry

FURTHEST = 3.0
"""σ, of all components together: how far one pull changes a part. The pulled point is then as far as in one of some
hundred people."""

_SLACK_MM = 0.3
"""s: how far the point may stay behind for each σ that following would cost."""

_STEPS = 3
"""Gauss-Newton's steps a pull; the next pull starts where this one ended."""

_LONGEST_STEP = 1.0
"""A step is cut to so many σ: further, the cascade is not linear."""

_REACH_MM = 12.0, 25.0
"""How far about the hand a local part, and the remainder, give way freely."""
_HELD = 80, 160
"""Points of a local part, and of the whole head, that are held."""
_HOLD_MM = 0.6
"""r: a movement of what is held, in the mean, that counts as much as a σ."""


class Grab:
    """A point of one head's surface, held from where the hand took it."""

    def __init__(
        self, model: HeadModel, parameters: Parameters, point: np.ndarray, symmetry: Symmetry | None = None
    ) -> None:
        """point : (3,), mm, head frame, on the head's surface or near it; what is held lies on it.

        symmetry : the model's, if both sides are to change alike.
        """
        self._model, self._start = model, parameters
        self.part: CodeName = part_at(model, model.field(parameters), point)
        """The part that follows."""
        cascade = Cascade(model, parameters)
        near = np.asarray(point, dtype=np.float32)[None]
        self._goal = cascade.to_template(near)
        self.origin: np.ndarray = cascade.from_template(self._goal, near)[0]
        """Where the point was when the hand took it, (3,) float32, mm, head frame."""
        self.point = self.origin
        """Where it is now."""
        self.ends = False
        """Whether the last pull went further than people do: the point stays at the end."""
        self._now = parameters
        metric = self._metric(cascade)
        ways = symmetry.even_ways(self.part) if symmetry else np.eye(len(metric))
        ways[model.people_components[self.part] :] = 0.0  # what tells sources apart is no way in which people differ
        self._give = ways @ np.linalg.pinv(ways.T @ metric @ ways) @ ways.T

    def pull(self, way: np.ndarray) -> Parameters:
        """The head whose part has followed the hand, `way` (3,) mm from the origin, as far as is plausible."""
        start, target = self._coefficients(self._start), self.origin + way
        for _ in range(_STEPS):
            slope = self._slopes()
            now = self._coefficients(self._now)
            wanted = target - self.point + slope @ (now - start)
            held = slope @ self._give @ slope.T + _SLACK_MM**2 * np.eye(3)
            after, self.ends = self._within(start, start + self._give @ slope.T @ np.linalg.solve(held, wanted))
            step = after - now
            step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-9))
            self._now = self._start.with_code(self.part, (now + step).clip(-LIMIT, LIMIT).tolist())
            self.point = Cascade(self._model, self._now).from_template(self._goal, self.point[None])[0]
            if float(np.abs(step).max()) < 1e-3:
                break
        return self._now

    def _within(self, start: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, bool]:
        """Coefficients (k,) brought back to where people are on the way from `start`, and whether they had to be."""
        way = after - start
        share = min(1.0, FURTHEST / max(float(np.linalg.norm(way)), 1e-9))
        furthest = max(float(np.linalg.norm(start)), float(np.sqrt(chdtri(len(start), 1.0 - EXTREME))))
        a, b, c = way @ way, start @ way, start @ start - furthest**2
        if np.linalg.norm(start + share * way) > furthest:
            share = float(max(0.0, (np.sqrt(max(b * b - a * c, 0.0)) - b) / a))
        return start + share * way, share < 1.0

    def _metric(self, cascade: Cascade) -> np.ndarray:
        """H, (k, k) float64."""
        model, local = self._model, self.part in LOCAL_PARTS
        metric = np.eye(len(model.latent[self.part]))
        template = held_points(model, self.part, _HELD[not local])
        if not len(template):
            return metric
        points = cascade.inverse(template, template)
        away = np.linalg.norm(points - self.origin, axis=1)
        weight = 1.0 - np.exp(-0.5 * (away / _REACH_MM[not local]) ** 2)
        moves = np.sqrt(weight)[:, None, None] * slopes(model, self._start, self.part, points)
        rows = moves.reshape(-1, len(metric))
        result: np.ndarray = metric + rows.T @ rows / (len(points) * _HOLD_MM**2)
        return result

    def _coefficients(self, parameters: Parameters) -> np.ndarray:
        """The part's coefficients, (k,) float64, σ."""
        return np.array([parameters.value(self.part, index) for index in range(len(self._model.latent[self.part]))])

    def _slopes(self) -> np.ndarray:
        """∂x/∂a, (3, k) float64, mm for each σ, at the point as it is now."""
        model, part = self._model, self.part
        space, codes = model.latent[part], model.codes(self._now)
        code = codes[part].clone().requires_grad_()
        at = torch.from_numpy(model.frame.to_network(self.point[None]))[None].to(model.device)
        stages = model.network.condition({**codes, part: code})
        end = model.network.deform(Jet.points(at, derivatives=True), stages).states[-1]
        place = end.value[0, 0]
        by_code = torch.cat([torch.autograd.grad(place[axis], code, retain_graph=True)[0] for axis in range(3)])
        by_place = end.slopes[0, :, 0].T.detach()  # (channel, axis)
        by_sigma = by_code @ torch.from_numpy((space.components * space.sigma[:, None]).T).to(model.device)
        both = (tensor.cpu().numpy().astype(np.float64) for tensor in (by_place, by_sigma))  # MPS has no doubles
        slopes: np.ndarray = -np.linalg.solve(*both) * model.frame.radius_mm
        return slopes


def held_points(model: HeadModel, part: CodeName, count: int) -> np.ndarray:
    """At most `count` points (n, 3) float32, mm, of a local part of the template, or of all of it for the remainder.

    Spread evenly over its mesh's vertices; none in models without one.
    """
    mesh = model.template
    if mesh is None:
        return np.empty((0, 3), np.float32)
    own = np.arange(len(mesh.vertices))
    if part in LOCAL_PARTS:
        own = np.unique(mesh.faces[mesh.part == PARTS.index(part)])
    picked = np.random.default_rng(0).permutation(own)[:count]
    points: np.ndarray = mesh.vertices[picked]
    return points


def part_at(model: HeadModel, field: Field, point: np.ndarray) -> CodeName:
    """The part that shapes the surface of a head's field at point (3,), mm, as `parts_at` says."""
    return parts_at(model, field, point[None])[0]


def parts_at(model: HeadModel, field: Field, points: np.ndarray) -> list[CodeName]:
    """The part that shapes the surface of a head's field at points (N, 3), mm: that whose window is widest open.

    Where none is more than half open, and in models without windows, it is the remainder.
    """
    if not model.network.config.windows:
        return [CODES[-1]] * len(points)
    weights = np.stack([field.window(part, np.asarray(points, dtype=np.float32)) for part in LOCAL_PARTS])
    widest = np.where(weights.max(axis=0) > 0.5, weights.argmax(axis=0), -1)
    return [LOCAL_PARTS[index] if index >= 0 else CODES[-1] for index in widest]
