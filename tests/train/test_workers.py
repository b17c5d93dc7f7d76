"""Two processes learn what one does, and go on after one of them was killed."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from train.checkpoint import EVENTS

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its processes are forked")


@pytest.fixture(scope="module")
def runs(ict_folder, tmp_path_factory):
    """The events of a run by one process and of one by two, one of which was killed."""
    folder = tmp_path_factory.mktemp("workers")
    drive = [sys.executable, "-m", "tests.train.drive_workers", f"ict:{ict_folder}", str(folder)]
    done = subprocess.run(drive, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return tuple(
        [json.loads(line) for line in (folder / run / EVENTS).read_text(encoding="utf-8").splitlines()]
        for run in ("alone", "two")
    )


def losses(events, phases):
    """Losses of every step of some phases; of a step that was taken twice the later ones."""
    return {e["step"]: e["losses"] for e in events if e["event"] == "step" and e["phase"] in phases}


@pytest.mark.xfail(reason="two processes come near one, but not yet to 1e-5 in all phases", strict=False)
@pytest.mark.parametrize("phases", [("template", "stages"), ("end",)])
def test_two_processes_have_the_losses_of_one(runs, phases):
    alone, two = (losses(events, phases) for events in runs)
    assert alone
    assert two.keys() == alone.keys()
    for step, expected in alone.items():
        assert two[step].keys() == expected.keys()
        np.testing.assert_allclose(list(two[step].values()), list(expected.values()), rtol=1e-5, atol=1e-5)


def test_a_job_of_which_a_process_was_killed_starts_again_from_its_checkpoint(runs):
    _, two = runs
    ready = [event["step"] for event in two if event["event"] == "ready"]
    assert ready[0] == 0
    assert 0 < ready[1] <= 33
    assert two[-1]["event"] == "end"
    assert two[-1]["progress"] == 1.0
