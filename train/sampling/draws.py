"""What one step learns from: drawn alike by every worker, of which each makes and learns from its share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from facewright.train.sampling.registered import every, halved

if TYPE_CHECKING:
    from torch import Tensor

    from facewright.train.sampling.registered import Recipe


@dataclass(frozen=True)
class Share:
    """Share `index` of `count`."""

    index: int
    count: int

    def halves(self, tensor: Tensor, axis: int = 0) -> Tensor:
        """Of heads of which one half have expressions: as many of either half in each share."""
        return halved(tensor, self.index, self.count, axis)

    def heads(self, tensor: Tensor, axis: int = 0) -> Tensor:
        """Of any other heads, or points: every so many."""
        return every(tensor, self.index, self.count, axis)


WHOLE = Share(0, 1)


class StageDraw(NamedTuple):
    """Heads with points whose displacement by every stage is known, network frame; the first half have expressions.

    points : (S, B, N, 3) as each stage reads them; displacement : (S, B, N, 3) that it should give; landmarks :
    (S, B, L, 3) where it reads them; rims : (B, R, 3), graft sites, and their images (B, R, 3) on the template.
    """

    points: Tensor
    displacement: Tensor
    landmarks: Tensor
    rims: Tensor
    images: Tensor

    def share(self, share: Share) -> StageDraw:
        """A share of the heads."""
        return StageDraw(*(share.halves(tensor, axis) for tensor, axis in zip(self, (1, 1, 1, 0, 0), strict=True)))


class DistanceDraw(NamedTuple):
    """Heads with points whose signed distance is known, network frame and units.

    surface, normals : (B, N, 3), on the surface; space : (B, M, 3), anywhere, and their distance (B, M).
    """

    surface: Tensor
    normals: Tensor
    space: Tensor
    distance: Tensor

    def share(self, share: Share) -> DistanceDraw:
        """A share of the heads, or of the points where there is but one head."""
        axis = 0 if len(self.surface) > 1 else 1
        return DistanceDraw(*(share.heads(tensor, axis) for tensor in self))


class Draw(NamedTuple):
    """A step's draw; either part may be missing.

    recipe : what its heads are made of, those of the stages first; None where codes are not read.
    """

    stages: StageDraw | None
    distances: DistanceDraw | None
    recipe: Recipe | None

    def share(self, share: Share) -> Draw:
        """A share of the heads, as far as the losses read them."""
        if share == WHOLE:
            return self
        return Draw(self.stages and self.stages.share(share), self.distances and self.distances.share(share), None)

    def codes(self, codes: Tensor, share: Share) -> list[Tensor]:
        """Codes (B, d) of a share of the heads: of the stages', and of the others."""
        sizes = [
            self.stages.points.shape[1] if self.stages else 0,
            len(self.distances.surface) if self.distances else 0,
        ]
        stages, others = codes.split(sizes)
        return [share.halves(stages), share.heads(others)]

    @property
    def points(self) -> int:
        """Points at which a stage, or the whole network, is evaluated."""
        tensors = [self.stages.points[..., 0]] if self.stages else []
        if self.distances:
            tensors += [self.distances.distance, self.distances.surface[..., 0]]
        return sum(tensor.numel() for tensor in tensors)
