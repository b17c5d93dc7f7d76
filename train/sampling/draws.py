"""What one step learns from: drawn whole and alike by every worker, learnt from in equal shares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import torch

from train.sampling.points import SpacePoints, StagePoints, SurfacePoints
from train.sampling.registered import Batch, Blend

if TYPE_CHECKING:
    from torch import Tensor

    from core.parts import CodeName


class StageDraw(NamedTuple):
    """Heads with the points of every stage whose displacement is known."""

    batch: Batch
    points: dict[CodeName, StagePoints]

    def share(self, index: int, count: int) -> StageDraw:
        """Share `index` of `count`: as many heads with expressions and as many composites in each."""
        heads, expressive = len(self.batch.index), self.batch.expressive
        rows = torch.cat([torch.arange(index, expressive, count), torch.arange(expressive + index, heads, count)])
        rows = rows.to(self.batch.index.device)
        own = len(range(index, expressive, count))
        batch = replace(
            self.batch, index=self.batch.index[rows], blends=_rows(self.batch.blends, rows), expressive=own
        )
        points = {
            code: StagePoints(sample.points[rows], sample.displacement[rows], own)
            for code, sample in self.points.items()
        }
        return StageDraw(batch, points)


class DistanceDraw(NamedTuple):
    """Heads with points whose signed distance is known."""

    surface: SurfacePoints
    space: SpacePoints
    blends: dict[CodeName, Blend]

    def share(self, index: int, count: int) -> DistanceDraw:
        """Share `index` of `count`: every so many of the heads, or of the points where there is but one head."""
        if len(self.surface.points) > 1:
            rows = torch.arange(index, len(self.surface.points), count, device=self.surface.points.device)
            surface = SurfacePoints(*(tensor[rows] for tensor in self.surface))
            return DistanceDraw(surface, SpacePoints(*(t[rows] for t in self.space)), _rows(self.blends, rows))
        surface = SurfacePoints(*(tensor[:, index::count] for tensor in self.surface))
        return DistanceDraw(surface, SpacePoints(*(t[:, index::count] for t in self.space)), self.blends)


class Draw(NamedTuple):
    """A step's draw; either part may be missing."""

    stages: StageDraw | None
    distances: DistanceDraw | None

    def share(self, index: int, count: int) -> Draw:
        """Share `index` of `count`."""
        if count == 1:
            return self
        return Draw(
            self.stages and self.stages.share(index, count), self.distances and self.distances.share(index, count)
        )

    @property
    def points(self) -> int:
        """Points at which a stage, or the whole network, is evaluated."""
        tensors: list[Tensor] = [] if self.stages is None else [s.points for s in self.stages.points.values()]
        if self.distances is not None:
            tensors += [self.distances.surface.points, self.distances.space.points]
        return sum(tensor.shape[0] * tensor.shape[1] for tensor in tensors)


def _rows(blends: dict[CodeName, Blend], rows: Tensor) -> dict[CodeName, Blend]:
    return {code: Blend(blend.rows[rows], blend.weights[rows]) for code, blend in blends.items()}
