"""Compiled kernels are kept where one may write, and Facewright runs where that is nowhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from facewright.core import kernel_cache


@pytest.fixture
def unset(monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)


@pytest.fixture
def beside(monkeypatch, tmp_path):
    """Sources in a folder of the test's own, with the user's cache beside it."""
    core = tmp_path / "core"
    (core / "surface").mkdir(parents=True)
    (core / "surface" / "kernels.py").write_text("first")
    monkeypatch.setattr(kernel_cache, "_CORE", core)
    monkeypatch.setattr(kernel_cache, "_user_cache", lambda: tmp_path / "user")
    return core


def chosen(monkeypatch):
    kernel_cache.choose_cache()
    place = Path(os.environ["NUMBA_CACHE_DIR"])
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    return place


def test_each_state_of_the_sources_has_a_folder_beside_them(monkeypatch, unset, beside):
    first = chosen(monkeypatch)
    assert first.parent == beside / "__pycache__"
    assert chosen(monkeypatch) == first
    (beside / "surface" / "kernels.py").write_text("second")
    second = chosen(monkeypatch)
    assert second.is_dir()
    assert not first.exists()


def test_a_read_only_installation_uses_the_users_cache(monkeypatch, unset, beside, tmp_path):
    monkeypatch.setattr(kernel_cache, "_is_writable", lambda folder: tmp_path / "user" in folder.parents)
    assert chosen(monkeypatch).parent == tmp_path / "user"


def test_what_the_environment_says_is_left_alone(monkeypatch, beside):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/somewhere")
    kernel_cache.choose_cache()
    assert os.environ["NUMBA_CACHE_DIR"] == "/somewhere"
    assert not (beside / "__pycache__").exists()


def test_without_a_home_kernels_are_compiled_for_one_process(tmp_path):
    """The real thing, in a process that finds nothing of its own to write to but the folder for temporary files."""
    program = (
        "import os; import facewright.core.kernel_cache as k; del os.environ['NUMBA_CACHE_DIR']\n"
        "k._is_writable = lambda folder: False; k.choose_cache()\n"
        "import numpy as np; from facewright.core.normals import vertex_normals\n"
        "points, faces = np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], dtype=np.int32)\n"
        "print(vertex_normals(points, faces).shape[0], os.environ['NUMBA_CACHE_DIR'])"
    )
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"} | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, text=True, check=False,
        capture_output=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    answer, place = done.stdout.split()
    assert answer == "3"
    assert place.startswith(str(tmp_path))
    assert not Path(place).exists()
