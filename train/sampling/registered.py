"""The training heads on the device: rows, mirror images, and where every vertex is after every stage."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from facewright.core.network.frame import Frame
from facewright.core.parts import CODES
from facewright.train.sampling.swap import PartSwap

if TYPE_CHECKING:
    from facewright.train.anatomy.closed_surface import ClosedSurface
    from facewright.train.data.heads import HeadSet

FRAME_MARGIN = 1.08
"""The unit ball holds the largest training head this many times over, so that ±3 σ fits too."""


BLENDED = 0.5
"""Share of the heads drawn that are blends; the others are the data set's own."""

STATES = len(CODES)
"""States of a head of its own: before every stage. After the last all heads are the template."""

REACH = 1.2
"""How far blends go from the mean, in distances of the heads they are made of."""


class HeadBlend(NamedTuple):
    """Heads as combinations of two rows each: mean + Σⱼ weightⱼ · (rowⱼ − mean), and their codes alike.

    rows : (B, 2) int64; weights : (B, 2) float32. Weights of 0 are the mean head or the neutral expression.
    """

    rows: Tensor
    weights: Tensor

    @classmethod
    def single(cls, rows: Tensor) -> HeadBlend:
        """The rows (B,) themselves."""
        one = torch.ones(len(rows), device=rows.device)
        return cls(torch.stack([rows, rows], dim=1), torch.stack([one, torch.zeros_like(one)], dim=1))

    def none(self) -> HeadBlend:
        """The same rows with weight 0."""
        return HeadBlend(self.rows, torch.zeros_like(self.weights))

    def join(self, other: HeadBlend) -> HeadBlend:
        """These heads, then the other ones."""
        return HeadBlend(torch.cat([self.rows, other.rows]), torch.cat([self.weights, other.weights]))

    def select(self, heads: Tensor) -> HeadBlend:
        """Some of the heads, by their indices (N,)."""
        return HeadBlend(self.rows.index_select(0, heads), self.weights.index_select(0, heads))


class Recipe(NamedTuple):
    """What heads are made of: owners' parts on receivers' remainders, with expressions."""

    owner: HeadBlend
    receiver: HeadBlend
    expression: HeadBlend

    def join(self, other: Recipe) -> Recipe:
        """These heads, then the other ones."""
        return Recipe(*(own.join(theirs) for own, theirs in zip(self, other, strict=True)))

    def select(self, heads: Tensor) -> Recipe:
        """Some of the heads, by their indices (N,)."""
        return Recipe(*(blend.select(heads) for blend in self))

    def share(self, index: int, count: int) -> Recipe:
        """Share `index` of `count`: as many of the first half, and of the second, in each."""
        return Recipe(*(HeadBlend(*(halved(tensor, index, count) for tensor in blend)) for blend in self))


def replace_heads(recipe: Recipe, at: Tensor, new: Recipe) -> None:
    """Put what some heads are made of in the places (N,) of others."""
    for blend, own in zip(recipe, new, strict=True):
        blend.rows.index_copy_(0, at, own.rows)
        blend.weights.index_copy_(0, at, own.weights)


def halved(tensor: Tensor, index: int, count: int, axis: int = 0) -> Tensor:
    """Every so many, from `index`, of either half of an axis: a share of heads of which one half have expressions."""
    if count == 1:
        return tensor
    halves = tensor.unflatten(axis, (2, -1))
    return every(halves, index, count, axis + 1).flatten(axis, axis + 1)


def every(tensor: Tensor, index: int, count: int, axis: int = 0) -> Tensor:
    """Every `count`-th of an axis, from `index`."""
    return tensor[(*[slice(None)] * axis, slice(index, None, count))]


class Batch(NamedTuple):
    """Heads at every stage. The first half are subjects with expressions, the others neutral composites.

    vertices : (5 · M + 1, V, 3) float32, mm: the M heads as observed, all of them neutral, then without nose, eyes,
    mouth; and the template; rims, images : (M, R, 3), mm, their graft sites and where the swap carries these on the
    template; recipe : what the heads are made of.
    """

    vertices: Tensor
    rims: Tensor
    images: Tensor
    recipe: Recipe

    @property
    def states(self) -> list[Tensor]:
        """p₀ … p₅, each (M, V, 3), views."""
        states = self.vertices[:-1].unflatten(0, (STATES, -1))
        return [*states, self.vertices[-1:].expand_as(states[0])]


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
        self._sources = [(member.subjects, member.share) for member in heads.members]
        self._take(heads.vertices, device)
        self._read, self._read_weights = _own_and_mirrored(heads.surface, device)
        self._flip = torch.tensor([[[1.0, 1.0, 1.0]], [[-1.0, 1.0, 1.0]]], device=device)
        self.template = torch.from_numpy(heads.symmetric_mean if template is None else template).to(device)
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
        self.expressions = max(vertices.shape[1] - 1, 1)

    @property
    def device(self) -> torch.device:
        """Where the vertices are."""
        return self._vertices.device

    @property
    def subject_rows(self) -> int:
        """Subjects and their mirror images."""
        return 2 * len(self._vertices)

    def some_rows(self, count: int) -> Tensor:
        """Up to so many subject rows, of all sources alike; of one source the first."""
        rows, wanted = self.subject_rows, min(count, self.subject_rows)
        if not self._sources:
            return torch.arange(wanted, device=self.device)
        return torch.linspace(0, rows - 1, wanted, device=self.device).long()

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

    def neutral(self, blend: HeadBlend) -> Tensor:
        """Neutral heads (B, V, 3)."""
        heads = self._heads(blend.rows.T.flatten(), 0).unflatten(0, (2, -1))
        rest = self.template * (1.0 - blend.weights.sum(dim=1))[:, None, None]
        return rest + (blend.weights.T[..., None, None] * heads).sum(dim=0)

    def displacement(self, blend: HeadBlend) -> Tensor:
        """What expressions move, (B, V, 3)."""
        rows = blend.rows.T.flatten()
        owner = self.subject_row(rows)
        moved = self._heads(owner, rows % self.expressions + 1) - self._heads(owner, 0)
        return (blend.weights.T[..., None, None] * moved.unflatten(0, (2, -1))).sum(dim=0)

    def _heads(self, rows: Tensor, expression: Tensor | int) -> Tensor:
        """Heads (B, V, 3) of subject rows (B,) with an expression each, mirrored in every second row.

        All vertices are read in one go, the mirror image's from where they lie in the head.
        """
        stored, count = self._vertices.shape[1:3]
        own = rows // 2 * stored + (expression if stored > 1 else 0)
        read = (self._read[rows % 2] + (own * count)[:, None, None]).flatten()
        corners = self._vertices.view(-1, 3).index_select(0, read).view(len(rows), count, -1, 3)
        if corners.shape[2] == 1:
            heads = corners[:, :, 0]
        else:
            heads = (self._read_weights[rows % 2].unsqueeze(-1) * corners).sum(dim=2)
        return heads * self._flip[rows % 2]

    def batch(self, count: int, generator: torch.Generator, signed: bool = False) -> Batch:
        """Draw `count` heads by `recipe` and make them."""
        return self.made(self.recipe(count, generator, signed))

    def recipe(self, count: int, generator: torch.Generator, signed: bool = False) -> Recipe:
        """Draw what `count` heads are made of: half with expressions, half composites of two subjects.

        With `signed`, blended expressions may also be negative, as the other way of a slider is: their
        displacements are known all the same, though lips may then pass through each other. And the parts of composites
        may be opposite to those of subjects, seen from the mean: people are not spread evenly about it, sliders are.

        Half of either are blends. A registered data set spans a linear space about its mean; blends with codes
        blended alike fill the space between its heads and the mean with training heads, so that no place a
        slider can reach, the mean head first, is one that the network never saw.
        """
        half = count // 2
        numbers = torch.rand(half + 2 * (count - half), 10, generator=generator, device=generator.device)
        sizes = [half, count - half, count - half]
        drawn = zip(numbers.to(self.device).split(sizes), (False, signed, False), strict=True)
        alone, owner, receiver = (self._subjects(own, signed, opposite) for own, opposite in drawn)
        return Recipe(
            alone[0].join(owner[0]), alone[0].join(receiver[0]), alone[1].join(receiver[1].none())
        )  # of heads that move the owner is the receiver

    def _subjects(self, numbers: Tensor, signed: bool, opposite: bool) -> tuple[HeadBlend, HeadBlend]:
        """Subjects, and expressions of those subjects, by random numbers (B, 10) in [0, 1).

        signed : blended expressions may be negative; opposite : blended subjects may lie beyond the mean.
        """
        two, angle, reach, strength = (column.unsqueeze(1) for column in numbers[:, 2:6].unbind(dim=1))
        rows = self._drawn_rows(numbers[:, :2])
        quarter = angle * (torch.pi / 2)
        turn = torch.cat([quarter.cos(), quarter.sin()], dim=1)  # squares sum to 1: blends are spread as heads are
        single = torch.eye(1, 2, device=numbers.device)
        sign, side = (torch.where(own < 0.5, -1.0, 1.0) for own in numbers[:, 6:].split(2, dim=1))
        blended = two < BLENDED
        turned = side * turn if opposite else turn
        subject_weights = torch.where(blended, turned * reach * REACH, single)
        moved = sign * turn**2 if signed else turn**2
        expression_weights = torch.where(blended, moved * strength * REACH, single)
        return HeadBlend(self.subject_row(rows), subject_weights), HeadBlend(rows, expression_weights)

    def _drawn_rows(self, numbers: Tensor) -> Tensor:
        """Expression rows by random numbers in [0, 1), of each source by its share of the draws."""
        last = self.expression_rows - 1
        if not self._sources:
            return (numbers * self.expression_rows).long().clamp(max=last)
        rows, begun, passed = torch.zeros_like(numbers, dtype=torch.int64), 0, 0.0
        for subjects, share in self._sources:
            count = 2 * subjects * self.expressions
            own = begun + ((numbers - passed) / max(share, 1e-9) * count).long().clamp(0, count - 1)
            rows = torch.where(numbers >= passed, own, rows)
            begun, passed = begun + count, passed + share
        return rows.clamp(max=last)

    def made(self, recipe: Recipe) -> Batch:
        """Make heads, the first half with expressions; of those that move the owner is the receiver."""
        receiver, moving = self.neutral(recipe.receiver), len(recipe.owner.rows) // 2
        owner = torch.cat([receiver[:moving], self.neutral(HeadBlend(*(t[moving:] for t in recipe.owner)))])
        neutral = torch.stack(self.swap.states(owner, receiver)[:-1])
        moved = self.displacement(HeadBlend(*(tensor[:moving] for tensor in recipe.expression)))
        observed = torch.cat([neutral[0, :moving] + moved, neutral[0, moving:]])
        vertices = torch.cat([observed, neutral.flatten(0, 1), self.template[None]])
        return Batch(vertices, *self.swap.graft_sites(receiver), recipe)

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


def _own_and_mirrored(surface: ClosedSurface, device: torch.device) -> tuple[Tensor, Tensor]:
    """Which vertices make up those of a head, and of its mirror image but for the sign of x: (2, V, K), and weights."""
    own, blend = np.arange(surface.vertex_count), surface.blend
    corners = surface.mirror[:, None] if blend is None else blend.corners
    weights = np.ones(corners.shape, np.float32) if blend is None else blend.weights
    alone = np.zeros_like(weights)
    alone[:, 0] = 1.0
    read = np.stack([np.broadcast_to(own[:, None], corners.shape), corners])
    return torch.from_numpy(read).long().to(device), torch.from_numpy(np.stack([alone, weights])).to(device)
