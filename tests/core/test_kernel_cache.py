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


def test_what_is_beside_the_sources_is_left_to_numba(monkeypatch, unset):
    monkeypatch.setattr(kernel_cache, "_is_writable", lambda folder: True)
    kernel_cache.choose_cache()
    assert "NUMBA_CACHE_DIR" not in os.environ


def test_a_read_only_installation_uses_the_users_cache(monkeypatch, unset, tmp_path):
    monkeypatch.setattr(kernel_cache, "_is_writable", lambda folder: "surface" not in folder.name)
    monkeypatch.setattr(kernel_cache, "_user_cache", lambda: tmp_path)
    kernel_cache.choose_cache()
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path)
    monkeypatch.delenv("NUMBA_CACHE_DIR")


def test_without_a_home_kernels_are_compiled_for_one_process(tmp_path):
    """The real thing, in a process that finds nothing of its own to write to but the folder for temporary files."""
    program = (
        "import facewright.core.kernel_cache as k; k._is_writable = lambda folder: False; k.choose_cache(); import os\n"
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
