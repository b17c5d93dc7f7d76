"""A pool of exact signed distances to draw from: exact ones take longer to compute than to learn from."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import torch

from core.parts import CODES, CodeName
from train.points import SpacePoints, SurfacePoints
from train.registered import Blend
from train.samples import distance_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from core.head_model import Frame
    from train.config import TrainConfig
    from train.points import StageSampler
    from train.registered import Batch, RegisteredHeads

_BATCH = 16


class SamplePool:
    """Samples of some heads, on the training device, network frame; composites are made here and never stored."""

    def __init__(self, batches: Iterable[Batch], sample: Callable[[np.ndarray], Tensors]) -> None:
        """Sample every head of the batches, as observed; `sample` is what `_sampler` returns."""
        samples: list[Tensors] = []
        blends: dict[CodeName, list[Blend]] = {code: [] for code in CODES}
        for batch in batches:
            samples += [sample(vertices) for vertices in batch.states[0].cpu().numpy()]
            for code in CODES:
                blends[code].append(batch.blends[code])
        self._on, self._normals, self._space, self._distance = (torch.stack(x) for x in zip(*samples, strict=True))
        self._blends = {code: reduce(Blend.join, found) for code, found in blends.items()}

    @classmethod
    def of_heads(cls, heads: RegisteredHeads, frame: Frame, sampler: StageSampler, config: TrainConfig) -> SamplePool:
        """Subjects with expressions and neutral composites, half and half."""
        generator = torch.Generator().manual_seed(config.seed + 1)
        batches = (heads.batch(_BATCH, generator) for _ in range(-(-config.pool_heads // _BATCH)))
        return cls(batches, _sampler(heads, frame, sampler, config.pool_points, config.seed))

    @classmethod
    def of_template(
        cls, heads: RegisteredHeads, frame: Frame, sampler: StageSampler, config: TrainConfig
    ) -> SamplePool:
        """The template alone, in as many points as a hundred heads of the pool."""
        mean = Blend.single(torch.zeros(1, dtype=torch.int64, device=heads.device)).none()
        count = 100 * config.pool_points
        return cls([heads.states(mean, mean, mean, 0)], _sampler(heads, frame, sampler, count, config.seed))

    def draw(
        self, heads: int, on: int, space: int, generator: torch.Generator
    ) -> tuple[SurfacePoints, SpacePoints, dict[CodeName, Blend]]:
        """Points of `heads` heads, `on` on the surface and `space` about it, and what the heads' codes are made of."""
        device = self._on.device
        chosen = torch.randint(len(self._on), (heads, 1), generator=generator).to(device)
        at = torch.randint(self._on.shape[1], (heads, on), generator=generator).to(device)
        around = torch.randint(self._space.shape[1], (heads, space), generator=generator).to(device)
        row = chosen[:, 0]
        return (
            SurfacePoints(self._on[chosen, at], self._normals[chosen, at]),
            SpacePoints(self._space[chosen, around], self._distance[chosen, around]),
            {code: Blend(blend.rows[row], blend.weights[row]) for code, blend in self._blends.items()},
        )


Tensors = tuple["Tensor", "Tensor", "Tensor", "Tensor"]
"""Of one head: points on the surface (N, 3), their normals (N, 3), points about it (M, 3), distances (M,)."""


def _sampler(
    heads: RegisteredHeads, frame: Frame, sampler: StageSampler, count: int, seed: int
) -> Callable[[np.ndarray], Tensors]:
    """A function from a head's vertices (V, 3), mm, to its samples in the network frame.

    A third of `count` lies on the surface; of the rest, one in eight anywhere in the unit ball.
    """
    faces, density = heads.faces.cpu().numpy(), sampler.density().cpu().numpy()
    rng = np.random.default_rng(seed)
    counts = (count // 3, count * 7 // 12, count // 12)
    ball = (np.asarray(frame.centre_mm), frame.radius_mm)

    def sample(vertices: np.ndarray) -> Tensors:
        drawn = distance_samples(vertices, faces, density, counts, ball, rng)
        arrays = (
            frame.to_network(drawn.on),
            drawn.normals,
            frame.to_network(drawn.space),
            drawn.distance / frame.radius_mm,
        )
        on, normals, space, distance = (torch.from_numpy(a.astype(np.float32)).to(heads.device) for a in arrays)
        return on, normals, space, distance

    return sample
