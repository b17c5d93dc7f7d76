"""How coefficients are searched: along few axes in long steps at first, then along all of them in shorter ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True)
class Schedule:
    """How many steps there are, how long they are and where they go."""

    steps: int = 600
    """Steps of Adam, their rate falling as a cosine."""
    coarse: float = 0.2
    """Share of the steps, the first, that move what the surface tells most about alone."""
    leading: int = 25
    """Along how many axes of the coefficients the coarse steps move."""
    learning_rate: float = 0.25
    """Peak rate, in σ a step."""
    fine: float = 0.6
    """Share of that rate at which all axes move."""
    anew: bool = True
    """Whether Adam's moments begin anew when all axes begin to move."""


class CoarseToFine:
    """Steps of Adam whose rate falls as a cosine.

    Adam's correction of moments that begin at zero counts steps: where they go on, an axis that begins late takes steps
    of twice the rate until it has moments of its own, which throws heads about.
    """

    def __init__(self, moving: Sequence[Tensor], schedule: Schedule) -> None:
        """moving : what is optimised."""
        self._moving, self._schedule = list(moving), schedule
        self._leading: int | None = None
        self._optimizer = torch.optim.Adam(self._moving)

    def begin(self, step: int) -> int | None:
        """Begin a step, counted from 0; along how many axes it goes, None for all."""
        share = step / self._schedule.steps
        coarse = share < self._schedule.coarse
        leading = self._schedule.leading if coarse else None
        if self._schedule.anew and leading != self._leading:
            self._optimizer = torch.optim.Adam(self._moving)
        self._leading = leading
        peak = self._schedule.learning_rate * (1.0 if coarse else self._schedule.fine)
        for group in self._optimizer.param_groups:
            group["lr"] = peak * 0.5 * (1.0 + math.cos(math.pi * share))
        return leading

    def take(self, loss: Tensor) -> None:
        """Take the step that lessens a loss."""
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
