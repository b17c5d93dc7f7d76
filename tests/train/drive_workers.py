"""Trains alone, at once and in halves, and with two workers of which one is killed: `drive_workers.py DATA FOLDER`.

The workers are started, and started again, as torchrun does it, but forked from here, where all is imported and the
heads are read. In FOLDER are then the runs `alone`, `halves` and `two`, and two workers' `stopped` and `measured`, of
which the first alone heard that they should stop: while they prepare, and while it measures.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import torch
import torch._dynamo  # as every optimiser does: here once for all processes that are forked

from facewright.train.code_tables import RowExchange, RowGradients
from facewright.train.gradients import Gradients
from facewright.train.loop import train
from facewright.train.run.monitor import Monitor
from facewright.train.trainer import Trainer
from facewright.train.workers import Workers
from tests.train.small_run import reading_once, small_config

FORK = multiprocessing.get_context("fork")

NEVER = threading.Event()

KILLED_AT = 33
"""A step of the two workers' run, out of 50."""


def run(config, folder, portions=1, stop=NEVER):
    workers = Workers.join()
    again = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0
    learn = Trainer.step

    def step(trainer, *args):
        if workers.rank == 1 and not again and trainer.steps == KILLED_AT:
            os.kill(os.getpid(), signal.SIGKILL)
        trainer.portions = portions
        return learn(trainer, *args)

    with patch.object(Trainer, "step", step):
        train(config, folder, again, should_stop=stop.is_set, report_seconds=0.0, workers=workers)
    workers.leave()


def gradients(*_):
    """Exchange gradients of rows, and average a buffer that is sent piece by piece while it is made."""
    workers = Workers.join()
    own = {"owner": RowGradients(torch.tensor([3, 3 + 2 * workers.rank]), torch.ones(2, 4))}
    rows, values = RowExchange(workers)(own)["owner"]
    assert rows.tolist() == [[3, 3], [3, 5]]
    assert values.tolist() == [[[0.5] * 4] * 2] * 2
    torch.manual_seed(0)
    first, wide, last = (torch.nn.Linear(1100, 1100) for _ in range(3))
    layers = torch.nn.Sequential(first, wide, last, torch.nn.Linear(5, 5))
    alone = deepcopy(layers)
    alone[:3](torch.ones(1, 1100)).sum().backward()
    found = Gradients(list(layers.parameters()), workers, [wide])
    for scale in (1.0, 3.0):
        found.clear()
        (scale * (workers.rank + 1) * layers[:3](torch.ones(1, 1100)).sum()).backward()
        found.average()
        for weight, expected in zip(layers[:3].parameters(), alone[:3].parameters(), strict=True):
            assert weight.grad is not None
            assert expected.grad is not None
            torch.testing.assert_close(weight.grad, 1.5 * scale * expected.grad, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(layers[3].get_parameter("bias").grad, torch.zeros(5))
    workers.leave()


def started(config=None, folder=None, again=False, stop=NEVER, work=run):
    """Two workers in the environment that torchrun gives them; `stop` is the first one's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    job = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    job["TORCHELASTIC_RESTART_COUNT"] = str(int(again))
    workers = []
    for rank in range(2):
        with patch.dict(os.environ, {**job, "RANK": str(rank), "LOCAL_RANK": str(rank)}):
            asked = stop if rank == 0 else NEVER
            workers.append(FORK.Process(target=work, args=(config, folder, 1, asked)))
            workers[-1].start()
    return workers


def finish(workers):
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0


def main():
    torch.set_num_threads(1)
    finish(started(work=gradients))
    data, folder = sys.argv[1], Path(sys.argv[2])
    config = small_config(
        data, 50, heads=8, template_share=0.2, stage_share=0.5, checkpoint_seconds=0.1, learning_rate=7e-5
    )
    with reading_once(config):
        for name, portions in (("alone", 1), ("halves", 2)):
            alone = FORK.Process(target=run, args=(config, folder / name, portions))
            alone.start()
            alone.join()
        first, killed = started(config, folder / "two")
        killed.join()
        first.kill()
        first.join()
        finish(started(config, folder / "two", again=True))
        stop = threading.Event()

        def read(monitor):
            stop.set()
            NEVER.wait(60.0)

        with patch.object(Monitor, "_read", read):
            finish(started(replace(config, held_out_seconds=1e-3), folder / "measured", stop=stop))
        stop.set()
        finish(started(config, folder / "stopped", stop=stop))


if __name__ == "__main__":
    main()
