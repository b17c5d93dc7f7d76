"""Compiled kernels are kept where one may write, and Facewright runs where that is nowhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from facewright.core import kernel_cache
from tests import ROOT


@pytest.fixture
def unset(monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)


@pytest.fixture
def beside(monkeypatch, tmp_path):
    """Sources in a folder of the test's own, with the user's cache beside it."""
    core = tmp_path / "core"
    (core / "surface").mkdir(parents=True)
    (core / "surface" / "kernels.py").write_text("import numba")
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
    (beside / "surface" / "live.py").write_text("no kernel")
    assert chosen(monkeypatch) == first
    (beside / "surface" / "kernels.py").write_text("import numba  # and more")
    second = chosen(monkeypatch)
    assert second.is_dir()
    assert not first.exists()
    (beside / "parts.py").write_text("LANDMARKS_PER_STAGE = 6")
    assert chosen(monkeypatch) != second


def test_all_sources_whose_numbers_kernels_read_are_known():
    core = Path(kernel_cache.__file__).parent
    for path in core.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if "import numba" in source:
            for module, names in re.findall(r"^from facewright\.core\.([\w.]+) import (.+)$", source, re.MULTILINE):
                read = core / f"{module.replace('.', '/')}.py"
                constants = {name for name in names.split(", ") if name.isupper()} - {"WORKERS"}  # no number
                kept = read.relative_to(core).as_posix() in kernel_cache.CONSTANTS
                assert not constants or kept or "import numba" in read.read_text(encoding="utf-8"), (path, names)


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
        capture_output=True, cwd=ROOT,
    )  # fmt: skip
    answer, place = done.stdout.split()
    assert answer == "3"
    assert place.startswith(str(tmp_path))
    assert not Path(place).exists()
