"""A run's phases, and what the learning rates are in each."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

from facewright.train import fine_tune

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.train.config import TrainConfig

Phase = Literal["template", "codes", "stages", "end"]

Group = Literal["sdf", "stages", "landmarks", "grafts", "codes"]
"""What has a learning rate of its own; all but the last are modules of the network."""

GROUPS: tuple[Group, ...] = get_args(Group)

WARM_UP: Mapping[Phase, int] = MappingProxyType({"template": 20, "codes": 20, "stages": 100, "end": 500})
"""Steps over which learning rates rise at the beginning of each phase.

The last one's losses are others than those that the weights have learnt by: until Adam knows how large their gradients
are, which takes some hundred steps, its own are too long.
"""

_SHORT = 0.3
"""Share of what a phase has left, in steps or in time, over which rates rise at most."""

LEAST: dict[Phase, int] = {"template": 250, "codes": 50, "stages": 300, "end": 100}
"""Steps without which a phase leaves a lump, or a cavity, rather than a head."""

MOST: Mapping[Phase, int] = MappingProxyType({"template": 2000})
"""Steps after which a phase's share of the run is spent, however much of its time is left to the next ones.

At a rate that brings SDFNet near the template within some hundred steps its weights wander. After 3,400 of them, two
seconds on a card, they were lost in noise that no later step found out of.
"""

_ENOUGH_MM: dict[Phase, float] = {"template": 0.6, "codes": math.inf, "stages": 4.0}
"""Error from which on the next phase can go on: of SDFNet's distances, and of a stage's |x| + |y| + |z|."""

_LOOKED_AT = 10
"""Steps between two looks at the error, for which a card has to be waited for."""

_PATIENCE = 2.0
"""Shares of its time after which a phase ends whatever it has learnt."""

LOST_MM = 2.0
"""Error at the end of the template's phase of an SDFNet that is noise: what was learnt is below 1."""

_SLIGHT = 0.01
"""Share of a run below which a phase is not meant to learn anything."""

_FLOOR = 0.01
"""Share of its peak to which a learning rate falls by the end."""

_STEERING = 1e-3
"""Peak learning rate of what predicts landmarks and graft sites."""


@dataclass(frozen=True)
class Spent:
    """What a run has spent: steps that were taken, seconds of learning."""

    steps: int = 0
    seconds: float = 0.0


class Schedule:
    """Which phase a run is in, how far it is, and its learning rates.

    begun : what was spent when the phase began; warmed_from : what was spent when rates began to rise.
    A phase takes its share of what the run has left when it begins, so that one that took longer takes from all
    that follow it; and no phase comes twice, however much longer a run is made later.
    """

    def __init__(self, config: TrainConfig) -> None:
        """At the beginning. A run that starts from a model has its template; it begins with the new heads' codes."""
        self._config = config
        self.phases: tuple[Phase, ...] = ("codes" if config.start_from else "template", "stages", "end")
        shares = (config.template_share, config.stage_share, 1.0 - config.template_share - config.stage_share)
        self._share = dict(zip(self.phases, shares, strict=True))
        self.phase: Phase = self.phases[0]
        self.begun = self.warmed_from = Spent()

    @property
    def worked(self) -> tuple[Phase, ...]:
        """The phases that are meant to learn something."""
        return tuple(phase for phase in self.phases if self._share[phase] >= _SLIGHT)

    def progress(self, spent: Spent) -> float:
        """Share of the run that is spent, 0 to 1."""
        return min(self._units(spent) / self._total, 1.0)

    def share(self, spent: Spent) -> float:
        """Share of the phase that is spent, 0 to 1."""
        return min(self._spent_shares(spent), 1.0)

    def _spent_shares(self, spent: Spent) -> float:
        begun, length = self._units(self.begun), self._length
        shares = (self._units(spent) - begun) / length if length > 0 else 1.0
        most = MOST.get(self.phase, math.inf)
        return max(shares, (spent.steps - self.begun.steps) / most)

    @property
    def _length(self) -> float:
        """The phase's share of what was left when it began, in the run's units."""
        later = self.phases[self.phases.index(self.phase) :]
        left = self._total - self._units(self.begun)
        return left * self._share[self.phase] / sum(self._share[phase] for phase in later)

    def is_over(self, spent: Spent, error_mm: Callable[[], float] = lambda: 0.0) -> bool:
        """Whether the next phase is due: the time is up and, where time is counted, enough is learnt.

        error_mm : tells the phase's error; asked when nothing else stands against its end.
        """
        shares = self._spent_shares(spent)
        if self.phase == self.phases[-1] or shares < 1.0:
            return False
        if self._config.steps is not None or self.phase not in self.worked:
            return True
        steps = spent.steps - self.begun.steps
        if steps < LEAST[self.phase] or steps % _LOOKED_AT:
            return False
        return shares >= _PATIENCE or error_mm() <= _ENOUGH_MM[self.phase]

    def least_minutes(self, step_seconds: Mapping[Phase, float]) -> float:
        """How long a run has to be for something to come of it, where a step of each phase takes so long."""
        return sum(LEAST[phase] * step_seconds[phase] for phase in self.worked) / 60.0

    @property
    def next_phase(self) -> Phase:
        """The phase after this one, which is not the last."""
        return self.phases[self.phases.index(self.phase) + 1]

    def advance(self, spent: Spent) -> None:
        """Go on to the next phase."""
        self.enter(self.next_phase, spent)

    def enter(self, phase: Phase, begun: Spent) -> None:
        """Be in a phase that began when so much was spent."""
        self.phase, self.begun, self.warmed_from = phase, begun, begun

    def learning(self, network_groups: tuple[Group, ...]) -> tuple[Group, ...]:
        """Those of the groups there are that learn in this phase. A fine-tuning keeps SDFNet, the template."""
        wanted: dict[Phase, tuple[Group, ...]] = {
            "template": ("sdf",),
            "codes": ("codes",),
            "stages": ("stages", "landmarks", "grafts", "codes"),
            "end": GROUPS,
        }
        kept = ("sdf",) if self._config.start_from else ()
        return tuple(group for group in network_groups if group in wanted[self.phase] and group not in kept)

    def rate(self, group: Group, spent: Spent) -> float:
        """A group's learning rate.

        It rises over the phase's first steps and falls along a cosine: SDFNet's over each phase; that of what learns
        from the stages on over all that is left of the run, so that nothing starts again at full rate what was learnt
        at a low one.
        By the paper's decay all groups have one rate end to end, without a warm-up.
        """
        config, share = self._config, self.share(spent)
        if config.decay == "paper" and self.phase == "end":
            return config.end_learning_rate * paper_decay(share)
        falling = _FLOOR + (1 - _FLOOR) * _cosine(share)
        match self.phase, group:
            case "template", _:
                rate = config.sdf_learning_rate * falling
            case "codes", _:
                rate = fine_tune.CODE_RATE * falling
            case "end", "sdf":
                rate = config.end_sdf_learning_rate * falling
            case _, "stages":
                peak = config.learning_rate if "stages" in self.worked else config.end_learning_rate
                rate = peak * self._falling_to_the_end(share)
            case _, "codes":
                rate = config.code_learning_rate * self._falling_to_the_end(share)
            case _:
                rate = _STEERING * self._falling_to_the_end(share)
        return rate * self._warm(spent) * (fine_tune.RATE if config.start_from and group != "codes" else 1.0)

    def _falling_to_the_end(self, share: float) -> float:
        """1 where the stages begin, the floor at the end of the run, along one cosine; share : of the phase."""
        stages, end = (self._share[phase] for phase in self.phases[1:])
        spent = share * stages if self.phase == "stages" else stages + share * end
        return _FLOOR + (1 - _FLOOR) * _cosine(spent / (stages + end))

    def _warm(self, spent: Spent) -> float:
        """Share of its rate that a group has, up to the end of the step that is to be taken: 0 to 1."""
        next_step, begun = replace(spent, steps=spent.steps + 1), self._units(self.warmed_from)
        by_steps = (next_step.steps - self.warmed_from.steps) / WARM_UP[self.phase]
        left = self._units(self.begun) + self._length - begun
        by_share = (self._units(next_step) - begun) / (_SHORT * left) if left > 0 else 1.0
        return min(max(by_steps, by_share), 1.0)

    @property
    def _total(self) -> float:
        """What there is to spend, in the run's units."""
        return 60.0 * self._config.minutes if self._config.steps is None else self._config.steps

    def _units(self, spent: Spent) -> float:
        return spent.seconds if self._config.steps is None else spent.steps


def _cosine(share: float) -> float:
    """1 at the beginning, 0 at the end."""
    return 0.5 * (1.0 + math.cos(math.pi * share))


def paper_decay(share: float) -> float:
    """The paper's learning rate (4.2) at a share of its 850 epochs, 0 to 1, as a share of its peak.

    It stays for 200 epochs, and is then multiplied by 0.95 every 10.
    """
    return 0.95 ** max(0, (round(850 * share, 6) - 200) // 10)
