"""Every module can be imported where there is nothing of POSIX: most artists sit at Windows."""

import subprocess
import sys

from tests import ROOT

PROGRAM = """
import builtins, importlib, pkgutil, sys, types

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
        if not module.name.endswith("__main__"):
            imports(module.name, fromlist=("",))
            count += 1
print(count)
"""


def test_every_module_is_imported_without_those_that_windows_lacks():
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 300
