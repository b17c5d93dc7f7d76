"""The table of drafts, made in the background: the program's end does not wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
from time import sleep
import numpy as np
from tests.core.tiny_model import FRAME, tiny_model
from facewright.core.field.draft import Draft

def slow(points):
    sleep(2.0)
    return np.ones(len(points), np.float32)

Draft(tiny_model().network, slow, FRAME.radius_mm, "0").ready()
"""


def test_a_program_that_ends_takes_no_further_piece_of_it(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, timeout=120, check=False
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, b"", b"")
    assert not list(tmp_path.glob("table-*"))
