"""A run's phases and learning rates over the share of it that is spent."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from train.config import TrainConfig

Phase = Literal["template", "codes", "stages", "end"]

_WARM_UP = 0.02
"""Share of a phase over which its learning rate rises."""

_FLOOR = 0.01
"""Share of its peak to which the learning rate falls by the end of a phase."""


class Schedule:
    """Which phase is due when. A run that starts from a model has its template; it begins with the new heads' codes."""

    def __init__(self, config: TrainConfig) -> None:
        """As the configuration divides the run."""
        first = config.template_share
        self.phases: tuple[Phase, ...] = ("codes" if config.start_from else "template", "stages", "end")
        self._bounds = (0.0, first, first + config.stage_share, 1.0)

    def phase(self, progress: float) -> Phase:
        """The phase due at a share of the run, 0 to 1."""
        return self.phases[sum(progress >= bound for bound in self._bounds[1:3])]

    def rate(self, phase: Phase, progress: float) -> float:
        """The learning rate's share of its peak: warm-up, then a cosine over the phase."""
        index = self.phases.index(phase)
        low, high = self._bounds[index : index + 2]
        share = (progress - low) / (high - low)
        return min(share / _WARM_UP + 0.01, 1.0) * (_FLOOR + (1 - _FLOOR) * 0.5 * (1 + math.cos(math.pi * share)))
