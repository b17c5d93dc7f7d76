"""Whether a phase of training undoes what the one before it learnt: `python -m tests.bench.first_steps --data SOURCE`.

A run as any other, but measured on unseen heads, surface to surface, where a phase begins and all along its first
hundred steps. Printed is every part's error in mm, and how far it is above what it was when the phase began.
"""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import tyro

from facewright.core.parts import PARTS
from facewright.train.config import TrainConfig
from facewright.train.data.several import training_heads
from facewright.train.run.monitor import Monitor
from facewright.train.trainer import Trainer
from facewright.train.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FIRST = 100
"""Steps of a phase that are looked at."""


@dataclass(frozen=True)
class Options:
    """What to measure."""

    data: str
    """Source of heads, such as ict:FOLDER."""
    subjects: int | None = 40
    steps: int = 2000
    """Of the run, the last of which are not taken: it ends with the first hundred of its last phase."""
    template_share: float = 0.2
    """More of a short run's steps than of a long one's: SDFNet needs some hundreds."""
    every: int = 20
    """Steps from one measurement to the next."""
    pool_heads: int = 100
    """Heads with signed distances: far fewer than a run's, which has the time to sample them."""
    json: Path | None = None
    """Where to write the figures."""


class Measured(NamedTuple):
    """Mean distance of the true surfaces from the model's, mm by part, after so many steps of a phase."""

    phase: str
    step: int
    mm: Mapping[str, float]


def measure(config: TrainConfig, every: int, told: Callable[[Measured], None] = lambda _: None) -> list[Measured]:
    """Train, and measure after every so many of the first steps of each phase but the template's.

    told : hears of each as it is made.
    """
    trainer = Trainer(config, training_heads(config), Workers())
    monitor, found = Monitor(trainer, lambda: False), list[Measured]()

    def note(phase: str, step: int) -> None:
        found.append(Measured(phase, step, monitor.measure()))
        told(found[-1])

    began = 0
    with closing(trainer):
        while trainer.progress < 1.0 and (trainer.phase != "end" or trainer.steps - began < FIRST):
            if trainer.phase_is_over():
                note(trainer.schedule.next_phase, 0)
                began = trainer.steps
            trainer.step(lambda *_: None)
            taken = trainer.steps - began
            if trainer.phase != "template" and taken <= FIRST and taken % every == 0:
                note(trainer.phase, taken)
    return found


def rises(found: list[Measured]) -> dict[str, float]:
    """By how much a part's error is at most above what it was when the phase began, a share of it, by PHASE.PART."""
    begun = {each.phase: each.mm for each in found if each.step == 0}
    worst: dict[str, float] = {}
    for phase, _, mm in (each for each in found if each.step):
        for part in PARTS:
            rise = mm[part] / begun[phase][part] - 1.0
            worst[f"{phase}.{part}"] = max(rise, worst.get(f"{phase}.{part}", rise))
    return worst


def row(measured: Measured) -> str:
    """A line of the table."""
    return f"{measured.phase:8s} {measured.step:5d} " + " ".join(f"{measured.mm[part]:10.3f}" for part in PARTS)


def main() -> None:
    """Measure, print and write."""
    options = tyro.cli(Options, description=__doc__)
    print("phase     step " + " ".join(f"{part:>10s}" for part in PARTS), flush=True)
    config = TrainConfig(
        options.data,
        subjects=options.subjects,
        steps=options.steps,
        template_share=options.template_share,
        device="cpu",
        pool_heads=options.pool_heads,
    )
    began = time.monotonic()
    found = measure(config, options.every, lambda measured: print(row(measured), flush=True))
    worst = rises(found)
    for phase in dict.fromkeys(name.partition(".")[0] for name in worst):
        rise = (f"{100 * worst[f'{phase}.{part}']:+9.1f}%" for part in PARTS)
        print(f"{phase:8s} worst " + " ".join(rise))
    print(f"{(time.monotonic() - began) / 60:.1f} min in all")
    if options.json:
        figures = {"measured": [each._asdict() for each in found], "rises": worst}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
