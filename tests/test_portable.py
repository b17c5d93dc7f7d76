"""Every module can be imported where there is nothing of POSIX (most artists sit at Windows), nor of copyleft."""

import json
import subprocess
import sys

import pytest

from tests import ROOT

PROGRAM = """
import builtins, importlib, json, pkgutil, sys, types

HIDDEN = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
REAL, ordinary = sys.platform, builtins.__import__


def imports(name, globals=None, locals=None, fromlist=(), level=0):
    ours = str((globals or {}).get("__name__")).startswith("facewright")
    if ours and name.partition(".")[0] in HIDDEN:
        raise ImportError(f"{name} is not on Windows; imported by {globals['__name__']}")
    if ours and name == "msvcrt":
        return types.ModuleType(name)
    before, sys.platform = sys.platform, "win32" if name.startswith("facewright") else REAL
    try:
        return ordinary(name, globals, locals, fromlist, level)
    finally:
        sys.platform = before


builtins.__import__ = imports
count = 0
for room in ("core", "train", "editor"):
    package = imports(f"facewright.{room}", fromlist=("",))
    for module in pkgutil.walk_packages(package.__path__, f"facewright.{room}."):
        imports(module.name, fromlist=("",))
        count += 1
print(json.dumps({"count": count, "igl": [name for name in sys.modules if name.partition(".")[0] == "igl"]}))
"""


@pytest.fixture(scope="module")
def imported():
    """What a process tells that has imported every module."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_module_is_imported_without_those_that_windows_lacks(imported):
    assert imported["count"] > 300


def test_no_copyleft_part_of_libigl_is_loaded(imported):
    assert "igl" in imported["igl"]
    assert not [name for name in imported["igl"] if name.startswith(("igl.copyleft", "igl.triangle"))]
