"""Points to train on, in the network frame: for each stage's known displacement, and for the signed distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from facewright.core.parts import CODES, LOCAL_PARTS, CodeName
from facewright.train.sampling.draws import StageDraw
from facewright.train.sampling.registered import STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from facewright.core.network.config import NetworkConfig
    from facewright.core.network.frame import Frame
    from facewright.train.sampling.draws import Share
    from facewright.train.sampling.registered import Batch, RegisteredHeads

OFFSETS_MM = (0.0, 1.5, 5.0)
"""Standard deviations of the offsets along the normal, in equal shares: on, near and around the surface."""

PART_DENSITY = 4.0
"""How many times denser than elsewhere points lie on nose, eyes and mouth."""

DENSITY_RANGE = (0.3, 40.0)
"""Least and greatest weight of a face's area."""


class StageSampler:
    """Draws stage points from batches of registered heads.

    A local stage is sampled on its part and collar only where it has a window, for beyond it it does nothing.
    """

    def __init__(self, heads: RegisteredHeads, frame: Frame, config: NetworkConfig) -> None:
        """Face distributions for every stage, by area on the template."""
        self._heads, device = heads, heads.device
        ends = [CODES.index(stage) + 1 for stage in config.stages]
        # The states before each stage, and those after it.
        self._span = torch.tensor([[0, *ends][: len(ends)], ends], dtype=torch.int64, device=device)
        self._centre = torch.tensor(frame.centre_mm, device=device)
        self._radius = frame.radius_mm
        self._offsets = torch.tensor(OFFSETS_MM, device=device)
        everywhere, shares = self._area() * self.density(), []
        for code in config.stages:
            local = code in LOCAL_PARTS and config.windows
            share = (everywhere * self._touched(code) if local else everywhere).double()
            shares.append((share.cumsum(0) / share.sum()).float())
        self._cumulative = torch.stack(shares) if shares else torch.empty(0, len(heads.faces), device=device)
        self._landmarks = torch.stack([heads.landmarks[code] for code in config.stages or CODES])[: len(ends)]

    def density(self) -> Tensor:
        """Weight of each face (F,): `PART_DENSITY` on the parts, and by the root of how fine the mesh is there.

        Whoever made the topology put small faces where the shape is: along lids, lips and nostrils.
        """
        part = torch.zeros(self._heads.vertex_count, dtype=torch.bool, device=self._heads.device)
        for name in LOCAL_PARTS:
            for graft in self._heads.swap.grafts[name]:
                part[graft.vertices] = True
        within, area = part[self._heads.faces].all(dim=1), self._area()
        fineness = (area[within].median() / area).sqrt()
        return (torch.where(within, PART_DENSITY, 1.0) * fineness).clamp(*DENSITY_RANGE)

    def _area(self) -> Tensor:
        """Twice the area (F,) of each face of the template, mm²."""
        corners = self._heads.template[self._heads.faces]
        return torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).norm(dim=-1)

    def _touched(self, code: CodeName) -> Tensor:
        """Faces (F,) that a part or its collar has a vertex of."""
        reached = torch.zeros(self._heads.vertex_count, dtype=torch.bool, device=self._heads.device)
        for graft in self._heads.swap.grafts[code]:
            reached[graft.vertices] = True
            reached[graft.collar] = True
        return reached[self._heads.faces].any(dim=1)

    def draw(self, batch: Batch, heads: Tensor, count: int, generator: torch.Generator, share: Share) -> StageDraw:
        """`count` points for every stage of this worker's share of heads, (B,) of a batch."""
        device, stages, faces = self._heads.device, len(self._cumulative), self._heads.faces
        everybodys = (stages, len(heads) * share.count, count)
        random = torch.rand(3, *everybodys, generator=generator, device=generator.device).to(device)
        lift = torch.randn(everybodys, generator=generator, device=generator.device).to(device)
        at, u, v = (share.halves(numbers, axis=1) for numbers in random)
        scale = torch.arange(count, device=device) % len(OFFSETS_MM)
        offsets = share.halves(lift, axis=1) * self._offsets[scale]
        chosen = torch.searchsorted(self._cumulative, at.reshape(stages, -1)).clamp(max=len(faces) - 1)
        corners = faces[chosen].view(*at.shape, 3)  # (S, B, N, 3)
        root = torch.sqrt(u)
        weights = torch.stack([1 - root, root * (1 - v), root * v], dim=-1).unsqueeze(-1)
        read = self._first(batch, heads, corners.shape[-2:]) + corners
        placed = batch.vertices.view(-1, 3).index_select(0, read.view(-1)).view(*read.shape, 3)
        normal = torch.linalg.cross(placed[..., 1, :] - placed[..., 0, :], placed[..., 2, :] - placed[..., 0, :])
        lifted = (placed * weights).sum(dim=-2) + offsets.unsqueeze(-1) * torch.nn.functional.normalize(normal, dim=-1)
        before, after = (self._to_network(lifted)).unbind()
        sites = (self._to_network(rims.index_select(0, heads)) for rims in (batch.rims, batch.images))
        return StageDraw(before, after - before, self.landmarks(batch, heads), *sites)

    def _first(self, batch: Batch, heads: Tensor, axes: Sequence[int]) -> Tensor:
        """Where the vertices of heads (B,) before and after every stage begin, (2, S, B, 1 …) with as many axes."""
        count, made = self._heads.vertex_count, len(batch.rims)
        span = self._span[..., None]
        head = torch.where(span == STATES, STATES * made, span * made + heads)
        return (head * count).view(*head.shape, *[1] * len(axes))

    def _to_network(self, points: Tensor) -> Tensor:
        return (points - self._centre) / self._radius

    def landmarks(self, batch: Batch, heads: Tensor) -> Tensor:
        """Each stage's landmarks (S, B, L, 3) where it reads them."""
        read = self._first(batch, heads, (1,))[0] + self._landmarks[:, None]
        return self._to_network(batch.vertices.view(-1, 3).index_select(0, read.view(-1)).view(*read.shape, 3))

    def template_landmarks(self) -> Tensor:
        """Each stage's landmarks (S, L, 3) on the template."""
        return self._to_network(self._heads.template[self._landmarks])
