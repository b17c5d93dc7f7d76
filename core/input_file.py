"""Files that come from elsewhere, read within bounds: regular files alone, no more of them than they may be."""

from __future__ import annotations

import json
import os
import re
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_JSON_BYTES = 64 * 2**20
MOST_JSON_VALUES = 2_000_000
"""Values in a JSON text, each of which becomes an object of 100 bytes or so."""


def file_bytes(path: Path, most_bytes: int) -> bytes:
    """The content of a regular file.

    Pipes, devices and what else may never end are not opened. Raises OSError, whose `strerror` says in words what is
    wrong, if the file cannot be read, is no regular file, or is larger than `most_bytes`.
    """
    size = require_regular(path)
    if size > most_bytes:
        raise OSError(None, f"it is larger than {most_bytes / 2**20:,.0f} MB", str(path))
    with path.open("rb") as file:
        return file.read(most_bytes)


@contextmanager
def named_file(path: Path) -> Iterator[None]:
    """Whatever keeps a file that a person has named from being read is a FacewrightError, in a sentence."""
    try:
        yield
    except FileNotFoundError as error:
        raise FacewrightError(f"There is no file at {path}: check the path.") from error
    except OSError as error:
        raise FacewrightError(f"{path} cannot be read: {error.strerror or error}.") from error


def require_regular(path: Path) -> int:
    """The size of a regular file in bytes; OSError, as `file_bytes` says, if it is none."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(None, "it is a folder" if stat.S_ISDIR(status.st_mode) else "it is not a regular file", str(path))
    return status.st_size


def parsed_json(data: bytes, most_bytes: int = MOST_JSON_BYTES, most_values: int = MOST_JSON_VALUES) -> Any:
    """What a JSON text in UTF-8 says.

    Raises ValueError if it is none, or one that is made to exhaust a reader: too long, of too many values, nested too
    deeply, with numbers of thousands of digits.
    """
    if len(data) > most_bytes or sum(map(data.count, (b",", b"{", b"["))) > most_values:
        raise ValueError("it is too large")
    try:
        return json.loads(data.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read_json(path: Path) -> Any:
    """What a JSON file says; OSError as `file_bytes`, ValueError as `parsed_json`."""
    return parsed_json(file_bytes(path, MOST_JSON_BYTES))


def is_regular(path: Path) -> bool:
    """Whether there is a regular file of that name that may be read."""
    try:
        require_regular(path)
    except (OSError, ValueError):  # ValueError: a name with a null in it
        return False
    return os.access(path, os.R_OK)


def file_beside(beside: Path, name: str) -> Path | None:
    """The regular file that the file `beside` means by a name, in its own folder or below; None if there is none.

    Names from other systems are understood: backslashes, drives, another case, whole paths of the machine that wrote
    them. A path that starts at a root, or goes up, is never followed as it stands, for it may lead to another machine:
    what is behind that is looked for here.
    """
    parts = [re.sub("^[A-Za-z]:", "", part) for part in re.split(r"[\\/]+", name.strip())]
    parts = [part for part in parts if part not in ("", ".") and not part.endswith(":")]
    if not parts or "\0" in name:
        return None
    ups = [index for index, part in enumerate(parts) if not part.strip(" .")]  # Windows leaves out blanks and dots
    for start in range(ups[-1] + 1 if ups else 0, len(parts)):
        if path := _insensitive(beside.parent, parts[start:]):
            return path
    return None


def _insensitive(folder: Path, parts: list[str]) -> Path | None:
    """A file below a folder by its path's parts, in another case where there is none in theirs."""
    exact = folder.joinpath(*parts)
    if is_regular(exact):
        return exact
    for part in parts:
        try:
            names = sorted(entry.name for entry in folder.iterdir())
        except OSError:
            return None
        same = [name for name in names if name.casefold() == part.casefold()]
        if not same:
            return None
        folder = folder / (part if part in same else same[0])
    return folder if is_regular(folder) else None
