"""Steps of two processes beside those of one, on the same cores: `python -m tests.bench.workers --data ict:FOLDER`.

Three trainings stand ready: one process of one thread, one of as many threads as there are cores, and two processes of
one thread each, as `torchrun` starts them. They take some steps in turn, round after round, so that what else the
machine does slows all of them alike; given are steps a second by the median step.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
import tyro

from facewright.train.config import TrainConfig
from facewright.train.data.heads import open_source
from facewright.train.sampling.pool import SamplePool
from facewright.train.trainer import Trainer
from facewright.train.workers import Workers
from tests.bench.gpu_training import plain_heads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.train.schedule import Phase


@dataclass(frozen=True)
class Options:
    """What to measure."""

    data: str | None = None
    """Source of heads, such as ict:FOLDER; by default plain ones that are made for this."""
    subjects: int | None = 10
    phases: tuple[Literal["stages", "end"], ...] = ("stages", "end")
    heads: int = 32
    rounds: int = 5
    steps: int = 10
    """Steps of each training in a round, after two that are not timed: it has slept while others worked."""
    stage_points: int = 160
    json: Path | None = None


class Job:
    """A training of some processes that take steps when told to."""

    def __init__(self, options: Options, data: str, phase: Phase, processes: int, threads: int) -> None:
        """Start its processes, each with so many threads."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        asked = json.dumps([data, options.subjects, phase, options.heads, options.stage_points])
        job = {"WORLD_SIZE": str(processes), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.bench.workers", "--ready", asked],
                env={**os.environ, **job, "RANK": str(k), "LOCAL_RANK": str(k), "OMP_NUM_THREADS": str(threads)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for k in range(processes)
        ]

    def seconds(self, steps: int) -> list[float]:
        """What steps of the slowest process take, s; 0 steps to wait until it is ready."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{steps}\n")
            process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for process in self._processes if process.stdout is not None]
        return [max(each) for each in zip(*answers, strict=True)]

    def close(self) -> None:
        """End its processes."""
        for process in self._processes:
            process.communicate("0\n-1\n")


def measure(options: Options, data: str) -> dict[str, float]:
    """Steps a second by PHASE.PROCESSESxTHREADS, and PHASE.ratio: of two processes to the better one process."""
    cores = os.cpu_count() or 1
    kinds = list(dict.fromkeys([(1, 1), (1, cores), (2, max(cores // 2, 1))]))
    figures: dict[str, float] = {}
    for phase in options.phases:
        with ExitStack() as stack:
            jobs = {kind: Job(options, data, phase, *kind) for kind in kinds}
            for job in jobs.values():
                stack.callback(job.close)
            for job in jobs.values():
                job.seconds(0)
            print(f"{phase}: ready", flush=True)
            took: dict[tuple[int, int], list[float]] = {kind: [] for kind in kinds}
            for _ in range(options.rounds):
                for kind, job in jobs.items():
                    took[kind] += job.seconds(options.steps + 2)[2:]
        rates = {kind: 1.0 / statistics.median(seconds) for kind, seconds in took.items()}
        figures |= {f"{phase}.{processes}x{threads}": rates[processes, threads] for processes, threads in kinds}
        figures[f"{phase}.ratio"] = rates[kinds[-1]] / max(rates[kind] for kind in kinds[:-1])
    return figures


def answer(data: str, subjects: int | None, phase: Phase, heads: int, points: int) -> None:
    """Be a process of a job: take as many steps as each line says, and answer with their seconds."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    workers = Workers.join()
    config = TrainConfig(data, device="cpu", minutes=1e9, heads=heads, stage_points=points)
    trainer = Trainer(replace(config, subjects=subjects), open_source(data, "train", subjects), workers)
    trainer.enter(phase)
    if phase == "end":
        trainer.pool = SamplePool.blank(trainer.heads, config, template=False)
    taken(trainer, 2)
    for line in sys.stdin:
        if int(line) < 0:
            break
        print(json.dumps(taken(trainer, int(line))), flush=True)
    workers.leave()


def taken(trainer: Trainer, steps: int) -> list[float]:
    """Take steps; their seconds."""
    seconds = []
    for _ in range(steps):
        began = time.perf_counter()
        trainer.step(lambda *_: None)
        seconds.append(time.perf_counter() - began)
    return seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--ready"]:
        return answer(*json.loads(arguments[1]))
    options = tyro.cli(Options, args=arguments, description=__doc__)
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(options, options.data or plain_heads(Path(folder)))
    for name, value in figures.items():
        print(f"{name:16s} {value:6.2f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return None


if __name__ == "__main__":
    main()
