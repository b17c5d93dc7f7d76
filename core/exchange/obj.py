"""Wavefront OBJ: text, with comments, UVs and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.exchange.shape import FileFormat

if TYPE_CHECKING:
    from facewright.core.exchange.shape import Shape, Unit

_DIGITS = {"mm": 4, "cm": 5, "m": 7}
"""Decimals that tell a tenth of a micrometre."""


def to_obj(shape: Shape, unit: Unit) -> bytes:
    """The file: vertices to a tenth of a micrometre, UVs, and a group for each part."""
    head = "".join(f"# {line}\n" for note in shape.notes for line in note.splitlines())
    number = f"%.{_DIGITS[unit]}f"
    text = [head, f"o {shape.name.replace(' ', '_')}\n", _rows(f"v {number} {number} {number}\n", shape.vertices)]
    corners, row = shape.faces[:, :, None] + 1, "f %d %d %d\n"
    if shape.texture:
        text.append(_rows("vt %.6f %.6f\n", shape.texture.points))
        corners = np.stack([shape.faces, shape.texture.faces], axis=2) + 1
        row = "f %d/%d %d/%d %d/%d\n"
    if shape.group is None:
        text.append(_rows(row, corners))
    for index, name in enumerate(shape.groups):
        text += [f"g {name}\nusemtl {name}\n", _rows(row, corners[shape.faces_of(index)])]
    return "".join(text).encode(errors="replace")  # a file's name may hold what is no text


def _rows(row: str, values: np.ndarray) -> str:
    """Values (n, …) in as many lines."""
    return row * len(values) % tuple(values.ravel().tolist())


OBJ = FileFormat("obj", to_obj, "Maya, ZBrush, most programs", "UVs, a group for each part")
