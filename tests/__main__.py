"""Every check of the project, one after the other: `python -m tests` exits non-zero if any fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig

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

CHECKS = (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("mypy",), ("lint-imports",), PYTEST)
"""Quickest first."""

READY = "import tests; from facewright.core.surface.ready import make_ready; make_ready()"
"""Compiles the kernels of a new checkout while the first checks run: else each process of the tests does it at once."""


def link_checkout() -> None:
    """Give mypy a folder in which the checkout has the name of the package that its folders make up."""
    link = ROOT / "build" / "src" / "facewright"
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)


def main() -> int:
    """Run the checks with the tools of this environment; return the number of those that failed."""
    failed = []
    link_checkout()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    compiling = subprocess.Popen([sys.executable, "-c", READY], cwd=ROOT, env=environment)
    for name, *arguments in CHECKS:
        print(f"\n=== {name}", flush=True)
        if (name, *arguments) == PYTEST:
            compiling.wait()
        tool = shutil.which(name, path=sysconfig.get_path("scripts"))
        if tool is None:
            failed.append(f"{name} (not installed beside {sys.executable})")
        elif subprocess.run([tool, *arguments], cwd=ROOT, env=environment, check=False).returncode != 0:
            failed.append(name)
    print("failed: " + ", ".join(failed) if failed else "all checks passed")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
