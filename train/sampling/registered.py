"""The training heads on the device: rows, mirror images, and where every vertex is after every stage."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.model.head_model import Frame
from core.parts import CODES, LOCAL_PARTS, CodeName
from train.sampling.swap import PartSwap

if TYPE_CHECKING:
    from train.data.heads import HeadSet

FRAME_MARGIN = 1.08
"""The unit ball holds the largest training head this many times over, so that ±3 σ fits too."""


BLENDED = 0.5
"""Share of the heads drawn that are blends; the others are the data set's own."""

REACH = 1.2
"""How far blends go from the mean, in distances of the heads they are made of."""


class Blend(NamedTuple):
    """Heads as combinations of two rows each: mean + Σⱼ weightⱼ · (rowⱼ − mean), and their codes alike.

    rows : (B, 2) int64; weights : (B, 2) float32. Weights of 0 are the mean head or the neutral expression.
    """

    rows: Tensor
    weights: Tensor

    @classmethod
    def single(cls, rows: Tensor) -> Blend:
        """The rows (B,) themselves."""
        one = torch.ones(len(rows), device=rows.device)
        return cls(torch.stack([rows, rows], dim=1), torch.stack([one, torch.zeros_like(one)], dim=1))

    def none(self) -> Blend:
        """The same rows with weight 0."""
        return Blend(self.rows, torch.zeros_like(self.weights))

    def join(self, other: Blend) -> Blend:
        """These heads, then the other ones."""
        return Blend(torch.cat([self.rows, other.rows]), torch.cat([self.weights, other.weights]))


class Recipe(NamedTuple):
    """What heads are made of: owners' parts on receivers' remainders; the first `expressive` move."""

    owner: Blend
    receiver: Blend
    expression: Blend
    expressive: int

    @property
    def blends(self) -> dict[CodeName, Blend]:
        """What each code is made of."""
        parts: dict[CodeName, Blend] = dict.fromkeys(LOCAL_PARTS, self.owner)
        return {"expression": self.expression, **parts, "remainder": self.receiver}


@dataclass(frozen=True)
class Batch:
    """B heads of one step. The first `expressive` are subjects with an expression, the others neutral composites.

    states : p₀ … p₅, each (M, V, 3) float32, mm, of M heads: observed, neutral, then without nose, eyes, mouth,
    and the template; index : (B,) int64, which of them the batch's are; blends : what each code of it is made of.
    """

    states: list[Tensor]
    index: Tensor
    blends: dict[CodeName, Blend]
    expressive: int


class RegisteredHeads:
    """A `HeadSet` held in memory on the training device, with every head's mirror image.

    Subject row 2s is subject s, row 2s + 1 its mirror image; expression row (subject row)·(E − 1) + e − 1 is
    that row with expression e ≥ 1. All vertices are mm, head frame.
    """

    def __init__(
        self,
        heads: HeadSet,
        device: torch.device,
        collar: bool,
        face_landmarks: bool = False,
        template: np.ndarray | None = None,
    ) -> None:
        """Moves the heads to `device`; the template is the symmetric mean of the neutral heads, or (V, 3) as given.

        With `face_landmarks` every stage has the expression's, tip of the nose and corners of eyes and mouth.
        """
        self.surface = heads.surface
        self._take(heads.vertices, device)
        self._mirror = torch.from_numpy(heads.surface.mirror).to(device)
        self._blend = tuple(torch.from_numpy(part).to(device) for part in heads.surface.blend or ())
        self._flip = torch.tensor([-1.0, 1.0, 1.0], device=device)
        mean = self._vertices[:, 0].mean(dim=0)
        self.template = (mean + self._mirrored(mean[None])[0]) / 2
        if template is not None:
            self.template = torch.from_numpy(template).to(device)
        names = [component.name for component in heads.anatomy.components]
        self.swap = PartSwap(self.template.cpu().numpy(), heads.surface, names, collar).to(device)
        self.faces = torch.from_numpy(heads.surface.faces).long().to(device)
        chosen = {code: CODES[0] if face_landmarks else code for code in CODES}
        self.landmarks = {c: torch.from_numpy(heads.surface.landmarks[own]).to(device) for c, own in chosen.items()}

    def others(self, vertices: np.ndarray) -> RegisteredHeads:
        """Other heads (S, E, V, 3) float32, mm, of the same topology, about the same template."""
        others = copy(self)
        others._take(vertices, self.device)
        return others

    def _take(self, vertices: np.ndarray, device: torch.device) -> None:
        """Put heads (S, E, V, 3) on the device; where all are neutral they have one expression that moves nothing."""
        self._vertices = torch.from_numpy(vertices).to(device)
        if vertices.shape[1] == 1:
            self._vertices = self._vertices.expand(-1, 2, -1, -1)
        self.expressions = self._vertices.shape[1] - 1

    @property
    def device(self) -> torch.device:
        """Where the vertices are."""
        return self._vertices.device

    @property
    def subject_rows(self) -> int:
        """Subjects and their mirror images."""
        return 2 * len(self._vertices)

    @property
    def expression_rows(self) -> int:
        """Expressive heads and their mirror images."""
        return self.subject_rows * self.expressions

    @property
    def vertex_count(self) -> int:
        """Vertices of a head."""
        return self._vertices.shape[2]

    def subject_row(self, expression_row: Tensor) -> Tensor:
        """The subject row of expression rows."""
        return expression_row // self.expressions

    def neutral(self, blend: Blend) -> Tensor:
        """Neutral heads (B, V, 3)."""
        first, second = blend.rows.T
        result = self.template * (1.0 - blend.weights.sum(dim=1))[:, None, None]
        for rows, weight in ((first, blend.weights[:, 0]), (second, blend.weights[:, 1])):
            result = result + weight[:, None, None] * self._head(rows, torch.zeros_like(rows))
        return result

    def displacement(self, blend: Blend) -> Tensor:
        """What expressions move, (B, V, 3)."""
        terms = [
            weight[:, None, None] * (self._head(owner, rows % self.expressions + 1) - self._head(owner, rows * 0))
            for rows, weight in zip(blend.rows.T, blend.weights.T, strict=True)
            for owner in [self.subject_row(rows)]
        ]
        return terms[0] + terms[1]

    def _head(self, rows: Tensor, expression: Tensor) -> Tensor:
        head = self._vertices[rows // 2, expression]
        odd = (rows % 2 == 1).nonzero().squeeze(1)
        head[odd] = self._mirrored(head[odd])
        return head

    def _mirrored(self, heads: Tensor) -> Tensor:
        """The mirror images of heads (B, V, 3)."""
        if not self._blend:
            return heads[:, self._mirror] * self._flip
        corners, weights = self._blend
        return torch.einsum("bvkc,vk->bvc", heads[:, corners], weights) * self._flip

    def batch(self, count: int, generator: torch.Generator, signed: bool = False) -> Batch:
        """Draw `count` heads by `recipe` and make them."""
        return self.states(self.recipe(count, generator, signed))

    def recipe(self, count: int, generator: torch.Generator, signed: bool = False) -> Recipe:
        """Draw what `count` heads are made of: half with expressions, half composites of two subjects.

        With `signed`, blended expressions may also be negative, as the other way of a slider is: their
        displacements are known all the same, though lips may then pass through each other.

        Half of either are blends. A registered data set spans a linear space about its mean; blends with codes
        blended alike fill the space between its heads and the mean with training heads, so that no place a
        slider can reach, the mean head first, is one that the network never saw.
        """
        half = count // 2
        alone, smile = self._draw(half, generator, signed)
        owner, _ = self._draw(count - half, generator, signed)
        receiver, resting = self._draw(count - half, generator, signed)
        return Recipe(alone.join(owner), alone.join(receiver), smile.join(resting.none()), half)

    def _draw(self, count: int, generator: torch.Generator, signed: bool) -> tuple[Blend, Blend]:
        """Subjects, and expressions of those subjects."""
        expression = torch.randint(self.expression_rows, (count, 2), generator=generator)
        blended, angle, reach, strength = torch.rand(4, count, 1, generator=generator)
        sign = torch.randint(2, (count, 2), generator=generator) * 2.0 - 1.0 if signed else torch.ones(count, 2)
        two = blended < BLENDED
        quarter = angle * (torch.pi / 2)
        turn = torch.cat([quarter.cos(), quarter.sin()], dim=1)  # squares sum to 1: blends are spread as heads are
        single = torch.tensor([[1.0, 0.0]])
        subject_weights = torch.where(two, turn * reach * REACH, single)
        expression_weights = torch.where(two, sign * turn**2 * strength * REACH, single)
        rows = expression.to(self.device)
        subjects = Blend(self.subject_row(rows), subject_weights.to(self.device))
        return subjects, Blend(rows, expression_weights.to(self.device))

    def states(self, recipe: Recipe) -> Batch:
        """Make heads; of those that move the owner is the receiver."""
        neutral = self.swap.states(self.neutral(recipe.owner), self.neutral(recipe.receiver))
        observed, moving = neutral[0].clone(), recipe.expressive
        observed[:moving] += self.displacement(Blend(*(tensor[:moving] for tensor in recipe.expression)))
        index = torch.arange(len(observed), device=self.device)
        return Batch([observed, *neutral], index, recipe.blends, moving)

    def frame(self) -> Frame:
        """The network frame: about the middle of all heads, a little wider than the widest."""
        low, high = self._bounds()
        centre = (low + high) / 2
        reach = max(float(np.linalg.norm(v.cpu().numpy() - centre, axis=-1).max()) for v in self._vertices)
        x, y, z = (float(value) for value in centre)
        return Frame((x, y, z), reach * FRAME_MARGIN)

    def bounds_mm(self) -> np.ndarray:
        """A box (2, 3) float32, mm, about all heads, with room for ±3 σ."""
        low, high = self._bounds()
        margin = (FRAME_MARGIN - 1.0) * (high - low)
        return np.stack([low - margin, high + margin]).astype(np.float32)

    def _bounds(self) -> tuple[np.ndarray, np.ndarray]:
        flat = self._vertices.reshape(-1, 3)
        low, high = flat.amin(dim=0).cpu().numpy(), flat.amax(dim=0).cpu().numpy()
        reach = max(-low[0], high[0])
        return np.array([-reach, *low[1:]]), np.array([reach, *high[1:]])
