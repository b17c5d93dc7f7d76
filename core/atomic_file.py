"""Files that are whole or not there: written beside their place, flushed, then renamed into it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform != "win32":  # where nobody can delete a file that another holds open
    import fcntl

_MOMENT_S = 2.0
"""For so long a new file may be nobody's: it is held only once it is there."""

_UMASK = os.umask(0o077)
os.umask(_UMASK)  # it cannot be asked for, only set; later, other threads might be making files


def write_atomically(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file so that a crash at any moment leaves the old one or the new one, never half of either.

    private : a new file is readable by the user alone; one that is replaced keeps who may read it.
    Raises FacewrightError if it cannot be written: no such folder, no permission, a full disk, not a file.
    """
    with _beside(path) as (target, new, file):
        if target.exists():
            shutil.copymode(target, new)
        elif not private:
            new.chmod(0o666 & ~_UMASK)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        if sys.platform == "win32":
            file.close()  # Windows renames no file that is open; elsewhere the lock holds until it has its name
        new.replace(target)


def require_writable(path: Path) -> None:
    """Raise FacewrightError if a file cannot be written now, ahead of long work; what is there is left alone."""
    with _beside(path):
        pass


def require_folder(folder: Path) -> None:
    """Raise FacewrightError if a folder cannot be made or written to now, ahead of long work; all stays as it is."""
    made: list[Path] = []
    try:
        places = (folder, *folder.absolute().parents)
        there = next((place for place in places if place.exists()), None)
        if there and not there.is_dir():
            raise _unusable(folder, f"{there} is a file")
        made = [place for place in places if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unusable(folder, (error.strerror or str(error)).lower()) from error
    finally:
        for place in made:
            with contextlib.suppress(OSError):
                place.rmdir()


def remove_leftovers(path: Path) -> None:
    """Delete what a process that was killed left beside a file while it wrote it."""
    with contextlib.suppress(OSError):
        for left in path.parent.glob(f".{_escaped(path.name)}.*.new"):
            settled = time.time() - left.lstat().st_mtime > _MOMENT_S
            if settled and left.is_file() and not left.is_symlink() and not _is_held(left):
                left.unlink(missing_ok=True)


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[tuple[Path, Path, IO[bytes]]]:
    """The file that a path means, and a new one beside it with a name that nobody can guess, which is gone afterwards.

    Errors are FacewrightErrors.
    """
    target = path.resolve()  # a link stays a link
    new: Path | None = None
    try:
        if target.exists() and not (target.is_file() and os.access(target, os.W_OK)):
            raise _refusal(path, "it is read-only" if target.is_file() else "it is not a file")
        remove_leftovers(target)
        descriptor, name = tempfile.mkstemp(".new", f".{target.name}.", target.parent)  # new, 0600, follows no link
        new = target.with_name(os.path.basename(name))  # noqa: PTH119
        with os.fdopen(descriptor, "wb") as file:
            if sys.platform != "win32":
                with contextlib.suppress(OSError):  # a file system without locks
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield target, new, file
    except FileNotFoundError as error:
        raise _refusal(path, f"there is no folder {target.parent}") from error
    except OSError as error:
        raise _refusal(path, (error.strerror or str(error)).lower()) from error
    finally:
        if new:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)


def _is_held(file: Path) -> bool:
    """Whether a process that lives is writing a file, or that cannot be told; on Windows deleting it tells."""
    if sys.platform == "win32":
        return False
    try:
        with file.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _escaped(name: str) -> str:
    """A name as a pattern that means it alone."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _unusable(folder: Path, reason: str) -> FacewrightError:
    return FacewrightError(f"{folder} cannot be written to ({reason}): choose another folder.")


def _refusal(path: Path, reason: str) -> FacewrightError:
    return FacewrightError(f"{path} cannot be written, {reason}: choose another place.")
