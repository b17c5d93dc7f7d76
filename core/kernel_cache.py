"""Where compiled kernels are kept: chosen before numba is imported, which knows no way out where it finds no place.

Numba takes a kernel that it has kept for right as long as the file that the kernel stands in is unchanged, whatever has
become of the files that this one imports. So each state of the sources has a folder of its own, and the others go.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

_VARIABLE = "NUMBA_CACHE_DIR"
_CORE = Path(__file__).parent

CONSTANTS = (
    "parts.py",
    "network/window_weight.py",
    "surface/cube_cases.py",
    "field/packed.py",
    "field/template_table.py",
)
"""Sources without a kernel whose numbers are compiled into some."""


def choose_cache() -> None:
    """Have numba keep what it compiles beside the sources, else in the user's cache, else until the process ends.

    The last is for a read-only installation whose user has no home. What the environment says already is left alone.
    """
    if os.environ.get(_VARIABLE):
        return
    for base in (_CORE / "__pycache__", _user_cache()):
        if base is not None and (folder := _folder_in(base)):
            os.environ[_VARIABLE] = str(folder)
            return
    with contextlib.suppress(OSError):
        until_the_end = tempfile.mkdtemp(prefix="facewright-")  # for this user alone
        os.environ[_VARIABLE] = until_the_end
        atexit.register(shutil.rmtree, until_the_end, ignore_errors=True)


def cache_folder() -> Path | None:
    """Where kernels are kept, and what else can be made again from these sources; None if nowhere."""
    folder = os.environ.get(_VARIABLE)
    return Path(folder) if folder else None


def _folder_in(base: Path) -> Path | None:
    """The folder for kernels of these sources, made if need be, those of others removed; None if it cannot be."""
    folder = base / f"kernels-{_fingerprint()}"
    try:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # another process may be as far
            for other in base.glob("kernels-*"):
                if other != folder:
                    shutil.rmtree(other, ignore_errors=True)
    except OSError:
        return None
    return folder if _is_writable(folder) else None


def _fingerprint() -> str:
    """Of all sources that kernels may be made of."""
    digest = hashlib.sha256(__name__.encode())
    for path in sorted(_CORE.rglob("*.py")):
        source = path.read_bytes()
        if b"import numba" in source or path.relative_to(_CORE).as_posix() in CONSTANTS:
            digest.update(path.name.encode() + source)
    return digest.hexdigest()[:16]


def _user_cache() -> Path | None:
    """The user's folder for what can be made again; None if there is none."""
    try:
        if sys.platform == "win32":
            base = Path(os.environ["LOCALAPPDATA"])
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except (KeyError, RuntimeError):  # RuntimeError: there is no home
        return None
    return base / "facewright"


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
