"""How programs begin: without numba and the like where they can, and ended by Ctrl-C at any moment."""

import os
import signal
import subprocess
import sys
from importlib import import_module

import pytest

from tests import ROOT


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard():
    """As in a terminal: a shell has what it starts in the background ignore it, and so what that starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


_PROGRAM = """
import runpy, sys

for module in ("core", "train"):
    sys.argv = [module, "--help"]
    try:
        runpy.run_module(module, run_name="__main__")
    except SystemExit as end:
        assert not end.code, end.code
    print(module, "numba" in sys.modules)

from facewright.core.model.model_file import bundled_model, load
model = load(bundled_model())
print("loaded", "numba" in sys.modules)

from facewright.core.parameters import Parameters
model.field(Parameters())
print("evaluated", "numba" in sys.modules)
"""


def test_help_and_loading_a_model_do_without_numba_and_evaluating_it_does_not():
    done = subprocess.run([sys.executable, "-c", _PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [line.split() for line in done.stdout.splitlines() if line.endswith(("True", "False"))]
    assert told == [["core", "False"], ["train", "False"], ["loaded", "False"], ["evaluated", "True"]]


_WINDOW = """
import sys
import facewright.editor.main_window
print([name for name in ("trimesh", "networkx", "scipy.optimize", "scipy.interpolate") if name in sys.modules])
"""


def test_the_window_does_not_wait_for_libraries_that_its_first_head_does_without():
    done = subprocess.run([sys.executable, "-c", _WINDOW], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def interrupted(command, folder, word):
    """The exit status and the rest of standard error of a program that hears Ctrl-C once it has said a word there."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert any(word in line for line in process.stderr)
    process.send_signal(signal.SIGINT)
    told = process.stderr.read()
    process.stderr.close()
    return process.wait(60), told


SLOW = """
import signal, sys, time
sys.stderr.write("importing\\n")
sys.stderr.flush()
try:
    time.sleep({seconds})
except BaseException:  # as libraries do that have a way out
    pass

def main():
    return 0 if signal.getsignal(signal.SIGINT) is signal.default_int_handler else 1
"""

BEGIN = "from facewright.core.start_up import start; raise SystemExit(start('slow'))"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for one process")
def test_ctrl_c_ends_a_program_that_still_imports(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW.format(seconds=60), encoding="utf-8")
    assert interrupted([sys.executable, "-c", BEGIN], tmp_path, "importing") == (130, "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for one process")
def test_ctrl_c_that_is_to_be_ignored_is(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW.format(seconds=1), encoding="utf-8")
    ignore = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {BEGIN}"
    assert interrupted([sys.executable, "-c", ignore], tmp_path, "importing") == (1, "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for one process")
@pytest.mark.parametrize("program", ["facewright.core", "facewright.train"])
def test_ctrl_c_ends_our_programs_quietly_while_they_import(program, tmp_path):
    command = [sys.executable, "-X", "importtime", "-m", program, "--help"]
    status, told = interrupted(command, tmp_path, "torch")
    assert status == 130
    assert [line for line in told.splitlines() if not line.startswith("import time:")] == []


@pytest.mark.parametrize(
    "script",
    [
        *(f"train.data.make_{name}" for name in ("anatomy", "face_shape", "production", "relief")),
        *(f"editor.{name}_picture" for name in ("anatomy", "lids", "pairs", "people", "production", "window")),
    ],
)
def test_ctrl_c_ends_our_scripts_quietly(script, monkeypatch, capsys):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("tyro.cli", interrupted)
    assert import_module(f"facewright.{script}").main() == 130
    assert capsys.readouterr().err == ""


def test_a_program_that_has_begun_hears_ctrl_c_as_ever(tmp_path, monkeypatch):
    from facewright.core.start_up import start

    (tmp_path / "slow.py").write_text(SLOW.format(seconds=0), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "slow", raising=False)
    assert start("slow") == 0
