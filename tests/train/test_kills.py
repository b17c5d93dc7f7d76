"""A run that is killed at any moment loses nothing but the steps since its last checkpoint."""

import json
import subprocess
import sys

import pytest

from tests import ROOT


@pytest.mark.skipif(sys.platform == "win32", reason="its processes are forked")
def test_a_killed_run_ends_in_the_state_of_one_left_alone(plain_source):
    """`python -m tests.bench.kills --kills 20` is the whole trial."""
    options = ["--data", plain_source, "--kills", "3", "--steps", "12"]
    bench = [sys.executable, "-m", "tests.bench.kills", *options]
    done = subprocess.run(bench, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1])["kills"] == 3
