"""Trains alone, at once and in halves, then with two workers of which one is killed: `drive_workers.py DATA FOLDER`.

The workers are started, and started again, as torchrun does it, but forked from here, where all is imported and the
heads are read. In FOLDER are then the runs `alone`, `halves` and `two`.
"""

import multiprocessing
import os
import signal
import socket
import sys
from pathlib import Path
from unittest.mock import patch

import torch

from tests.train.small_run import reading_once, small_config
from train.loop import train
from train.trainer import Trainer
from train.workers import Workers

FORK = multiprocessing.get_context("fork")

KILLED_AT = 33
"""A step of the two workers' run, out of 50."""


def run(config, folder, portions=1):
    workers = Workers.join()
    again = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0
    learn = Trainer.step

    def step(trainer, *args):
        if workers.rank == 1 and not again and trainer.steps == KILLED_AT:
            os.kill(os.getpid(), signal.SIGKILL)
        trainer.portions = portions
        return learn(trainer, *args)

    with patch.object(Trainer, "step", step):
        train(config, folder, again, report_seconds=0.0, workers=workers)
    workers.leave()


def started(config, folder, again):
    """Two workers in the environment that torchrun gives them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    job = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    job["TORCHELASTIC_RESTART_COUNT"] = str(int(again))
    workers = []
    for rank in range(2):
        with patch.dict(os.environ, {**job, "RANK": str(rank), "LOCAL_RANK": str(rank)}):
            workers.append(FORK.Process(target=run, args=(config, folder)))
            workers[-1].start()
    return workers


def main():
    torch.set_num_threads(1)
    data, folder = sys.argv[1], Path(sys.argv[2])
    config = small_config(
        data, 50, heads=8, template_share=0.2, stage_share=0.5, checkpoint_seconds=1.0, learning_rate=7e-5
    )
    with reading_once(config):
        for name, portions in (("alone", 1), ("halves", 2)):
            alone = FORK.Process(target=run, args=(config, folder / name, portions))
            alone.start()
            alone.join()
        first, killed = started(config, folder / "two", again=False)
        killed.join()
        first.kill()
        first.join()
        for worker in started(config, folder / "two", again=True):
            worker.join()
            assert worker.exitcode == 0


if __name__ == "__main__":
    main()
