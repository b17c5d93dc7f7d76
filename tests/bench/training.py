"""Our training beside the reference recipe: `python tests/bench/training.py --data ict:FOLDER`.

Both learn from the same heads on the same machine by the same loop, so that what differs is the recipe:

- *ours*: the defaults of `TrainConfig`, in each of its phases;
- *reference*: Gu & Pears 2024 as they describe it: local networks of width 128, HyperNets of a hidden layer of 128
  alone, no windows, no collars, signed distances from the first step on at 16,384 points a head, a quarter of them on
  the surface. What is not theirs flatters it: spatial gradients are carried forward, where a second backward pass
  costs more, and codes start at principal components. Stages are supervised at one point a head, for the loop has no
  step without.

A point is one at which a stage, or the whole cascade with Φ, is learnt. With `--minutes` each recipe is then trained
for so long, and its error on unseen heads is given: what the time is worth.
"""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import tyro

from facewright.train.config import TrainConfig
from facewright.train.data.heads import open_source
from facewright.train.loop import train
from facewright.train.trainer import Trainer
from facewright.train.workers import Workers

if TYPE_CHECKING:
    from facewright.train.data.heads import HeadSet
    from facewright.train.schedule import Phase

POINTS = 16_384


@dataclass(frozen=True)
class Options:
    """What to measure."""

    data: str
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder."""
    subjects: int = 40
    steps: int = 20
    """Timed in each phase, after two that are not."""
    minutes: float = 0.0
    """Train each recipe for so long as well."""
    device: str | None = None
    json: Path | None = None
    """Where to write the figures."""


def recipes(options: Options) -> dict[str, TrainConfig]:
    """Ours and the reference's."""
    ours = TrainConfig(
        options.data, subjects=options.subjects, device=options.device, minutes=options.minutes or 1.0, pool_heads=32
    )
    network = replace(ours.network, width=128, hyper_width=128, direct=False, windows=False)
    reference = replace(
        ours,
        collar=False,
        network=network,
        template_share=1e-6,
        stage_share=1e-6,
        stage_points=1,
        heads=8,
        surface_points=POINTS // 4,
        space_points=POINTS * 3 // 4,
        pool_points=2 * POINTS,
        end_learning_rate=1e-4,
        end_sdf_learning_rate=1e-4,
        code_learning_rate=1e-4,
    )
    return {"ours": ours, "reference": reference}


def timed(config: TrainConfig, heads: HeadSet, phase: Phase, steps: int) -> dict[str, float]:
    """Steps and points a second of one phase."""
    trainer = Trainer(replace(config, minutes=1e6), heads, Workers())  # whose phases do not end while they are timed
    trainer.enter(phase)
    took: list[float] = []
    for _ in range(steps + 2):
        began, points = time.perf_counter(), trainer.points
        trainer.step(lambda *_: None)()
        took.append(time.perf_counter() - began)
        points = trainer.points - points
    median = sorted(took[2:])[steps // 2]
    return {"steps_per_second": 1.0 / median, "points_per_second": points / median, "points_per_step": points}


def learnt(config: TrainConfig, folder: Path) -> dict[str, float]:
    """Error on unseen heads, mm by part, after the minutes that a configuration gives."""
    heard: list[dict[str, object]] = []
    train(config, folder, listeners=[heard.append])
    error = [event["mm"] for event in heard if "mm" in event][-1]
    assert isinstance(error, dict)
    return error


def main() -> None:
    """Measure, print and write."""
    options = tyro.cli(Options, description=__doc__)
    heads = open_source(options.data, "train", options.subjects)
    figures: dict[str, object] = {"threads": torch.get_num_threads()}
    phases: dict[str, tuple[Phase, ...]] = {"ours": ("template", "stages", "end"), "reference": ("end",)}
    for name, config in recipes(options).items():
        for phase in phases[name]:
            figures[f"{name}, {phase}"] = timed(config, heads, phase, options.steps)
            print(name, phase, figures[f"{name}, {phase}"], flush=True)
        if options.minutes:
            with tempfile.TemporaryDirectory() as folder:
                figures[f"{name}, held out mm"] = learnt(config, Path(folder))
            print(name, figures[f"{name}, held out mm"], flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
