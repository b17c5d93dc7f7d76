"""Every check of the project: `python -m tests` exits non-zero if any fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor

from tests import ROOT

PYTEST = (
    "pytest",
    "--capture=sys",
    "--numprocesses=auto",
    "--maxprocesses=4",
    "--dist=loadfile",
    "--no-loadscope-reorder",  # else the files of most tests come first, and those that take longest last
)
"""A process of one thread a core, each with a virtual screen of its own (pytest-xvfb). What Python prints is held
back, but not what a library says on its own before it ends the process."""

QUICK = (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("lint-imports",))
"""Some seconds each."""

TYPES = ("mypy",)
"""Takes one core a minute: beside all else, and what it says is printed last."""

READY = "import tests; from facewright.core.surface.ready import make_ready; make_ready()"
"""Compiles the kernels of a new checkout while the first checks run: else each process of the tests does it at once."""


def link_checkout() -> None:
    """Give mypy a folder in which the checkout has the name of the package that its folders make up."""
    link = ROOT / "build" / "src" / "facewright"
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)


class Checks:
    """Checks with the tools of this environment; `failed` names those that found something."""

    def __init__(self) -> None:
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.failed: list[str] = []

    def run(self, name: str, *arguments: str, aside: bool = False) -> str:
        """Run one, which prints what it finds; aside : that is returned instead."""
        tool = shutil.which(name, path=sysconfig.get_path("scripts"))
        if tool is None:
            self.failed.append(f"{name} (not installed beside {sys.executable})")
            return ""
        command = [tool, *arguments]
        ended = subprocess.run(
            command, cwd=ROOT, env=self.environment, check=False, capture_output=aside, text=True, encoding="utf-8"
        )
        if ended.returncode:
            self.failed.append(name)
        return (ended.stdout + ended.stderr) if aside else ""


def main() -> int:
    """Run the checks; return the number of those that failed."""
    link_checkout()
    checks = Checks()
    compiling = subprocess.Popen([sys.executable, "-c", READY], cwd=ROOT, env=checks.environment)
    with ThreadPoolExecutor(1) as beside:
        types = beside.submit(checks.run, *TYPES, aside=True)
        for check in QUICK:
            print(f"\n=== {check[0]}", flush=True)
            checks.run(*check)
        compiling.wait()
        print(f"\n=== {PYTEST[0]}", flush=True)
        checks.run(*PYTEST)
        print(f"\n=== {TYPES[0]}\n{types.result()}", flush=True)
    print("failed: " + ", ".join(checks.failed) if checks.failed else "all checks passed")
    return len(checks.failed)


if __name__ == "__main__":
    sys.exit(main())
