"""What the events of a run tell: where it is, and every loss term over its steps."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from facewright.editor.training.terms import HELD_OUT

if TYPE_CHECKING:
    from collections.abc import Iterable

Event = dict[str, object]
"""One event of a run, as `train.run.events` writes it: `event` names its kind."""

PHASES = {"template": "Learning the template", "stages": "Learning the parts", "end": "Learning the whole head"}
"""What the phases of a run are called."""

_NOTICES = ("warning", "memory", "held_out")
"""Events whose words concern the person who started the run."""

_GROUPS = {"losses": "", "mm": f"{HELD_OUT}/"}
"""Values of an event that are curves, and what stands before their names."""


def parse(line: str | bytes) -> Event | None:
    """The event on a line; None if it holds none, as a line that is not whole yet."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


@dataclass
class Curve:
    """One value over the steps of a run: steps and values of one length."""

    steps: array[float] = field(default_factory=lambda: array("d"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, step: float, value: float) -> None:
        """Add a point; a run that went back to its checkpoint takes those after it back."""
        while self.steps and self.steps[-1] >= step:
            self.steps.pop()
            self.values.pop()
        self.steps.append(step)
        self.values.append(value)


class TooShort(NamedTuple):
    """Minutes of a run that are too few; the fewest steps take `least`, and a head comes of `enough`."""

    minutes: float
    least: float
    enough: int
    device: str

    @classmethod
    def of(cls, event: Event) -> TooShort | None:
        """As an event tells; None if it does not."""
        minutes, least, enough, device = (event.get(name) for name in cls._fields)
        if isinstance(minutes, int | float) and isinstance(least, int | float) and isinstance(enough, int):
            return cls(float(minutes), float(least), enough, str(device))
        return None


@dataclass
class Record:
    """Everything that has been heard of a run.

    phase : of `PHASES`, empty at first; step, progress : of the last event that told; doing : what it does between
    steps, empty while it takes them; notice : the last warning; saved : step of the last checkpoint; too_short : what
    was told of its minutes, if they are too few for a head; ready : whether its heads are read; turns : the step at
    which each phase began; curves : by loss term, and the errors on unseen heads.
    """

    phase: str = ""
    step: int = 0
    progress: float = 0.0
    doing: str = ""
    notice: str = ""
    saved: int | None = None
    ended: bool = False
    ready: bool = False
    too_short: TooShort | None = None
    turns: dict[str, int] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)

    def take(self, events: Iterable[Event]) -> None:
        """Take note of events, the oldest first; what is unknown or not as expected in them is passed over."""
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        kind, step, progress = event["event"], event.get("step"), event.get("progress")
        if isinstance(step, int):
            self.step = step
        if isinstance(progress, int | float):
            self.progress = float(progress)
        self._listen(event)
        self.ended = kind == "end"
        self.ready = kind != "begin" and (self.ready or kind == "ready" or (kind == "step" and self.step > 0))
        self.too_short = TooShort.of(event) if kind == "too_short" else None
        if kind in ("checkpoint", "end") and self.step:
            self.saved = self.step
        if isinstance(phase := event.get("phase"), str):
            self.phase = phase
            self.turns.setdefault(phase, self.step)
        for group, prefix in _GROUPS.items():
            if isinstance(values := event.get(group), dict):
                self._add(values, prefix)

    def _listen(self, event: Event) -> None:
        """Keep what an event says in words."""
        kind, message, done, of = (event.get(name) for name in ("event", "message", "done", "of"))
        if kind in _NOTICES and isinstance(message, str):
            self.notice = message
        elif kind == "step":
            self.doing = ""
        elif isinstance(message, str):
            self.doing = message
        if self.doing and isinstance(done, int) and isinstance(of, int):
            self.doing = f"{self.doing.partition(' (')[0]} ({done:,} of {of:,})"

    def _add(self, values: dict[str, object], prefix: str) -> None:
        for name, value in values.items():
            if isinstance(value, int | float):
                self.curves.setdefault(prefix + name, Curve()).add(self.step, float(value))
