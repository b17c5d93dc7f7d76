"""Files that are whole or not there: written beside their place, flushed, then renamed into it."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

from core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old one or the new one, never half of either.

    A file that is replaced keeps who may read it: a patient's project stays private.
    Raises FacewrightError if it cannot be written: no such folder, no permission, a full disk, not a file.
    """
    with _beside(path) as (target, new):
        with new.open("wb") as file:
            if target.exists():
                shutil.copymode(target, new)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)


def require_writable(path: Path) -> None:
    """Raise FacewrightError if a file cannot be written now, ahead of long work; what is there is left alone."""
    with _beside(path) as (_, new):
        new.touch()


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[tuple[Path, Path]]:
    """The file that a path means and a name beside it, which is free again afterwards; errors are FacewrightErrors."""
    target = path.resolve()  # a link stays a link
    new = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        if target.exists() and not (target.is_file() and os.access(target, os.W_OK)):
            raise _refusal(path, "it is read-only" if target.is_file() else "it is not a file")
        yield target, new
    except FileNotFoundError as error:
        raise _refusal(path, f"there is no folder {target.parent}") from error
    except OSError as error:
        raise _refusal(path, (error.strerror or str(error)).lower()) from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def _refusal(path: Path, reason: str) -> FacewrightError:
    return FacewrightError(f"{path} cannot be written, {reason}: choose another place.")
