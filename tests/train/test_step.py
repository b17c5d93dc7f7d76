"""A step that is recorded once a phase and replayed learns what one learns that is told every time."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from facewright.train.data.heads import open_source
from facewright.train.run import shortest
from facewright.train.schedule import LEAST
from facewright.train.step import TrainingStep
from facewright.train.trainer import Trainer
from facewright.train.workers import Workers
from tests.train.small_run import small_config
from tests.train.tape import recorder

STEPS = 24
"""Of which each phase has eight: three before it is recorded, one then, four of replaying."""


@pytest.fixture(scope="module")
def config(plain_source):
    return small_config(plain_source, STEPS, template_share=1 / 3, stage_share=1 / 3, heads=8)


@pytest.fixture(scope="module")
def heads(config):
    return open_source(config.data, "train", config.subjects)


def learnt(config, heads):
    """The losses of every step, what was told, and the trainer afterwards."""
    trainer = Trainer(config, heads, Workers())
    told: list[str] = []
    trainer.told = told.append
    losses = [(trainer.phase, trainer.step(lambda *_: None)()) for _ in range(STEPS)]
    return losses, told, trainer


@pytest.fixture(scope="module")
def plain(config, heads):
    return learnt(config, heads)


def test_a_step_that_is_replayed_has_the_losses_and_weights_of_one_that_is_not(plain, config, heads, monkeypatch):
    monkeypatch.setattr("facewright.train.device.recorder", recorder)
    losses, told, trainer = learnt(config, heads)
    assert told == []
    assert losses == plain[0]
    assert {phase for phase, _ in losses} == {"template", "stages", "end"}
    for module, other in ((trainer.network, plain[2].network), (trainer.tables, plain[2].tables)):
        for name, tensor in module.state_dict().items():
            assert torch.equal(tensor, other.state_dict()[name]), name


def test_what_cannot_be_recorded_is_told_and_learnt_all_the_same(plain, config, heads, monkeypatch):
    def refuses(work, generator):
        raise RuntimeError("operation not permitted when stream is capturing\nmore")

    monkeypatch.setattr("facewright.train.device.recorder", lambda device: refuses)
    losses, told, _ = learnt(config, heads)
    assert losses == plain[0]
    assert "slower: operation not permitted when stream is capturing" in told[0]


@pytest.mark.parametrize("work", ["_draw", "_learn"])
def test_what_reads_what_could_not_be_recorded_is_not_replayed(work, plain, config, heads, monkeypatch):
    """For what it reads lies elsewhere in every step."""

    def refuses_one(device):
        record = recorder(device)

        def recorded(own, generator):
            if own.__name__ == work:
                raise RuntimeError("out of memory while capturing")
            return record(own, generator)

        return recorded

    monkeypatch.setattr("facewright.train.device.recorder", refuses_one)
    losses, told, _ = learnt(config, heads)
    assert losses == plain[0]
    assert len(told) == 3  # once in each phase


def test_a_step_that_is_replayed_after_memory_ran_out_learns_what_one_does_that_is_not(config, heads, monkeypatch):
    """As it does in the second step, for which the first has left moments."""
    learn = TrainingStep._losses

    def scarce(step, share):
        if step.portions == 1 and step._trainer.steps == 1:
            raise torch.OutOfMemoryError("no memory")
        return learn(step, share)

    monkeypatch.setattr(TrainingStep, "_losses", scarce)
    losses, _, trainer = learnt(config, heads)
    assert trainer.portions == 2
    monkeypatch.setattr("facewright.train.device.recorder", recorder)
    assert learnt(config, heads)[0] == losses


def test_a_run_that_goes_on_in_a_phase_does_not_end_it_before_it_knows_its_error(config, heads):
    trainer = Trainer(replace(config, steps=None, minutes=3.0), heads, Workers())
    trainer.steps, trainer.seconds = LEAST["template"] + 50, 61.0  # as restored; the template has one minute of three
    assert not trainer.phase_is_over()
    trainer.seconds = 121.0
    assert trainer.phase_is_over()  # however long it takes


def test_what_is_timed_before_heads_are_read_are_the_terms_of_a_step(config, plain):
    """But for those that take next to no time."""
    quick = {"generated_landmarks", "deformed_landmarks", "graft"}
    network, device = plain[2].network, torch.device("cpu")
    for (_, losses), (phase, _) in pairwise(plain[0]):
        assert set(shortest._losses(network, config, device, phase)) == losses.keys() - quick, phase
