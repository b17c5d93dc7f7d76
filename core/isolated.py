"""Python processes that import nothing from the folder they are started in, which may hold anyone's code.

`python -m` and `python -c` look in the working folder first: a train.py or a PySide6 folder there would be run in the
place of ours. What is started from here looks where this program was loaded from, and then where Python is installed.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from types import ModuleType

_ROOT = Path(__file__).resolve().parents[1]
"""The folder of the package `facewright`: a checkout, or what an installation made of it."""


def module_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module, ours (`facewright.train`) or an installed one, in a process of its own."""
    return [sys.executable, "-P", str(Path(__file__).resolve()), module, *arguments]


def code_command(code: str) -> list[str]:
    """The command line that runs a few lines of Python in a process of its own."""
    return [sys.executable, "-P", "-c", code]


def isolate_children() -> None:
    """Keep the working folder out of every Python that this process starts from now on, libraries' workers included.

    An empty or relative entry of PYTHONPATH, which a shell's `export PYTHONPATH=$PYTHONPATH:/…` leaves, means it too.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    if entries := os.environ.get("PYTHONPATH"):
        kept = [entry for entry in entries.split(os.pathsep) if Path(entry).is_absolute()]
        os.environ["PYTHONPATH"] = os.pathsep.join(kept)


def _run(module: str) -> None:
    """Run a module as `python -m` does; ours are those beside this file, whatever else is installed."""
    isolate_children()
    package = sys.modules["facewright"] = ModuleType("facewright")
    package.__path__ = [str(_ROOT)]
    del sys.argv[0]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _run(sys.argv[1])
