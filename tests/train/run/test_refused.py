"""What a run that is refused leaves: nothing that it made, and all that was there."""

import json
import signal
import sys

import pytest

from facewright.core.errors import FacewrightError
from facewright.train.command_line import main
from facewright.train.config import CONFIG
from facewright.train.run.checkpoint import EVENTS
from facewright.train.run.control import LOCK, Control
from facewright.train.run.refused import nothing_left
from tests.train.plain_head import folder_of
from tests.train.small_run import small_config


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return folder_of(18, range(2), tmp_path_factory.mktemp("heads"))


@pytest.fixture
def run(monkeypatch, capsys):
    """The command in this process: its exit status and what it wrote on standard error."""
    handler = signal.getsignal(signal.SIGINT)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["train", "run", *map(str, arguments)])
        return main(), capsys.readouterr().err

    yield call
    signal.signal(signal.SIGINT, handler)


def few_minutes(source, at):
    """A configuration whose time is too short for a head to come of it."""
    small_config(source, steps=None, subjects=2, minutes=1e-4).save(at)
    return at


def test_too_few_minutes_leave_nothing(run, source, tmp_path):
    config, folder = few_minutes(source, tmp_path / "wanted.json"), tmp_path / "runs" / "first"
    status, told = run(config, "--out", folder)
    assert status == 1
    assert "too few for a head" in told
    assert [file.name for file in tmp_path.iterdir()] == ["wanted.json"]


def test_a_folder_that_was_there_stays_with_what_was_in_it(run, source, tmp_path):
    config, folder = few_minutes(source, tmp_path / "wanted.json"), tmp_path / "runs" / "first"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert run(config, "--out", folder)[0] == 1
    assert [file.name for file in folder.iterdir()] == ["notes.txt"]
    (folder / "notes.txt").unlink()
    assert run(config, "--out", folder)[0] == 1
    assert [*folder.iterdir()] == []


def test_tensorboards_files_go_too(run, source, tmp_path):
    pytest.importorskip("tensorboardX")
    config, folder = few_minutes(source, tmp_path / "wanted.json"), tmp_path / "first"
    assert run(config, "--out", folder, "--tensorboard")[0] == 1
    assert not folder.exists()


def test_a_run_that_was_begun_keeps_its_folder_when_it_is_refused_later(run, source, tmp_path):
    """As one that was killed while it read: only its configuration is there."""
    folder = tmp_path / "first"
    folder.mkdir()
    few_minutes(source, folder / CONFIG)
    assert run("--resume", folder)[0] == 1
    assert json.loads((folder / CONFIG).read_text(encoding="utf-8"))["minutes"] == 1e-4
    status, told = run("--resume", folder, "--steps", 2)
    assert (status, "Training finished" in told) == (0, True)


class Killed(BaseException):
    """As by the system."""


def ending(run, error, *names):
    """Work in a run's folder that makes files and ends with an error."""
    with nothing_left(run):
        run.mkdir(exist_ok=True)
        for name in names:
            (run / name).write_text("", encoding="utf-8")
        raise error


def left(run):
    return {file.name for file in run.iterdir()}


def test_a_run_that_learns_and_fails_keeps_its_folder(tmp_path):
    with pytest.raises(FacewrightError):
        ending(tmp_path / "run", FacewrightError("The training diverged."), CONFIG, EVENTS)
    assert left(tmp_path / "run") == {CONFIG, EVENTS}


def test_only_refusals_take_anything_away(tmp_path):
    with pytest.raises(Killed):
        ending(tmp_path / "run", Killed(), EVENTS)
    assert left(tmp_path / "run") == {EVENTS}


def test_where_another_process_trains_nothing_is_taken(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    with Control(run):
        with pytest.raises(FacewrightError):
            ending(run, FacewrightError("There are no heads."), EVENTS)
        assert left(run) == {LOCK, EVENTS}
