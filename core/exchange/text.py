"""What files may hold as text: their readers have short lines, and names with spaces or breaks lead them astray."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE = 72
"""Characters in a line: MeshLab's PLY reader gives up beyond 255, others beyond 80 or 1,024."""

_UNSAFE = re.compile(r"[^\w.-]+")
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f]+")


def comment_lines(notes: Iterable[str]) -> list[str]:
    """Notes in lines of `_LINE` characters at most, those that go on indented; none ends in a backslash.

    In OBJ a backslash at a line's end would make the next line a part of the comment.
    """
    lines: list[str] = []
    for note in notes:
        for line in note.splitlines():
            plain = _BREAKS.sub(" ", line).strip()
            lines += textwrap.wrap(plain, _LINE, subsequent_indent="  ", break_on_hyphens=False)
    return [line.rstrip("\\ ") for line in lines]


def object_name(stem: str) -> str:
    """A file's name as the name of what is in it: text of one line, whatever the file system allows."""
    text = stem.encode("utf-8", "replace").decode("utf-8")
    return _BREAKS.sub(" ", text).strip() or "head"


def one_word(name: str) -> str:
    """A name without spaces, for formats that end a name at the first, and for files that such formats name."""
    return _UNSAFE.sub("_", object_name(name)).strip("_") or "head"
