"""Kills a training run, kill -9, at random moments: `python -m tests.bench.kills --data ict:FOLDER --kills 20`.

Every time the run is resumed; at the end its state must be, to the bit, that of a run that was left alone. Checkpoints
are written after every step, so that about half of the moments fall into the writing of one. For systems with fork.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch._dynamo  # as every optimiser does: here once for all processes that are forked
import tyro

from facewright.train.loop import train
from facewright.train.run.checkpoint import EVENTS, STATE
from facewright.train.state_file import load_state
from tests.train.small_run import reading_once, small_config

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess


@dataclass(frozen=True)
class Options:
    """What to try."""

    data: str
    """Source of heads, such as ict:FOLDER."""
    kills: int = 20
    steps: int = 60
    seed: int = 0


def killed(options: Options, folder: Path) -> dict[str, object]:
    """Train undisturbed, then kill, over and over; what came of it."""
    fork, rng = multiprocessing.get_context("fork"), random.Random(options.seed)
    config = small_config(options.data, options.steps, checkpoint_seconds=1e-3)
    moments: list[int] = []
    runs: list[bool] = []
    with reading_once(config):
        began = time.monotonic()
        _ended(fork.Process(target=train, args=(config, folder / "whole")))
        once = time.monotonic() - began
        while len(moments) < options.kills:  # a run that survives to its end is followed by another
            run = folder / f"killed{len(runs)}"
            moment = _moment(options, moments, once, rng)
            while not _ended(fork.Process(target=train, args=(config, run, True)), moment):
                moments.append(_steps(run / STATE))
                moment = _moment(options, moments, once, rng)
            runs.append(_alike(folder / "whole", run))
    return {"kills": len(moments), "steps_at_kills": moments, "runs": len(runs), "alike": all(runs)}


def _moment(options: Options, moments: list[int], once: float, rng: random.Random) -> float | None:
    """When to kill, in seconds from the start, if that is still to be done."""
    return rng.uniform(0.0, once) if len(moments) < options.kills else None


def _ended(process: ForkProcess, killed_after: float | None = None) -> bool:
    """Start a process and wait for it, or so long and kill it; whether it came to its end."""
    process.start()
    process.join(killed_after)
    if process.is_alive():
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        return False
    assert process.exitcode == 0
    return True


def _alike(whole: Path, run: Path) -> bool:
    """Whether a run ended in the very state of another, and every line of its events can be read."""
    events = [json.loads(line) for line in (run / EVENTS).read_text(encoding="utf-8").splitlines()]
    expected, found = load_state(whole / STATE)[0], load_state(run / STATE)[0]
    same = expected.keys() == found.keys() and all(torch.equal(expected[name], found[name]) for name in expected)
    return same and events[-1]["event"] == "end"


def _steps(state: Path) -> int:
    """Steps of a saved state, 0 if there is none yet."""
    return int(load_state(state)[1]["steps"]) if state.is_file() else 0


def main() -> int:
    """Try and print; the exit status is 1 if anything was lost."""
    torch.set_num_threads(1)  # threads do not survive a fork
    with tempfile.TemporaryDirectory() as folder:
        found = killed(tyro.cli(Options, description=__doc__), Path(folder))
    print(json.dumps(found))
    return 0 if found["alike"] else 1


if __name__ == "__main__":
    sys.exit(main())
