"""Points to train on, in the network frame: for each stage's known displacement, and for the signed distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from core.parts import CODES, LOCAL_PARTS, CodeName
from train.sampling.swap import apply_affine

if TYPE_CHECKING:
    from torch import Tensor

    from core.model.head_model import Frame
    from core.model.network import NetworkConfig
    from train.sampling.registered import Batch, RegisteredHeads

OFFSETS_MM = (0.0, 1.5, 5.0)
"""Standard deviations of the offsets along the normal, in equal shares: on, near and around the surface."""

PART_DENSITY = 4.0
"""How many times denser than elsewhere points lie on nose, eyes and mouth."""

DENSITY_RANGE = (0.3, 40.0)
"""Least and greatest weight of a face's area."""


class StagePoints(NamedTuple):
    """points : (B, N, 3) as a stage reads them; displacement : (B, N, 3) that it should give; network frame.

    expressive : how many heads, from the first, have an expression.
    """

    points: Tensor
    displacement: Tensor
    expressive: int


class SurfacePoints(NamedTuple):
    """points : (B, N, 3) on the surface, network frame; normals : (B, N, 3), unit, outward."""

    points: Tensor
    normals: Tensor


class SpacePoints(NamedTuple):
    """points : (B, N, 3) anywhere, network frame; distance : (B, N), signed, network units."""

    points: Tensor
    distance: Tensor


class StageSampler:
    """Draws stage points from batches of registered heads.

    A local stage is sampled on its part and collar only where it has a window, for beyond it it does nothing.
    """

    def __init__(self, heads: RegisteredHeads, frame: Frame, config: NetworkConfig) -> None:
        """Face distributions for every stage, by area on the template."""
        self._heads = heads
        ends = [CODES.index(stage) + 1 for stage in config.stages]
        self._span = dict(zip(config.stages, zip([0, *ends], ends, strict=False), strict=True))
        self._centre = torch.tensor(frame.centre_mm, device=heads.device)
        self._radius = frame.radius_mm
        everywhere = self._area() * self.density()
        self._cumulative: dict[CodeName, Tensor] = {}
        for code in config.stages:
            local = code in LOCAL_PARTS and config.windows
            share = everywhere * self._touched(code) if local else everywhere
            self._cumulative[code] = (share.double().cumsum(0) / share.double().sum()).float()

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

    def draw(self, batch: Batch, count: int, generator: torch.Generator) -> dict[CodeName, StagePoints]:
        """`count` points a head for every stage."""
        device, heads = self._heads.device, len(batch.index)
        result: dict[CodeName, StagePoints] = {}
        for code, (start, end) in self._span.items():
            random = torch.rand(3, heads, count, generator=generator).to(device)
            offsets = torch.randn(heads, count, generator=generator).to(device)
            scale = torch.tensor(OFFSETS_MM, device=device).repeat(count // len(OFFSETS_MM) + 1)[:count]
            chosen = torch.searchsorted(self._cumulative[code], random[0]).clamp(max=len(self._heads.faces) - 1)
            faces = self._heads.faces[chosen]
            corner = torch.sqrt(random[1])
            weights = torch.stack([1 - corner, corner * (1 - random[2]), corner * random[2]], dim=-1)
            before = _lifted(batch.states[start], batch.index, faces, weights, offsets * scale)
            after = _lifted(batch.states[end], batch.index, faces, weights, offsets * scale)
            result[code] = StagePoints(
                (before - self._centre) / self._radius, (after - before) / self._radius, batch.expressive
            )
        return result

    def landmarks(self, batch: Batch) -> dict[CodeName, Tensor]:
        """Each stage's landmarks (B, L, 3) where it reads them."""
        return {
            code: (batch.states[start][batch.index[:, None], self._heads.landmarks[code]] - self._centre) / self._radius
            for code, (start, _) in self._span.items()
        }

    def template_landmarks(self) -> dict[CodeName, Tensor]:
        """Each stage's landmarks (L, 3) on the template."""
        landmarks = self._heads.landmarks
        return {c: (self._heads.template[landmarks[c]] - self._centre) / self._radius for c in self._span}

    def graft_sites(self, batch: Batch) -> dict[CodeName, list[tuple[Tensor, Tensor]]]:
        """Per part, each component's rim (B, R, 3) and where the swap's own map carries it on the template."""
        receiver = self._heads.neutral(batch.blends["remainder"])
        maps = self._heads.swap.graft_maps(receiver)
        result: dict[CodeName, list[tuple[Tensor, Tensor]]] = {}
        for part in LOCAL_PARTS:
            result[part] = []
            for index, graft in enumerate(self._heads.swap.grafts[part]):
                rim = receiver[:, graft.rim]
                image = apply_affine(maps[part][:, index], rim)
                result[part].append(((rim - self._centre) / self._radius, (image - self._centre) / self._radius))
        return result


def _lifted(vertices: Tensor, heads: Tensor, faces: Tensor, weights: Tensor, offsets: Tensor) -> Tensor:
    """Points (B, N, 3) on faces (B, N, 3) of heads (B,) at barycentric weights, lifted along the faces' normals.

    vertices : (M, V, 3); offsets : (B, N).
    """
    rows = faces + (heads * vertices.shape[1])[:, None, None]
    corners = vertices.reshape(-1, 3).index_select(0, rows.view(-1)).view(*faces.shape, 3)  # (B, N, 3 corners, 3)
    normal = torch.linalg.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    normal = torch.nn.functional.normalize(normal, dim=-1)
    return (corners * weights.unsqueeze(-1)).sum(dim=2) + offsets.unsqueeze(-1) * normal
