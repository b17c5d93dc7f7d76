"""When a run is measured on unseen heads: never, every so often, and no more where there are none."""

from dataclasses import replace

import pytest

from facewright.core.errors import FacewrightError
from facewright.train.data.heads import open_source
from facewright.train.run.monitor import Monitor
from facewright.train.trainer import Trainer
from facewright.train.workers import Workers
from tests.train.plain_head import folder_of
from tests.train.small_run import small_config


@pytest.fixture(scope="module")
def trainer(tmp_path_factory):
    """A trainer on a folder of so few heads that none are left to be measured on."""
    heads = open_source(folder_of(18, range(2), tmp_path_factory.mktemp("plain")))
    return Trainer(small_config(heads.source), heads, Workers())


@pytest.mark.parametrize(("seconds", "wanted", "due"), [(0.0, False, False), (3600.0, True, False), (1e-9, True, True)])
def test_it_is_time_after_the_seconds_of_the_configuration(trainer, seconds, wanted, due):
    trainer.config = replace(trainer.config, held_out_seconds=seconds)
    monitor = Monitor(trainer, lambda: False)
    assert (monitor.wanted, monitor.due) == (wanted, due)


def test_without_unseen_heads_that_is_said_once_and_nothing_is_wanted_any_more(trainer):
    trainer.config = replace(trainer.config, held_out_seconds=1e-9)
    monitor = Monitor(trainer, lambda: False)
    with pytest.raises(FacewrightError, match="too few subjects"):
        monitor.measure()
    assert not monitor.wanted
    assert not monitor.due
