"""A pool of exact signed distances to draw from: exact ones take longer to compute than to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from core.parts import CODES, CodeName
from train.points import SpacePoints, SurfacePoints
from train.samples import distance_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from core.head_model import Frame
    from train.config import TrainConfig
    from train.points import StageSampler
    from train.registered import RegisteredHeads

_BATCH = 16


class SamplePool:
    """Samples of some heads, on the training device, network frame; composites are made here and never stored."""

    def __init__(
        self, heads: Iterable[tuple[np.ndarray, dict[CodeName, int]]], sample: Callable[[np.ndarray], Tensors]
    ) -> None:
        """heads : vertices (V, 3), mm, and each code's row; sample : their points, see `SamplePool._sampler`."""
        rows: list[dict[CodeName, int]] = []
        samples: list[Tensors] = []
        for vertices, row in heads:
            rows.append(row)
            samples.append(sample(vertices))
        self._on, self._normals, self._space, self._distance = (
            torch.stack(parts) for parts in zip(*samples, strict=True)
        )
        self._rows = {code: torch.tensor([row[code] for row in rows], device=self._on.device) for code in CODES}

    @classmethod
    def of_heads(cls, heads: RegisteredHeads, frame: Frame, sampler: StageSampler, config: TrainConfig) -> SamplePool:
        """Subjects with expressions and neutral composites, half and half."""
        generator = torch.Generator().manual_seed(config.seed + 1)

        def drawn() -> Iterable[tuple[np.ndarray, dict[CodeName, int]]]:
            for _ in range(-(-config.pool_heads // _BATCH)):
                batch = heads.batch(_BATCH, generator)
                for index, vertices in enumerate(batch.states[0].cpu().numpy()):
                    yield vertices, {code: int(batch.rows[code][index]) for code in CODES}

        return cls(drawn(), _sampler(heads, frame, sampler, config.pool_points, config.seed))

    @classmethod
    def of_template(
        cls, heads: RegisteredHeads, frame: Frame, sampler: StageSampler, config: TrainConfig
    ) -> SamplePool:
        """The template alone, in as many points as a hundred heads of the pool."""
        template = heads.template.cpu().numpy()
        return cls(
            [(template, dict.fromkeys(CODES, 0))],
            _sampler(heads, frame, sampler, 100 * config.pool_points, config.seed),
        )

    def draw(
        self, heads: int, on: int, space: int, generator: torch.Generator
    ) -> tuple[SurfacePoints, SpacePoints, dict[CodeName, Tensor]]:
        """Points of `heads` heads, `on` on the surface and `space` about it, and the heads' code rows."""
        device = self._on.device
        chosen = torch.randint(len(self._on), (heads, 1), generator=generator).to(device)
        at = torch.randint(self._on.shape[1], (heads, on), generator=generator).to(device)
        around = torch.randint(self._space.shape[1], (heads, space), generator=generator).to(device)
        return (
            SurfacePoints(self._on[chosen, at], self._normals[chosen, at]),
            SpacePoints(self._space[chosen, around], self._distance[chosen, around]),
            {code: rows[chosen[:, 0]] for code, rows in self._rows.items()},
        )


Tensors = tuple["Tensor", "Tensor", "Tensor", "Tensor"]


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
