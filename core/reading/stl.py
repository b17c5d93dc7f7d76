"""STL, read, binary or text, once its triangles are known to be as many as it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.reading.surface import RawSurface, Unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from facewright.core.reading.surface import Reading

_HEADER = 84
_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_VERTEX = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)", re.IGNORECASE)


def read_stl(path: Path, data: bytes, reading: Reading) -> RawSurface:
    """The triangles of an STL file's bytes, each with vertices of its own. Raises Unreadable."""
    points = _text(data) if _is_text(data) else _binary(data)
    return RawSurface(points, np.arange(len(points)), np.full(len(points) // 3, 3, dtype=np.int64))


def _is_text(data: bytes) -> bool:
    """Whether it is text: binary files may begin with the same words, but one byte of their count is 0."""
    words = data.lstrip()[:5].lower() == b"solid" and b"facet" in data[:4096].lower()
    return words and 0 not in data[_HEADER - 4 : _HEADER]


def _binary(data: bytes) -> np.ndarray:
    """Corners (N, 3) of a binary file; what follows the triangles is some programs' own."""
    count = int.from_bytes(data[_HEADER - 4 : _HEADER], "little")
    if len(data) < _HEADER:
        raise Unreadable("it is cut short", "copy it again")
    if count > (len(data) - _HEADER) // _TRIANGLE.itemsize:
        raise Unreadable("it is cut short: its header counts more triangles than it has", "copy it again")
    return np.frombuffer(data, _TRIANGLE, count, _HEADER)["corners"].reshape(-1, 3).astype(np.float64)


def _text(data: bytes) -> np.ndarray:
    """Corners (N, 3) of a text file."""
    try:
        points = np.array(_VERTEX.findall(data), dtype=np.float64).reshape(-1, 3)
    except ValueError as error:
        raise Unreadable("a vertex is not three numbers") from error
    if len(points) != 3 * len(re.findall(rb"\bouter\s+loop\b", data, re.IGNORECASE)):
        raise Unreadable("its triangles do not have three vertices each")
    return points
