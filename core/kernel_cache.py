"""Where compiled kernels are kept: chosen before numba is imported, which knows no way out where it finds no place."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

_VARIABLE = "NUMBA_CACHE_DIR"


def choose_cache() -> None:
    """Have numba keep what it compiles beside the sources, else in the user's cache, else until the process ends.

    The last is for a read-only installation whose user has no home. What the environment says already is left alone.
    """
    if os.environ.get(_VARIABLE) or _is_writable(Path(__file__).parent / "surface"):
        return
    own = _user_cache()
    if own is not None and _is_writable(own):
        os.environ[_VARIABLE] = str(own)
        return
    with contextlib.suppress(OSError):
        until_the_end = tempfile.mkdtemp(prefix="facewright-")  # for this user alone
        os.environ[_VARIABLE] = until_the_end
        atexit.register(shutil.rmtree, until_the_end, ignore_errors=True)


def _user_cache() -> Path | None:
    """The user's folder for compiled kernels, made if need be; None if it cannot be."""
    try:
        if sys.platform == "win32":
            base = Path(os.environ["LOCALAPPDATA"])
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = base / "facewright" / "kernels"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, KeyError, RuntimeError):  # RuntimeError: there is no home
        return None
    return folder


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
