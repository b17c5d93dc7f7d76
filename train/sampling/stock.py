"""Heads kept ready to draw from: to make one costs more than to learn from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from facewright.train.sampling.registered import STATES, Batch, HeadBlend, Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from facewright.train.sampling.draws import Share
    from facewright.train.sampling.registered import RegisteredHeads

LOTS = 64
"""Lots in stock."""

_LEAST = 4
"""Heads of a lot, at least: half with expressions, half composites."""

_RENEWED = 8
"""One head is made for so many that a step learns from."""


class Stock:
    """A stock of registered heads. Every draw first replaces its oldest lot, so that no head is learnt by heart.

    Of each lot a worker makes and holds its own share alone; what the heads are made of is known to all. All tensors
    stay where they are: lots are replaced within them.
    """

    def __init__(self, heads: RegisteredHeads, recipe: Recipe, share: Share, oldest: int = 0) -> None:
        """Make the heads of `LOTS` lots, one after the other."""
        self._heads, self._share, self._recipe = heads, share, recipe
        self._lot = len(recipe.owner.rows) // LOTS
        self._own = self._lot // share.count
        self._oldest = torch.tensor(oldest, device=heads.device)
        lots = [heads.made(self._of(recipe, lot)) for lot in range(LOTS)]
        states = torch.stack([lot.vertices[:-1].unflatten(0, (STATES, -1)) for lot in lots], dim=1)
        vertices = torch.cat([states.flatten(0, 2), lots[0].vertices[-1:]])
        rims, images = (torch.cat(each) for each in zip(*((lot.rims, lot.images) for lot in lots), strict=True))
        own = lots[0].recipe
        for lot in lots[1:]:
            own = own.join(lot.recipe)
        self.batch = Batch(vertices, rims, images, own)
        half = self._own // 2
        self._in_lot = torch.arange(self._own, device=heads.device)
        self._in_recipe = torch.arange(self._lot, device=heads.device)
        self._half = half

    @staticmethod
    def lot_size(heads: int) -> int:
        """Heads that are made a step, where so many are learnt from."""
        return max(heads // _RENEWED // _LEAST * _LEAST, _LEAST)

    @classmethod
    def drawn(cls, heads: RegisteredHeads, learnt: int, generator: torch.Generator, share: Share) -> Stock:
        """A stock of random heads for steps that learn from `learnt`."""
        lots = [heads.recipe(cls.lot_size(learnt), generator, signed=True) for _ in range(LOTS)]
        recipe = lots[0]
        for lot in lots[1:]:
            recipe = recipe.join(lot)
        return cls(heads, recipe, share)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Which heads (N,) of `batch` this worker learns from: its share of `count`, half of it with expressions."""
        self._renew(self._heads.recipe(self._lot, generator, signed=True))
        lots = (torch.rand(count, generator=generator, device=self._oldest.device) * LOTS).long().clamp(max=LOTS - 1)
        lots = self._share.halves(lots)
        expressive = torch.arange(len(lots) // 2, device=lots.device) % self._half
        within = torch.cat([expressive, expressive + self._half])
        return lots * self._own + within

    def _renew(self, recipe: Recipe) -> None:
        """Replace the oldest lot."""
        new, stock = self._heads.made(recipe.share(self._share.index, self._share.count)), self.batch
        at = self._oldest * self._own + self._in_lot
        stock.vertices[:-1].unflatten(0, (STATES, -1)).index_copy_(1, at, new.vertices[:-1].unflatten(0, (STATES, -1)))
        stock.rims.index_copy_(0, at, new.rims)
        stock.images.index_copy_(0, at, new.images)
        _replace(stock.recipe, at, new.recipe)
        _replace(self._recipe, self._oldest * self._lot + self._in_recipe, recipe)
        self._oldest.add_(1).remainder_(LOTS)

    def _of(self, recipe: Recipe, lot: int) -> Recipe:
        """What this worker makes of a lot."""
        rows = slice(lot * self._lot, (lot + 1) * self._lot)
        return Recipe(*(HeadBlend(*(t[rows] for t in blend)) for blend in recipe)).share(
            self._share.index, self._share.count
        )

    def tensors(self) -> dict[str, Tensor]:
        """What the heads are made of, to be saved."""
        found = {"oldest": self._oldest}
        for name, blend in self._recipe._asdict().items():
            found |= {f"{name}.rows": blend.rows, f"{name}.weights": blend.weights}
        return found

    @classmethod
    def restored(cls, heads: RegisteredHeads, tensors: Mapping[str, Tensor], share: Share) -> Stock:
        """The stock that gave `tensors`."""
        blends = (
            HeadBlend(tensors[f"{name}.rows"].to(heads.device), tensors[f"{name}.weights"].to(heads.device))
            for name in Recipe._fields
        )
        return cls(heads, Recipe(*blends), share, int(tensors["oldest"]))


def _replace(recipe: Recipe, at: Tensor, new: Recipe) -> None:
    """Put what some heads are made of in the place of others."""
    for blend, own in zip(recipe, new, strict=True):
        blend.rows.index_copy_(0, at, own.rows)
        blend.weights.index_copy_(0, at, own.weights)
