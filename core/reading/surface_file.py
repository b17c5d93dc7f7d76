"""Files of surfaces, read whatever their format: the one place where what came is compared with what was told."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.input_file import file_bytes, named_file
from facewright.core.reading.glb import read_glb
from facewright.core.reading.obj import read_obj
from facewright.core.reading.ply import read_ply
from facewright.core.reading.stl import read_stl
from facewright.core.reading.surface import Reading, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from facewright.core.reading.surface import RawSurface

_READERS: Mapping[str, Callable[[Path, bytes, Reading], RawSurface]] = MappingProxyType(
    {"obj": read_obj, "ply": read_ply, "stl": read_stl, "glb": read_glb}
)
FORMATS = tuple(_READERS)
"""Suffixes of the files that are read."""

SPLIT = ("stl", "glb")
"""Formats that repeat a vertex for each of its faces or texture coordinates."""

LARGEST_BYTES = 2 * 1024**3
_FARTHEST = 1e9
"""No surface has a vertex farther from its origin than this, in whatever unit: squares of more are no numbers."""


@np.errstate(invalid="ignore", over="ignore")  # what is no number is looked for, and nothing is to be heard of it
def read_surface(path: Path, reading: Reading | None = None) -> RawSurface:
    """Read an OBJ, PLY, STL or GLB file, a mesh or a point cloud.

    Raises FacewrightError, naming the file, what is wrong and what to do, if it cannot be read; and what
    `reading.check` raises.
    """
    reader = _READERS.get(suffix(path))
    if reader is None:
        raise FacewrightError(f"{path.name} is not a surface that can be read: choose an OBJ, PLY, STL or GLB file.")
    try:
        with named_file(path):
            data = file_bytes(path, LARGEST_BYTES)
            reading = reading or Reading()
            reading.check()
            surface = reader(path, data, reading).checked()
    except Unreadable as error:
        raise FacewrightError(f"{path.name} cannot be read, {error.what}: {error.remedy}.") from error
    except MemoryError as error:
        message = f"{path.name} does not fit into the memory: reduce it in the scanner's own program first."
        raise FacewrightError(message) from error
    except RecursionError as error:
        raise FacewrightError(f"{path.name} cannot be read, it is damaged: export it again.") from error
    far = np.abs(surface.points) > _FARTHEST
    if far.any():
        surface.points[far.any(axis=1)] = np.nan
    return surface


def suffix(path: Path) -> str:
    """The end of a file's name that tells its format, in small letters."""
    return path.suffix.lower().removeprefix(".")
