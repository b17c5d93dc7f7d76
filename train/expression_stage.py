"""The expression's stage of a trained model, taught once more by heads of the model itself, all else fixed.

A run has some thousand expressions to learn from and learns five stages at once. Afterwards the heads of the model
itself tell what its expression's stage ought to do with any sum of facial units, without end: it is to carry each point
of a head to where that head's neutral one has it. What it does to a neutral head stays as it is to the bit, for of the
weights that give the stage its own only those move that a code of 0 does not reach; and so does what coefficients mean.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.errors import FacewrightError
from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.model.head_model import EARLIER
from facewright.core.network.jet import Jet
from facewright.core.parts import CODE_SIZES
from facewright.train.adam import GroupAdam
from facewright.train.own_heads import BLINKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.train.own_heads import OwnHeads

_CODE: CodeName = "expression"

_HEADS, _POINTS = 32, 192
"""Of a step."""

_RATE, _LAST_SHARE, _WARM_UP = 4e-5, 0.01, 200
"""Highest learning rate, of which that share is left at the end by a cosine; steps until it is reached."""

_ACROSS, _LANDMARKS = 2.0, 0.3
"""Weights of what a point is off across the surface, and of landmarks, over that of |x| + |y| + |z|."""

_OFFSETS_MM = (0.0, 0.0, 1.5, 5.0)
"""Standard deviations of points' distances from the surface, in equal shares."""

_PART, _FACE, _FACE_MM = 8.0, 4.0, 95.0
"""How many times denser than elsewhere points lie on the parts, and within that distance of the tip of the nose."""

_FINENESS = 0.3, 5.0
"""Least and greatest part of it that how fine the mesh is there has."""

_WEAKER = 0.2
"""Share of the expressions that are drawn weaker; not of those with closed lids, which come down along the eye."""

_CLOSED = 0.5

UNSEEN = 10
"""Heads that are not learnt from, the last ones."""

_CHECKED, _CHECK_POINTS = 15, 400
"""Batches of these that are looked at, and points of a head."""


class Off(NamedTuple):
    """How far points of the surfaces of unseen heads are carried beside their goals, and across the surface, mm."""

    whole: float
    across: float


def require_units(model: HeadModel) -> None:
    """Raise FacewrightError if a model has no facial units to be taught."""
    if set(model.facial_units) != set(FACIAL_UNITS) or _CODE not in model.network.config.stages:
        raise FacewrightError(
            f"{model.name} has not learnt the facial units: train a model of people first (run people)."
        )


class Drawn(NamedTuple):
    """Points (B, N, 3), network frame, on heads with expressions, and what is to become of them.

    displacement : (B, N, 3) by which the stage is to carry each; across : (B, N, 3), unit normals there; codes (B, d);
    remainders (B, d) and landmarks (B, L, 3) of the heads; on : (N,) bool, which points lie on the surface.
    """

    points: Tensor
    displacement: Tensor
    across: Tensor
    codes: Tensor
    remainders: Tensor
    landmarks: Tensor
    on: Tensor


class ExpressionStage:
    """The stage of one model as it learns. Its model is the one given, whose network it changes."""

    def __init__(self, model: HeadModel, heads: OwnHeads) -> None:
        """heads : of that model, more than `UNSEEN`. Raises FacewrightError if they are too few, or it has no units."""
        require_units(model)
        if len(heads.vertices) <= UNSEEN:
            raise FacewrightError(f"{UNSEEN} heads are left out to measure by: give more than those.")
        self.model, self._radius = model, model.frame.radius_mm
        self._centre = torch.tensor(model.frame.centre_mm)
        self._stage = model.network.stage(_CODE)
        self._weights = heads.weights
        self._codes = heads.weights @ torch.from_numpy(np.stack([model.facial_units[unit] for unit in FACIAL_UNITS]))
        self._remainders = heads.remainders
        self._vertices = heads.vertices
        self._faces = torch.from_numpy(heads.surface.faces).long()
        self._landmarks = torch.from_numpy(heads.surface.landmarks[_CODE]).long()
        self._cumulative = self._spread(heads.vertices[0, 0], torch.from_numpy(heads.surface.component))
        self._closed = heads.weights[..., BLINKS].amax(dim=-1) > _CLOSED  # (H, E)
        self._goals = self._neutral_goals()
        self._trained = self._freed()
        self._rate = torch.zeros(())
        self._optimizer = GroupAdam([{"params": self._trained, "lr": self._rate}])
        self._generator = torch.Generator().manual_seed(1)
        self.steps = 0

    def learn(self, share: float) -> float:
        """One step, at the share of the time that is gone; its loss, mm."""
        warm = min(1.0, (self.steps + 1) / _WARM_UP)
        fallen = _LAST_SHARE + (1.0 - _LAST_SHARE) * (1.0 + math.cos(math.pi * min(share, 1.0))) / 2
        self._rate.fill_(_RATE * warm * fallen)
        drawn = self.draw(_HEADS, _POINTS, self._generator)
        landmarks = self._landmarks_of(drawn)
        off = self._moved(drawn, landmarks.detach()) - drawn.displacement
        across = (off * drawn.across).sum(dim=-1).abs().mean()
        loss = off.abs().sum(dim=-1).mean() + _ACROSS * across
        (loss + _LANDMARKS * (landmarks - drawn.landmarks).abs().sum(dim=-1).mean()).backward()
        self._optimizer.step()
        for weight in self._trained:
            weight.grad = None
        self.steps += 1
        return loss.item() * self._radius

    @torch.no_grad()
    def off_mm(self) -> Off:
        """How far it is off on unseen heads, always by the same draws."""
        generator = torch.Generator().manual_seed(5)
        whole, across = [], []
        for _ in range(_CHECKED):
            drawn = self.draw(_HEADS, _CHECK_POINTS, generator, unseen=True)
            off = (self._moved(drawn, self._landmarks_of(drawn)) - drawn.displacement)[:, drawn.on] * self._radius
            whole.append(off.norm(dim=-1).mean())
            across.append((off * drawn.across[:, drawn.on]).sum(dim=-1).abs().mean())
        return Off(float(torch.stack(whole).mean()), float(torch.stack(across).mean()))

    def draw(self, heads: int, points: int, generator: torch.Generator, *, unseen: bool = False) -> Drawn:
        """Draw expressions of heads, and points about their surfaces."""
        count, poses = self._vertices.shape[:2]
        first, end = (count - UNSEEN, count) if unseen else (0, count - UNSEEN)
        head = torch.randint(first, end, (heads,), generator=generator)
        pose = torch.randint(self._weights.shape[1], (heads,), generator=generator)
        at = torch.rand(heads, points, generator=generator)
        face = torch.searchsorted(self._cumulative, at).clamp(max=len(self._faces) - 1)
        u, v = torch.rand(2, heads, points, generator=generator)
        root = u.sqrt()
        shares = torch.stack([1 - root, root * (1 - v), root * v], dim=-1).unsqueeze(-1)
        strength, weaker = torch.rand(2, heads, generator=generator)
        strength = torch.where((weaker < _WEAKER) & ~self._closed[head, pose], strength, 1.0)
        kind = torch.arange(points) % len(_OFFSETS_MM)
        offsets = torch.tensor(_OFFSETS_MM)[kind] / self._radius
        lift = (torch.randn(heads, points, generator=generator) * offsets).unsqueeze(-1)
        corners = self._faces[face]
        neutral = self._to_network(_read(self._vertices, head * poses, corners))
        expressed = self._to_network(_read(self._vertices, head * poses + pose + 1, corners))
        expressed = neutral + strength.view(-1, 1, 1, 1) * (expressed - neutral)
        across = _normals(neutral)
        goal = (_read(self._goals, head, corners) * shares).sum(dim=2) + lift * across
        lifted = (expressed * shares).sum(dim=2) + lift * _normals(expressed)
        rest = self._to_network(self._vertices[head[:, None], 0, self._landmarks])
        landmarks = self._to_network(self._vertices[head[:, None], pose[:, None] + 1, self._landmarks])
        return Drawn(
            lifted,
            goal - lifted,
            across,
            strength.unsqueeze(1) * self._codes[head, pose],
            self._remainders[head],
            rest + strength.view(-1, 1, 1) * (landmarks - rest),
            torch.tensor(_OFFSETS_MM)[kind] == 0.0,
        )

    def _to_network(self, points: Tensor) -> Tensor:
        """Points (…, 3), mm, head frame, in the network frame."""
        return (points - self._centre) / self._radius

    def _moved(self, drawn: Drawn, landmarks: Tensor) -> Tensor:
        """By what the stage carries the points, (B, N, 3)."""
        fixed = self._stage.condition(drawn.codes, landmarks, None)
        return self._stage.blended(Jet.points(drawn.points, derivatives=False), fixed).flat

    def _landmarks_of(self, drawn: Drawn) -> Tensor:
        """Where the stage has its landmarks, (B, L, 3)."""
        codes: dict[CodeName, Tensor] = {_CODE: drawn.codes, "remainder": drawn.remainders}
        return self.model.network.landmarks.of_stage(_CODE, codes)

    @torch.no_grad()
    def _neutral_goals(self) -> Tensor:
        """Where the stage, as it is, carries the vertices of neutral heads, (H, V, 3), network frame."""
        neutral = self._to_network(self._vertices[:, 0])
        goals = torch.empty_like(neutral)
        still = torch.zeros(1, CODE_SIZES["expression"])
        for head, (vertices, remainder) in enumerate(zip(neutral, self._remainders, strict=True)):
            none = vertices[None, :0]
            drawn = Drawn(vertices[None], none, none, still, remainder[None], none, none)
            goals[head] = vertices + self._moved(drawn, self._landmarks_of(drawn))[0]
        return goals

    def _spread(self, mean: Tensor, component: Tensor) -> Tensor:
        """Up to which number (F,), from 0 to 1, each face is drawn; mean : (V, 3), mm."""
        corners = mean[self._faces]
        area = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).norm(dim=-1)
        part = (component.long()[self._faces] >= 0).any(dim=1)
        middle = corners.mean(dim=1)
        face = (middle - middle[middle[:, 2].argmax()]).norm(dim=-1) < _FACE_MM
        fine = (area[part].median() / area).sqrt().clamp(*_FINENESS)
        density = torch.where(part, _PART * fine, torch.where(face, _FACE, 1.0))
        spread = (area * density).double().cumsum(0)
        return (spread / spread[-1]).float()

    def _freed(self) -> list[Tensor]:
        """The weights that move: all that the code is multiplied by, and nothing that a code of 0 leaves."""
        network, hypernet = self.model.network, self._stage.hypernet
        landmarks = network.landmarks.nets[_CODE].get_parameter("0.weight")
        size = CODE_SIZES["expression"]
        hidden = hypernet.hidden.get_parameter("0.weight")
        for weight, columns in (
            (hidden, slice(None)),
            (hypernet.heads.weight, slice(hypernet.hidden.get_parameter("0.bias").shape[0], None)),
            (landmarks, slice(0, size)),
        ):
            moves = torch.zeros(weight.shape[1])
            moves[columns] = 1.0
            weight.requires_grad_()
            weight.register_hook(moves.mul)
        return [hidden, hypernet.heads.weight, landmarks]


def _read(heads: Tensor, rows: Tensor, corners: Tensor) -> Tensor:
    """Corners (B, N, 3) of rows (B,) of heads, (…, V, 3), as (B, N, 3, 3)."""
    return heads.view(-1, 3)[rows.view(-1, 1, 1) * heads.shape[-2] + corners]


def _normals(corners: Tensor) -> Tensor:
    """Unit normals (…, 3) of triangles (…, 3, 3)."""
    sides = corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :]
    return torch.nn.functional.normalize(torch.linalg.cross(*sides), dim=-1)


def taught(
    model: HeadModel, heads: OwnHeads, steps_gone: Callable[[int], float], told: Callable[[float], None]
) -> tuple[HeadModel, Off, Off]:
    """The model with its expression's stage taught by its own heads, and `ExpressionStage.off_mm` before and after.

    steps_gone : after so many steps, the share of the work that is done; it ends at 1. told : is told each step's loss,
    mm. The model given is changed, and not to be used any more. Raises FacewrightError as `ExpressionStage`.
    """
    before, *earlier = model.fingerprints
    stage = ExpressionStage(model, heads)
    first = stage.off_mm()
    while (share := steps_gone(stage.steps)) < 1.0:
        told(stage.learn(share))
    model.network.requires_grad_(False)
    metadata = {**model.metadata, EARLIER: [*earlier, before]}
    return replace(model, metadata=metadata), first, stage.off_mm()
