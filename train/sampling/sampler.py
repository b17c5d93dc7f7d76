"""Exact samples of heads' signed distances: `train.samples` in the network frame, without a need of torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.network.frame import Frame
from facewright.train.samples import distance_samples

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.train.sampling.points import StageSampler
    from facewright.train.sampling.registered import RegisteredHeads


class Sampler:
    """Samples a head in the network frame, from a seed for each head and none for the order they are sampled in."""

    def __init__(self, faces: np.ndarray, density: np.ndarray, frame: Frame, seed: int) -> None:
        """faces : (F, 3) int64 of all heads; density : (F,), by which points lie more densely on some of them."""
        self._faces, self._density, self._frame, self._seed = faces, density, frame, seed

    @classmethod
    def of(cls, heads: RegisteredHeads, frame: Frame, density: StageSampler, seed: int) -> Sampler:
        """Of heads of a topology, whose points lie by the density of `StageSampler`."""
        return cls(heads.faces.cpu().numpy(), density.density().cpu().numpy(), frame, seed)

    def __call__(self, vertices: np.ndarray, number: int, count: int) -> tuple[np.ndarray, ...]:
        """A head's (V, 3) mm samples: what one row of the pool holds. A third of `count` lies on the surface."""
        rng = np.random.default_rng([self._seed, number])
        ball = (np.asarray(self._frame.centre_mm), self._frame.radius_mm)
        drawn = distance_samples(vertices, self._faces, self._density, sample_counts(count), ball, rng)
        distance = (drawn.distance / self._frame.radius_mm).astype(np.float32)
        return self._frame.to_network(drawn.on), drawn.normals, self._frame.to_network(drawn.space), distance

    def arrays(self) -> dict[str, np.ndarray]:
        """All that it consists of, for a process of its own."""
        frame = np.array([*self._frame.centre_mm, self._frame.radius_mm])
        return {"faces": self._faces, "density": self._density, "frame": frame, "seed": np.array(self._seed)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Sampler:
        """The one that gave these."""
        x, y, z, radius = arrays["frame"].tolist()
        return cls(arrays["faces"], arrays["density"], Frame((x, y, z), radius), int(arrays["seed"]))


def sample_counts(points: int) -> tuple[int, int, int]:
    """Points on the surface, near it and anywhere in the unit ball; of the latter two one in eight."""
    return points // 3, points * 7 // 12, points // 12
