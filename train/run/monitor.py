"""A run measured on heads that it never saw, every so often, for a small share of its time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from facewright.core.errors import FacewrightError
from facewright.core.fit import FitSettings
from facewright.core.parts import CODES
from facewright.train.data.heads import NotSoMany
from facewright.train.data.several import open_sources
from facewright.train.fine_tune import fit_heads
from facewright.train.interrupt import interruptible
from facewright.train.run.held_out import SUBJECTS, CarriedCodes, HeldOut, UnseenHeads
from facewright.train.run.outcome import head_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from facewright.core.parts import CodeName
    from facewright.train.trainer import Trainer

_SHARE = 0.03
"""Of the run's time that measuring may take."""

_QUICK = FitSettings(steps=40, surface_points=200, space_points=150, starts=0)


class Monitor:
    """Knows when to measure, and measures. The unseen heads are read when they are first needed."""

    def __init__(self, trainer: Trainer, should_stop: Callable[[], bool]) -> None:
        """Nothing is read yet."""
        self._trainer, self._should_stop = trainer, should_stop
        every = trainer.config.held_out_seconds
        self._wait = every if every and trainer.workers.first else float("inf")
        self._last = time.monotonic()
        self._held: HeldOut | None = None

    @property
    def due(self) -> bool:
        """Whether it is time; never where nothing is to be measured."""
        return time.monotonic() - self._last >= self._wait

    @property
    def wanted(self) -> bool:
        """Whether anything is to be measured at all."""
        return self._wait < float("inf")

    def measure(self) -> dict[str, float]:
        """Mean distance of the true surfaces from the model's, mm, by part.

        Raises FacewrightError, and wants no more, if there are no heads to measure on; Stopped when asked to.
        """
        trainer = self._trainer
        if self._held is None:
            try:
                interruptible(self._read, self._should_stop)
            except FacewrightError:
                self._wait = float("inf")
                raise
        assert self._held is not None
        began = time.monotonic()
        error = self._held.error_mm(trainer.network, self._codes())
        self._last = time.monotonic()
        self._wait = max(trainer.config.held_out_seconds, (self._last - began) / _SHARE)
        return error

    def _read(self) -> None:
        """Read heads of the validation split, as many of each source as there are up to `SUBJECTS` in all."""
        trainer = self._trainer
        config, of_each = trainer.config, max(SUBJECTS // len(trainer.config.sources), 1)
        try:
            heads = open_sources(config.sources, "validation", of_each, config.people)
        except NotSoMany:
            heads = open_sources(config.sources, "validation", None, config.people)
        vertices = trainer.start.place(heads.vertices) if trainer.start else heads.vertices
        self._unseen = UnseenHeads.chosen(vertices)
        if not trainer.start:
            others = trainer.heads.others(vertices)
            self._carried = CarriedCodes(self._unseen, others, trainer.spaces, trainer.initial)
        self._held = HeldOut(self._unseen, heads, trainer.frame, trainer.heads.bounds_mm())

    def _codes(self) -> dict[CodeName, Tensor]:
        """The unseen heads' codes; where a few new heads cannot tell how codes have moved, they are fitted."""
        trainer = self._trainer
        if not trainer.start:
            return self._carried(trainer.tables)
        model = head_model(trainer)
        fitted = fit_heads(model, self._unseen.vertices, trainer.head_set, self._should_stop, _QUICK)
        each = [model.codes(parameters) for parameters in fitted]
        return {code: torch.cat([codes[code] for codes in each]) for code in CODES}
