"""A pool of exact signed distances to draw from: exact ones take longer to compute than to learn from."""

from __future__ import annotations

import hashlib
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from facewright.core.errors import FacewrightError
from facewright.train.interrupt import Stopped
from facewright.train.samples import distance_samples
from facewright.train.sampling.draws import DistanceDraw
from facewright.train.state_file import load_state, save_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor

    from facewright.core.network.frame import Frame
    from facewright.train.config import TrainConfig
    from facewright.train.sampling.draws import Share
    from facewright.train.sampling.points import StageSampler
    from facewright.train.sampling.registered import Recipe, RegisteredHeads
    from facewright.train.workers import Workers

    Progress = Callable[[int, int], None]
    """Told how many heads are sampled, and of how many; raises Stopped to end it."""

_BATCH = 16
_TEMPLATE_BATCHES = 10


class SamplePool:
    """Samples of some heads, on the training device, network frame; composites are made here and never stored."""

    def __init__(self, samples: _Samples, recipe: Recipe | None) -> None:
        """samples : of H heads; recipe : what those heads are made of, None for the template."""
        self._samples, self._recipe = samples, recipe

    @classmethod
    def of_heads(
        cls,
        heads: RegisteredHeads,
        sampler: Sampler,
        config: TrainConfig,
        workers: Workers,
        progress: Progress,
        kept: tuple[Path, dict[str, Any]] | None = None,
    ) -> SamplePool:
        """Subjects with expressions and neutral composites, half and half, sampled by all workers.

        kept : a file, and what the samples depend on besides the configuration, as JSON. What is sampled when it is
        done, or stopped, is written there, and read next time if nothing that it depends on has changed.
        """
        generator = torch.Generator().manual_seed(config.seed + 1)
        recipes = [heads.recipe(_BATCH, generator) for _ in range(-(-config.pool_heads // _BATCH))]
        samples = _Samples.empty(_BATCH * len(recipes), config.pool_points)
        recipe = reduce(lambda made, more: made.join(more), recipes)
        facts = {"points": config.pool_points, "seed": config.seed, "recipe": _digest(recipe)}
        if kept:
            facts |= kept[1]
        done = _read(kept[0], facts, samples) if kept and workers.first else 0
        done = int(workers.agree(float(done), stop=False)[0])
        sampled, stopped = done, None
        for first, vertices in _observed(heads, recipes, done, workers):
            try:
                progress(first, len(samples.on))
            except Stopped as asked:
                stopped = asked
                break
            if vertices is not None:
                samples.put(first + workers.rank, sampler(vertices, first + workers.rank, config.pool_points))
            sampled = min(first + workers.count, len(samples.on))
        workers.add(samples)  # what was read, too: the first worker alone has it
        if sampled > done and kept and workers.first:
            save_state(kept[0], samples._asdict(), {**facts, "sampled": sampled})
        if stopped:
            raise stopped
        return cls(samples.to(heads.device), recipe)

    @classmethod
    def of_template(
        cls, heads: RegisteredHeads, sampler: Sampler, config: TrainConfig, workers: Workers, progress: Progress
    ) -> SamplePool:
        """The template alone, in as many points as a hundred heads of the pool."""
        template, count = heads.template.cpu().numpy(), 100 * config.pool_points // _TEMPLATE_BATCHES
        samples = _Samples.empty(_TEMPLATE_BATCHES, count)
        for first in range(0, _TEMPLATE_BATCHES, workers.count):
            progress(first, _TEMPLATE_BATCHES)
            batch = first + workers.rank
            if batch < _TEMPLATE_BATCHES:
                samples.put(batch, sampler(template, batch, count))
        workers.add(samples)
        joined = _Samples(*(tensor.flatten(0, 1)[None] for tensor in samples))
        return cls(joined.to(heads.device), None)

    @classmethod
    def blank(cls, heads: RegisteredHeads, config: TrainConfig, template: bool) -> SamplePool:
        """Nothing of as many numbers as there would be: to see how long a step takes."""
        if template:
            return cls(_Samples.empty(1, 100 * config.pool_points).to(heads.device), None)
        recipe = heads.recipe(_BATCH, torch.Generator().manual_seed(config.seed))
        return cls(_Samples.empty(_BATCH, config.pool_points).to(heads.device), recipe)

    def draw(
        self, heads: int, on: int, space: int, generator: torch.Generator, share: Share
    ) -> tuple[DistanceDraw, Recipe | None]:
        """A worker's share of `heads` heads, each in `on` points of its surface and `space` about it."""
        pool, device = self._samples, self._samples.on.device
        random = torch.rand(heads, 1 + on + space, generator=generator, device=generator.device).to(device)
        chosen, at, around = random.split([1, on, space], dim=1)
        if heads > 1:
            chosen, at, around = (share.heads(numbers) for numbers in (chosen, at, around))
        else:
            at, around = share.heads(at, axis=1), share.heads(around, axis=1)
        head = _index(chosen, len(pool.on))
        at = head * pool.on.shape[1] + _index(at, pool.on.shape[1])
        around = head * pool.space.shape[1] + _index(around, pool.space.shape[1])
        drawn = [tensor.flatten(0, 1)[at] for tensor in (pool.on, pool.normals)]
        drawn += [tensor.flatten(0, 1)[around] for tensor in (pool.space, pool.distance)]
        return DistanceDraw(*drawn), self._recipe and self._recipe.select(head[:, 0])


def _index(random: Tensor, count: int) -> Tensor:
    """Whole numbers below `count` from random ones in [0, 1)."""
    return (random * count).long().clamp(max=count - 1)


class _Samples(NamedTuple):
    """on : (H, N, 3), on the surface; normals : (H, N, 3); space : (H, M, 3), about it; distance : (H, M)."""

    on: Tensor
    normals: Tensor
    space: Tensor
    distance: Tensor

    @classmethod
    def empty(cls, heads: int, points: int) -> _Samples:
        """All zero."""
        on, near, far = _counts(points)
        shapes = ((heads, on, 3), (heads, on, 3), (heads, near + far, 3), (heads, near + far))
        return cls(*(torch.zeros(shape) for shape in shapes))

    def put(self, row: int, samples: tuple[np.ndarray, ...]) -> None:
        """Fill in one head."""
        for tensor, array in zip(self, samples, strict=True):
            tensor[row] = torch.from_numpy(array)

    def to(self, device: torch.device) -> _Samples:
        """The same on a device."""
        return _Samples(*(tensor.to(device) for tensor in self))


class Sampler:
    """Samples a head in the network frame, from a seed for each head and none for the order they are sampled in."""

    def __init__(self, heads: RegisteredHeads, frame: Frame, density: StageSampler, seed: int) -> None:
        """Points lie by the density of `StageSampler`."""
        self._faces, self._density = heads.faces.cpu().numpy(), density.density().cpu().numpy()
        self._frame, self._seed = frame, seed

    def __call__(self, vertices: np.ndarray, number: int, count: int) -> tuple[np.ndarray, ...]:
        """A head's (V, 3) mm samples: what one row of the pool holds. A third of `count` lies on the surface."""
        rng = np.random.default_rng([self._seed, number])
        ball = (np.asarray(self._frame.centre_mm), self._frame.radius_mm)
        drawn = distance_samples(vertices, self._faces, self._density, _counts(count), ball, rng)
        distance = (drawn.distance / self._frame.radius_mm).astype(np.float32)
        return self._frame.to_network(drawn.on), drawn.normals, self._frame.to_network(drawn.space), distance


def _counts(points: int) -> tuple[int, int, int]:
    """Points on the surface, near it and anywhere in the unit ball; of the latter two one in eight."""
    return points // 3, points * 7 // 12, points // 12


def _observed(
    heads: RegisteredHeads, recipes: list[Recipe], done: int, workers: Workers
) -> Iterator[tuple[int, np.ndarray | None]]:
    """Round by round, a head a worker: the first one's number, and this worker's own (V, 3) if there is one for it."""
    made, vertices = -1, np.empty(0)
    for first in range(done, _BATCH * len(recipes), workers.count):
        batch, row = divmod(first + workers.rank, _BATCH)
        if batch != made and batch < len(recipes):
            made, vertices = batch, heads.made(recipes[batch]).states[0].cpu().numpy()
        yield first, vertices[row] if batch < len(recipes) else None


def _digest(recipe: Recipe) -> str:
    """SHA-256 of what heads are made of: samples of other heads must not be taken for theirs."""
    tensors = [tensor for blend in recipe for tensor in blend]
    return hashlib.sha256(b"".join(tensor.cpu().numpy().tobytes() for tensor in tensors)).hexdigest()


def _read(cache: Path, facts: dict[str, Any], samples: _Samples) -> int:
    """Fill in what a file holds; how many heads that were, 0 if it is missing, damaged or of something else."""
    try:
        tensors, facts_of = load_state(cache)
        sampled = int(facts_of.pop("sampled"))
        if facts_of == facts:
            for name, tensor in samples._asdict().items():
                tensor.copy_(tensors[name])
            return sampled
    except (FacewrightError, KeyError, RuntimeError):
        pass
    return 0
