"""Two processes learn what one does, and go on after one of them was killed."""

import json
import subprocess
import sys
from dataclasses import asdict

import pytest

from facewright.train.config import LossWeights
from facewright.train.run.checkpoint import EVENTS
from tests import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its processes are forked")


@pytest.fixture(scope="module")
def runs(plain_source, tmp_path_factory):
    """The events of each run that `drive_workers` makes, by its name."""
    folder = tmp_path_factory.mktemp("workers")
    drive = [sys.executable, "-m", "tests.train.drive_workers", plain_source, str(folder)]
    done = subprocess.run(drive, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return {
        run.name: [json.loads(line) for line in (run / EVENTS).read_text(encoding="utf-8").splitlines()]
        for run in folder.iterdir()
    }


def losses(events):
    """Every step's weighted loss; of a step that was taken twice the later one."""
    weights = asdict(LossWeights())
    return {
        event["step"]: sum(weights[name.partition("/")[0]] * value for name, value in event["losses"].items())
        for event in events
        if event["event"] == "step"
    }


def apart(events, others):
    """How far each step's loss is from the others', as a share of it."""
    losses_, theirs = losses(events), losses(others)
    assert list(losses_) == list(range(1, 51))
    assert theirs.keys() == losses_.keys()
    return [abs(theirs[step] - loss) / loss for step, loss in losses_.items()]


def test_two_processes_have_the_loss_of_one_that_learns_in_halves(runs):
    assert max(apart(runs["halves"], runs["two"])) < 1e-5


def test_two_processes_have_the_loss_of_one_that_learns_at_once(runs):
    differences = apart(runs["alone"], runs["two"])
    assert max(differences[:12]) < 1e-5  # the template, and two steps of the stages
    assert max(differences) < 1e-3  # Adam, whose first steps are as long for any gradient, magnifies rounding


def test_a_job_of_which_a_process_was_killed_starts_again_from_its_checkpoint(runs):
    two = runs["two"]
    ready = [event["step"] for event in two if event["event"] == "ready"]
    assert ready[0] == 0
    assert 0 < ready[1] <= 33
    assert two[-1]["event"] == "end"
    assert two[-1]["progress"] == 1.0


def test_all_stop_before_the_first_step_when_one_is_asked_to(runs):
    kinds = [event["event"] for event in runs["stopped"]]
    assert [kind for kind in kinds if kind != "preparation"] == ["begin", "end"]


def test_all_stop_when_the_first_is_asked_to_while_it_measures(runs):
    end = runs["measured"][-1]
    assert end["event"] == "end"
    assert 0 < end["step"] < 50
