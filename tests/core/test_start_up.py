"""What is not imported: numba where no head is evaluated, and libraries that the first window does without."""

import subprocess
import sys

from tests import ROOT

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
