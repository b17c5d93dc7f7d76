"""A pool of exact signed distances to draw from: exact ones take longer to compute than to learn from."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import torch

from facewright.train.sampling.draws import DistanceDraw
from facewright.train.sampling.pieces import PIECE, PoolSamples
from facewright.train.sampling.registered import replace_heads

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from facewright.train.config import TrainConfig
    from facewright.train.sampling.draws import Share
    from facewright.train.sampling.pieces import PoolPieces
    from facewright.train.sampling.registered import Recipe, RegisteredHeads
    from facewright.train.sampling.sampler import Sampler
    from facewright.train.workers import Workers

    Progress = Callable[[int, int], None]
    """Told how many heads are sampled, and of how many; raises Stopped to end it."""

_TEMPLATE_BATCHES = 10

_BLANK = 16
"""Heads of a pool that only has its shape."""


class SamplePool:
    """Samples of some heads, on the training device, network frame; composites are made here and never stored."""

    def __init__(self, samples: PoolSamples, recipe: Recipe | None, first: int | None = None) -> None:
        """samples : of H heads; recipe : what those heads are made of, None for the template; first : its first piece.

        Without a first piece they stay what they are.

        All tensors stay where they are: heads are replaced within them.
        """
        self._samples, self._recipe, self._first = samples, recipe, first

    @classmethod
    def of_heads(cls, pieces: PoolPieces, first: int, device: torch.device, progress: Progress) -> SamplePool:
        """Subjects with expressions and neutral composites, half and half: the pool's pieces from `first` on."""
        samples, recipes = [], []
        for number in range(pieces.count):
            piece = cls._piece_at(number, first, pieces.count)
            done = PIECE * number
            samples.append(pieces(piece, lambda more, done=done: progress(done + more, PIECE * pieces.count)))  # type: ignore[misc]
            recipes.append(pieces.recipe(piece))
        joined = PoolSamples(*(torch.cat(each) for each in zip(*samples, strict=True)))
        return cls(joined.to(device), reduce(lambda made, more: made.join(more), recipes), first)

    @staticmethod
    def _piece_at(place: int, first: int, count: int) -> int:
        """The piece at a place of a pool that begins with piece `first`: every piece has its own place."""
        return first + (place - first) % count

    def renew(self, pieces: PoolPieces, first: int) -> None:
        """Put new pieces in the places of the oldest, until the first one is `first`."""
        assert self._recipe is not None
        while self._first is not None and self._first < first:
            piece = self._first + pieces.count
            samples, place = pieces(piece), piece % pieces.count * PIECE
            at = torch.arange(place, place + PIECE, device=self._samples.on.device)
            for old, new in zip(self._samples, samples, strict=True):
                old.index_copy_(0, at, new.to(old.device))
            replace_heads(self._recipe, at, pieces.recipe(piece))
            pieces.forget(self._first - pieces.count)
            self._first += 1

    @classmethod
    def of_template(
        cls, heads: RegisteredHeads, sampler: Sampler, config: TrainConfig, workers: Workers, progress: Progress
    ) -> SamplePool:
        """The template alone, in as many points as a hundred heads of the pool."""
        template, count = heads.template.cpu().numpy(), 100 * config.pool_points // _TEMPLATE_BATCHES
        samples = PoolSamples.empty(_TEMPLATE_BATCHES, count)
        for first in range(0, _TEMPLATE_BATCHES, workers.count):
            progress(first, _TEMPLATE_BATCHES)
            batch = first + workers.rank
            if batch < _TEMPLATE_BATCHES:
                samples.put(batch, sampler(template, batch, count))
        workers.add(samples)
        joined = PoolSamples(*(tensor.flatten(0, 1)[None] for tensor in samples))
        return cls(joined.to(heads.device), None)

    @classmethod
    def blank(cls, heads: RegisteredHeads, config: TrainConfig, template: bool) -> SamplePool:
        """Nothing of as many numbers as there would be: to see how long a step takes."""
        if template:
            return cls(PoolSamples.empty(1, 100 * config.pool_points).to(heads.device), None)
        recipe = heads.recipe(_BLANK, torch.Generator().manual_seed(config.seed))
        return cls(PoolSamples.empty(_BLANK, config.pool_points).to(heads.device), recipe)

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
