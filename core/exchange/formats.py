"""All formats that heads are written in, a line each; which one a file is in, its suffix tells."""

from __future__ import annotations

from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING

from facewright.core.errors import FacewrightError
from facewright.core.exchange.glb import GLB
from facewright.core.exchange.obj import OBJ
from facewright.core.exchange.ply import PLY
from facewright.core.exchange.stl import STL
from facewright.core.exchange.usd import PACKAGE, USD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from facewright.core.exchange.shape import FileFormat

_ALL = (
    GLB,
    OBJ,
    PLY,
    STL,
    *((USD,) if find_spec(PACKAGE) else ()),  # the extra `usd`
)

FORMATS: Mapping[str, FileFormat] = MappingProxyType({each.suffix: each for each in _ALL})
"""By the suffix of the file's name."""


def file_format(path: Path) -> FileFormat:
    """The format that a file's name asks for; FacewrightError if none."""
    for each in _ALL:
        if path.suffix.lower() == f".{each.suffix}":
            return each
    if path.suffix.lower().startswith(".usd"):
        remedy = f"end the name in .{USD.suffix}" if USD in _ALL else 'install it with pip install "facewright[usd]"'
        raise FacewrightError(
            f"{path.name} would be USD, which is written as .{USD.suffix} by the package usd-core: {remedy}."
        )
    raise FacewrightError(f"{path.name} is of no known format: end the name in {listed(dot='.', last=', ')}.")


def listed(dot: str = "", last: str = " or ") -> str:
    """All formats in a sentence: by their names, or by their suffixes with a dot before each."""
    *others, end = (f"{dot}{each.suffix}" if dot else each.name for each in _ALL)
    return ", ".join(others) + last + end
