"""The real program in a folder full of somebody else's code: started there by `test_elsewhere.py`.

`drive_elsewhere MODEL RUN` prints JSON facts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from facewright.editor.training.check import PreflightCheck
from facewright.train.config import TrainConfig
from tests.e2e.driver import drive, the_window, wait_for

facts: dict[str, object] = {}


def session(run: Path) -> None:
    """Look at heads that are not there, in a process of ours; and start one as libraries start their workers."""
    window = the_window()
    told: list[str] = []
    check = PreflightCheck(window)
    check.failed.connect(told.append)
    check.display(TrainConfig(data="ict:nowhere"), run)
    wait_for(lambda: told, "the look at the heads")
    facts["check"] = told[0]
    worker = [sys.executable, "-c", "import json, pickle, socket, numpy"]
    facts["worker"] = subprocess.run(worker, check=False).returncode
    window.close()


if __name__ == "__main__":
    model_path, run_folder = sys.argv[1:]
    status = drive(lambda: session(Path(run_folder)), ["--model", model_path])
    sys.stdout.write(json.dumps(facts))
    sys.exit(status)
