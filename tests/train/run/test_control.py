"""A run hears requests, holds its lock, and is looked at before it starts."""

import io
import signal
import threading
from dataclasses import fields, replace

import pytest

from facewright.core.errors import FacewrightError
from facewright.core.network.config import NetworkConfig
from facewright.train.config import LossWeights, TrainConfig
from facewright.train.config_help import field_help
from facewright.train.data.heads import open_source
from facewright.train.run.control import Control, ask, asked, is_running
from facewright.train.run.events import JsonLines
from facewright.train.run.preflight import look
from tests.train.small_run import small_config


@pytest.fixture(scope="module")
def config(ict_folder):
    return small_config(f"ict:{ict_folder}", steps=None, subjects=2, minutes=30.0)


@pytest.fixture(scope="module")
def heads(config):
    return open_source(config.data, "train", config.subjects)


@pytest.fixture
def read_once(monkeypatch, heads):
    """The pre-flight check with heads that were read already: that takes seconds."""
    monkeypatch.setattr("facewright.train.run.preflight.training_heads", lambda config: heads)


def test_a_request_reaches_the_run_and_is_gone_with_it(tmp_path):
    with Control(tmp_path) as control:
        assert not control.should_stop()
        ask(tmp_path, "stop")
        assert asked(tmp_path) == "stop"
        assert wait_for(control.should_stop)
    assert asked(tmp_path) is None


def test_a_look_tells_at_once_that_a_folder_cannot_be_written(config, tmp_path, monkeypatch):
    monkeypatch.setattr("facewright.train.run.preflight.training_heads", lambda config: pytest.fail("heads were read"))
    (tmp_path / "file").touch()
    with pytest.raises(FacewrightError, match="is a file"):
        look(config, tmp_path / "file" / "run")


def test_a_request_that_comes_before_the_run_is_heard(tmp_path):
    ask(tmp_path, "pause")
    with Control(tmp_path) as control:
        assert wait_for(control.is_paused)


def wait_for(condition, seconds=30.0):
    waited = threading.Event()
    while seconds > 0 and not condition():
        waited.wait(0.02)
        seconds -= 0.02
    return condition()


def test_a_paused_run_may_go_on(tmp_path):
    with Control(tmp_path) as control:
        ask(tmp_path, "pause")
        assert wait_for(control.is_paused)
        assert not control.should_stop()
        ask(tmp_path, None)
        assert wait_for(lambda: not control.is_paused())


def test_ctrl_c_stops(tmp_path):
    handler = signal.getsignal(signal.SIGINT)
    with Control(tmp_path) as control:
        signal.raise_signal(signal.SIGINT)
        assert control.should_stop()
    assert signal.getsignal(signal.SIGINT) is handler
    assert not is_running(tmp_path)


def test_one_process_trains_in_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("facewright.train.run.control._HOLD_S", 0.1)
    assert not is_running(tmp_path)
    with Control(tmp_path):
        assert is_running(tmp_path)
        with pytest.raises(FacewrightError, match="Another process"), Control(tmp_path):
            pass
    assert not is_running(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(FacewrightError, match="choose another folder"), Control(tmp_path / "file" / "run"):
        pass


def test_a_reader_that_goes_away_does_not_end_the_run():
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    listener = JsonLines(Gone())
    listener({"event": "step"})
    listener({"event": "step"})


def test_what_a_run_needs_is_told_before_it_starts(config, read_once, tmp_path):
    found = look(config, tmp_path / "runs" / "first")
    assert (found.data, found.subjects, found.expressions, found.unit) == ("ICT-FaceKit", 2, 17, "cm")
    assert found.minutes == 30.0
    assert found.problems == ()
    assert 500 < found.memory_mb < 3000
    assert 0 < found.disk_mb < found.free_disk_mb
    assert look(replace(config, steps=10), tmp_path).minutes is None


def test_what_stands_in_the_way_is_a_problem(config, read_once, tmp_path, monkeypatch):
    monkeypatch.setattr("facewright.train.run.preflight._free_memory_mb", lambda device: 100)
    monkeypatch.setattr("facewright.train.run.preflight._free_disk_mb", lambda run: 0)
    with pytest.raises(FacewrightError, match="0 MB are free: choose another place"):  # the network's weights alone
        look(config, tmp_path)
    monkeypatch.setattr("facewright.train.run.preflight._both_mb", lambda state, model: int(state > model))
    problems = look(config, tmp_path).problems
    for problem, word in zip(problems, ("fewer subjects", "another place"), strict=True):
        assert word in problem


def test_heads_in_neutral_alone_may_be_trained_on_as_the_command_line_does(config, heads, tmp_path, monkeypatch):
    still = replace(heads, vertices=heads.vertices[:, :1], expressions=("neutral",))
    monkeypatch.setattr("facewright.train.run.preflight.training_heads", lambda *_: still)
    found = look(config, tmp_path)
    assert (found.expressions, found.problems) == (1, ())


@pytest.mark.parametrize("kind", [TrainConfig, LossWeights, NetworkConfig])
def test_every_field_is_explained(kind):
    unexplained = {field.name for field in fields(kind)} - set(field_help(kind))
    assert unexplained <= {"network", "weights"}
    assert all(text.endswith(".") for text in field_help(kind).values())
