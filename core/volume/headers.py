"""Which other files a volume's header says its values are in: NRRD and MetaImage can name any file of the disk.

SimpleITK opens whatever is named, so that it is looked at here first. It is understood as its readers do, or more
widely: whatever they might take for a name has to be one that is allowed.
"""

from __future__ import annotations

import mmap
import os
import re
from typing import TYPE_CHECKING

from facewright.core.errors import FacewrightError
from facewright.core.input_file import file_beside, named_file, require_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_MOST_BYTES = 4 * 2**20
"""Of a header, and of a list of files."""
_MOST_FILES = 20_000
_LINE_END = re.compile(rb"\r\n|\r|\n")
_NRRD_FIELD = re.compile(rb"\s*data ?file\s*:=?\s*(.*)", re.IGNORECASE | re.DOTALL)
_META_FIELD = re.compile(rb"ElementDataFile\s*[=:]\s*([^\r\n]*)")
_OUTSIDE = re.compile(r"^([A-Za-z]:|[\\/])|(^|[\\/])\.\.([\\/]|$)")
_NUMBERED = re.compile(r"([^%]*%0?\d{0,2}[du][^%]*?)\s+(-?\d{1,9})\s+(-?\d{1,9})\s+(-?\d{1,9})(\s+\d+)?")
"""Files by a pattern of their names, as `slice%03d.raw 1 120 1`: from a number to another, by steps."""


def require_beside(path: Path) -> None:
    """Let a volume's file pass whose values are in it, or in files in its folder or below it.

    Raises FacewrightError if its header names files elsewhere, or that are not there, or it cannot be read.
    """
    name = path.name.lower()
    with named_file(path):
        if name.endswith((".nrrd", ".nhdr")):
            names = _of_nrrd(path)
        elif name.endswith((".mha", ".mhd")):
            names = _of_meta_image(path)
        else:
            return
        for count, each in enumerate(names):
            if count >= _MOST_FILES:
                raise _too_large(path)
            _require(path, each)


def _require(path: Path, name: str) -> None:
    if file_beside(path, name) == path.parent / name:  # what SimpleITK would open
        return
    if _OUTSIDE.search(name):
        raise _elsewhere(path, name)
    raise FacewrightError(f"{path.name} has its values in {name}, which is not beside it: put both into one folder.")


def _of_nrrd(path: Path) -> Iterable[str]:
    """The names in a NRRD header, which ends at the first empty line."""
    size = require_regular(path)
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES)
    lines = _LINE_END.split(data)
    if size > len(data) and b"" not in lines[:-1]:  # the last one is cut
        raise _too_large(path)
    header = lines[: lines.index(b"")] if b"" in lines else lines
    for number, line in enumerate(header):
        if match := _NRRD_FIELD.match(line):
            if size > len(data):
                raise _too_large(path)
            yield from _listed(path, match.group(1), lines[number + 1 :])  # in a list, empty lines do not end it


def _of_meta_image(path: Path) -> Iterable[str]:
    """The names in a MetaImage file. Where its header ends its readers alone can tell: all of it is searched."""
    size = require_regular(path)
    if not size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        for match in _META_FIELD.finditer(view):
            if match.group(1).strip().upper() == b"LOCAL":
                continue
            if size > match.end() + _MOST_BYTES:
                raise _too_large(path)
            yield from _listed(path, match.group(1), _LINE_END.split(view[match.end() :]))


def _listed(path: Path, value: bytes, following: Sequence[bytes]) -> Iterable[str]:
    """The files that a field's value stands for: one, those on the following lines, or those of a pattern."""
    text = os.fsdecode(value.strip())
    if text.startswith("LIST"):
        return (os.fsdecode(line.strip()) for line in following if line.strip())
    if "%" not in text:
        return (text,)
    match = _NUMBERED.fullmatch(text)
    if match is None or not int(match[4]):
        raise _elsewhere(path, text)
    first, last, step = (int(match[number]) for number in (2, 3, 4))
    return (match[1] % number for number in range(first, last + (1 if step > 0 else -1), step))


def _elsewhere(path: Path, name: str) -> FacewrightError:
    return FacewrightError(
        f"{path.name} has its values in {name}, but only files in its folder are opened: export it again as one file."
    )


def _too_large(path: Path) -> FacewrightError:
    return FacewrightError(f"{path.name} cannot be read, its header is larger than any: export it again as one file.")
