"""What a run says that diverges, and what it leaves."""

from dataclasses import replace

import pytest
import torch

from facewright.core.errors import FacewrightError
from facewright.train.loop import train
from facewright.train.run.checkpoint import STATE
from facewright.train.run.monitor import Monitor
from facewright.train.trainer import Trainer
from tests.train.small_run import reading_once, small_config


@pytest.fixture(scope="module")
def config(plain_source):
    config = small_config(plain_source, 10, template_share=0.2, stage_share=0.4)
    with reading_once(config):
        yield config


@pytest.mark.parametrize(("saved", "told"), [(1e-3, "checkpoint of step 2 is intact"), (60.0, "no checkpoint yet")])
def test_a_training_that_diverges_says_what_there_is_to_go_on_from(config, tmp_path, monkeypatch, saved, told):
    step = Trainer.step

    def diverges(trainer, *given):
        values = step(trainer, *given)
        if trainer.steps == 3:
            next(trainer.network.parameters()).data.fill_(torch.nan)
        return values

    monkeypatch.setattr(Trainer, "step", diverges)
    run = tmp_path / "run"
    with pytest.raises(FacewrightError, match=rf"diverged.*{told}.*--resume"):
        train(replace(config, checkpoint_seconds=saved, held_out_seconds=1e-3), run)
    assert (run / STATE).exists() == (saved < 1.0)


def test_a_checkpoint_that_could_not_be_resumed_from_is_not_written(config, tmp_path, monkeypatch):
    step = Trainer.step

    def overflows(trainer, *given):
        values = step(trainer, *given)
        next(iter(trainer.optimizer.state.values()))["exp_avg_sq"].fill_(torch.inf)
        return values

    monkeypatch.setattr(Trainer, "step", overflows)
    with pytest.raises(FacewrightError, match=r"diverged.*no checkpoint yet"):
        train(replace(config, checkpoint_seconds=1e-3), tmp_path / "run")
    assert not (tmp_path / "run" / STATE).exists()


def test_fields_that_are_no_numbers_are_a_training_that_diverged(config, tmp_path, monkeypatch):
    def fails(_):
        raise ZeroDivisionError

    monkeypatch.setattr(Monitor, "measure", fails)
    with pytest.raises(FacewrightError, match=r"diverged.*no checkpoint yet"):
        train(replace(config, held_out_seconds=60.0), tmp_path / "run")
