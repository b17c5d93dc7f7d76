"""Nothing is compiled, and numba is not imported, where no head is evaluated."""

import subprocess
import sys

import pytest

from tests import ROOT

_HELP = """
import runpy, sys
sys.argv = [{module!r}, *{arguments!r}]
try:
    runpy.run_module({module!r}, run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
print("numba:", "numba" in sys.modules)
"""


def last_line(program):
    """What a child process prints last."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(("module", "arguments"), [("core", ["--help"]), ("train", ["--help"])])
def test_help_does_without_numba(module, arguments):
    assert last_line(_HELP.format(module=module, arguments=arguments)) == "numba: False"


def test_a_model_is_loaded_without_numba_and_evaluated_with_it():
    load = "import sys; from facewright.core.model import model_file as m; model = m.load(m.bundled_model())\n"
    assert last_line(load + "print('numba' in sys.modules)") == "False"
    evaluate = "from facewright.core.parameters import Parameters; model.field(Parameters())\n"
    assert last_line(load + evaluate + "print('numba' in sys.modules)") == "True"
