"""The real program started in a folder that holds code of its own: none of it is run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from facewright.core.isolated import module_command
from facewright.core.model import model_file
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
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )


@needs_display
def test_the_editor_and_all_that_it_starts(elsewhere: Path, tmp_path: Path) -> None:
    model = tmp_path / "tiny.safetensors"
    model_file.save(tiny_model(), model)
    command = module_command("tests.e2e.drive_elsewhere", str(model), str(tmp_path / "run"))
    process = run_in(elsewhere, command)
    assert process.returncode == 0, process.stderr
    facts = json.loads(process.stdout)
    assert not sprung(elsewhere)
    assert facts["worker"] == 0
    assert "nowhere" in facts["check"]


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
