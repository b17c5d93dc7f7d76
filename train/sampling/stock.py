"""Heads kept ready to draw from: to make one costs more than to learn from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from train.sampling.registered import Batch, Blend, Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from core.parts import CodeName
    from train.sampling.registered import RegisteredHeads

LOTS = 64
"""Lots in stock."""

_LOT = 4
"""Heads that are made at a time: half with expressions, half composites."""

_MADE_OF: tuple[CodeName, ...] = ("expression", "nose", "remainder")
"""The codes that say what a head is made of; eyes and mouth are the nose owner's."""


class Stock:
    """A stock of registered heads. Every draw first replaces its oldest lot, so that no head is learnt by heart."""

    def __init__(self, heads: RegisteredHeads, lots: list[Batch], oldest: int = 0) -> None:
        """Lay all lots out in one tensor a state: lot k in rows k · LOT and on."""
        self._heads, self._lots, self._oldest = heads, lots, oldest
        self._states = [torch.cat(states) for states in zip(*(lot.states for lot in lots), strict=True)]

    @classmethod
    def drawn(cls, heads: RegisteredHeads, generator: torch.Generator) -> Stock:
        """A stock of random heads."""
        return cls(heads, [heads.batch(_LOT, generator, signed=True) for _ in range(LOTS)])

    def draw(self, count: int, generator: torch.Generator) -> Batch:
        """`count` heads, half with expressions and half composites; their states are the stock's own."""
        lot = self._heads.batch(_LOT, generator, signed=True)
        self._lots[self._oldest] = lot
        for state, new in zip(self._states, lot.states, strict=True):
            state[self._oldest * _LOT : (self._oldest + 1) * _LOT] = new
        self._oldest = (self._oldest + 1) % LOTS

        within = torch.randint(_LOT // 2, (count,), generator=generator)
        within[count // 2 :] += _LOT // 2
        index = (torch.randint(LOTS, (count,), generator=generator) * _LOT + within).to(self._heads.device)
        blends = {}
        for code in lot.blends:
            rows, weights = (torch.cat(t) for t in zip(*(lot.blends[code] for lot in self._lots), strict=True))
            blends[code] = Blend(rows[index], weights[index])
        return Batch(self._states, index, blends, count // 2)

    def tensors(self) -> dict[str, Tensor]:
        """What the heads are made of, to be saved."""
        found = {"oldest": torch.tensor(self._oldest)}
        for code in _MADE_OF:
            found[f"{code}.rows"] = torch.stack([lot.blends[code].rows for lot in self._lots])
            found[f"{code}.weights"] = torch.stack([lot.blends[code].weights for lot in self._lots])
        return found

    @classmethod
    def restored(cls, heads: RegisteredHeads, tensors: Mapping[str, Tensor]) -> Stock:
        """The stock that gave `tensors`."""
        lots = []
        for k in range(LOTS):
            expression, owner, receiver = (
                Blend(tensors[f"{code}.rows"][k].to(heads.device), tensors[f"{code}.weights"][k].to(heads.device))
                for code in _MADE_OF
            )
            lots.append(heads.states(Recipe(owner, receiver, expression, _LOT // 2)))
        return cls(heads, lots, int(tensors["oldest"]))
