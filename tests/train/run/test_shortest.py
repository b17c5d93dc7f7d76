"""Runs that are too short are refused before heads are read, by the time that steps take here."""

from dataclasses import replace

import pytest
import torch

from facewright.train.loop import train
from facewright.train.run.preflight import look
from facewright.train.run.shortest import TooShort, require_time, step_seconds
from facewright.train.schedule import LEAST
from tests.train.small_run import SMALL, small_config

CPU = torch.device("cpu")


@pytest.fixture
def config(monkeypatch):
    for module in ("loop", "run.preflight"):
        monkeypatch.setattr(f"facewright.train.{module}.training_heads", lambda *_: pytest.fail("heads were read"))
    return small_config("folder:/heads", None, minutes=1e-4)


def test_too_few_minutes_are_refused_before_heads_are_read(config, tmp_path):
    for refused in (lambda: train(config, tmp_path / "run"), lambda: look(config, tmp_path / "run")):
        with pytest.raises(TooShort, match=r"too few for a head.*--minutes"):
            refused()
    assert [*tmp_path.iterdir()] == []


def test_what_is_called_enough_is_enough(config):
    with pytest.raises(TooShort) as error:
        require_time(config, CPU)
    minutes, least, enough = (float(str(error.value.told[name])) for name in ("minutes", "least", "enough"))
    assert minutes == 1e-4 < least < enough
    require_time(replace(config, minutes=1e3 * enough), CPU)
    require_time(replace(config, steps=1), CPU)


@pytest.mark.parametrize("network", [SMALL, replace(SMALL, stages=(), windows=False)])
def test_every_phase_has_terms_to_be_timed(config, network):
    config = replace(config, network=network)
    assert all(step_seconds(config, CPU, phase) > 0.0 for phase in LEAST)


def test_without_memory_nothing_is_refused(config, monkeypatch):
    def scarce(*_):
        raise torch.OutOfMemoryError("no memory")

    monkeypatch.setattr("facewright.train.run.shortest._losses", scarce)
    require_time(config, CPU)
