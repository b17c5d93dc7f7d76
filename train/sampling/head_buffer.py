"""Heads kept ready to draw from: to make one costs more than to learn from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from facewright.train.sampling.registered import STATES, Batch, HeadBlend, Recipe, replace_heads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from facewright.train.sampling.draws import Share
    from facewright.train.sampling.registered import RegisteredHeads

GROUPS = 64
"""Groups in the buffer."""

_LEAST = 4
"""Heads of a group, at least: half with expressions, half composites."""

_RENEWED = 8
"""One head is made for so many that a step learns from."""


class HeadBuffer:
    """A buffer of registered heads. Every draw first replaces its oldest group, so that no head is learnt by heart.

    Of each group a worker makes and holds its own share alone; what the heads are made of is known to all. All tensors
    stay where they are: groups are replaced within them.
    """

    def __init__(self, heads: RegisteredHeads, recipe: Recipe, share: Share, oldest: int = 0) -> None:
        """Make the heads of `GROUPS` groups, one after the other."""
        self._heads, self._share, self._recipe = heads, share, recipe
        self._group = len(recipe.owner.rows) // GROUPS
        self._own = self._group // share.count
        self._oldest = torch.tensor(oldest, device=heads.device)
        groups = [heads.made(self._of(recipe, group)) for group in range(GROUPS)]
        states = torch.stack([group.vertices[:-1].unflatten(0, (STATES, -1)) for group in groups], dim=1)
        vertices = torch.cat([states.flatten(0, 2), groups[0].vertices[-1:]])
        rims, images = (torch.cat(each) for each in zip(*((group.rims, group.images) for group in groups), strict=True))
        own = groups[0].recipe
        for group in groups[1:]:
            own = own.join(group.recipe)
        self.batch = Batch(vertices, rims, images, own)
        half = self._own // 2
        self._in_group = torch.arange(self._own, device=heads.device)
        self._in_recipe = torch.arange(self._group, device=heads.device)
        self._half = half

    @staticmethod
    def group_size(heads: int) -> int:
        """Heads that are made a step, where so many are learnt from."""
        return max(heads // _RENEWED // _LEAST * _LEAST, _LEAST)

    @classmethod
    def drawn(cls, heads: RegisteredHeads, learnt: int, generator: torch.Generator, share: Share) -> HeadBuffer:
        """A buffer of random heads for steps that learn from `learnt`."""
        groups = [heads.recipe(cls.group_size(learnt), generator, signed=True) for _ in range(GROUPS)]
        recipe = groups[0]
        for group in groups[1:]:
            recipe = recipe.join(group)
        return cls(heads, recipe, share)

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Which heads (N,) of `batch` this worker learns from: its share of `count`, half of it with expressions."""
        self._renew(self._heads.recipe(self._group, generator, signed=True))
        groups = (
            (torch.rand(count, generator=generator, device=self._oldest.device) * GROUPS).long().clamp(max=GROUPS - 1)
        )
        groups = self._share.halves(groups)
        expressive = torch.arange(len(groups) // 2, device=groups.device) % self._half
        within = torch.cat([expressive, expressive + self._half])
        return groups * self._own + within

    def _renew(self, recipe: Recipe) -> None:
        """Replace the oldest group."""
        new, buffer = self._heads.made(recipe.share(self._share.index, self._share.count)), self.batch
        at = self._oldest * self._own + self._in_group
        buffer.vertices[:-1].unflatten(0, (STATES, -1)).index_copy_(1, at, new.vertices[:-1].unflatten(0, (STATES, -1)))
        buffer.rims.index_copy_(0, at, new.rims)
        buffer.images.index_copy_(0, at, new.images)
        replace_heads(buffer.recipe, at, new.recipe)
        replace_heads(self._recipe, self._oldest * self._group + self._in_recipe, recipe)
        self._oldest.add_(1).remainder_(GROUPS)

    def _of(self, recipe: Recipe, group: int) -> Recipe:
        """What this worker makes of a group."""
        rows = slice(group * self._group, (group + 1) * self._group)
        return Recipe(*(HeadBlend(*(t[rows] for t in blend)) for blend in recipe)).share(
            self._share.index, self._share.count
        )

    def tensors(self) -> dict[str, Tensor]:
        """What the heads are made of, to be saved."""
        tensors = {"oldest": self._oldest}
        for name, blend in self._recipe._asdict().items():
            tensors |= {f"{name}.rows": blend.rows, f"{name}.weights": blend.weights}
        return tensors

    @classmethod
    def restored(cls, heads: RegisteredHeads, tensors: Mapping[str, Tensor], share: Share) -> HeadBuffer:
        """The buffer that gave `tensors`."""
        blends = (
            HeadBlend(tensors[f"{name}.rows"].to(heads.device), tensors[f"{name}.weights"].to(heads.device))
            for name in Recipe._fields
        )
        return cls(heads, Recipe(*blends), share, int(tensors["oldest"]))
