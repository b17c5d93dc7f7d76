"""Trains alone, then with two workers of which one is killed on the way: `drive_workers.py DATA FOLDER`.

The workers are started as torchrun starts them, by its own library, but forked from here, where all is imported and
the heads are read. In FOLDER are then the runs `alone` and `two`.
"""

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from unittest.mock import patch

import torch
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from tests.train.small_run import reading_once, small_config
from train.loop import train
from train.trainer import Trainer
from train.workers import Workers

KILLED_AT = 33
"""A step of the two workers' run, out of 50."""


def run(config, folder):
    workers = Workers.join()
    again = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0
    learn = Trainer.step

    def step(trainer, *args):
        if workers.rank == 1 and not again and trainer.steps == KILLED_AT:
            os.kill(os.getpid(), signal.SIGKILL)
        return learn(trainer, *args)

    with patch.object(Trainer, "step", step):
        train(config, folder, again, report_seconds=0.0, workers=workers)
    workers.leave()


def main():
    torch.set_num_threads(1)
    data, folder = sys.argv[1], Path(sys.argv[2])
    config = small_config(
        data, 50, heads=8, template_share=0.2, stage_share=0.5, checkpoint_seconds=1.0, learning_rate=7e-5
    )
    with reading_once(config):
        alone = multiprocessing.get_context("fork").Process(target=run, args=(config, folder / "alone"))
        alone.start()
        alone.join()
        launch = LaunchConfig(
            min_nodes=1, max_nodes=1, nproc_per_node=2, max_restarts=1, start_method="fork", monitor_interval=0.1,
            rdzv_backend="c10d", rdzv_endpoint="localhost:0", run_id="two",
        )  # fmt: skip
        elastic_launch(launch, run)(config, folder / "two")


if __name__ == "__main__":
    main()
