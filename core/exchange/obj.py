"""Wavefront OBJ: text, with comments, UVs, normals and groups, its materials and images in files beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.exchange.pbr_material import image_file
from facewright.core.exchange.shape import FileFormat
from facewright.core.exchange.text import comment_lines, one_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.exchange.pbr_material import PbrMaterial
    from facewright.core.exchange.shape import LengthUnit, Shape

_DIGITS = {"mm": 4, "cm": 5, "m": 7}
"""Decimals that tell a tenth of a micrometre."""


_RELIEF = ("norm", "map_Bump")
"""The words for a normal map: of programs that know roughness, and of Blender."""


def to_obj(shape: Shape, unit: LengthUnit) -> bytes:
    """The file: vertices to a tenth of a micrometre, UVs, normals, one smoothing group, and a group for each part.

    Colours of vertices stand behind their places, as MeshLab and Blender read them, unless images tell them better.
    """
    head = "".join(f"# {line}\n" for line in comment_lines(shape.notes))
    number = f"%.{_DIGITS[unit]}f"
    text = [head, f"mtllib {_library(shape)}\n", f"o {one_word(shape.name)}\n"]
    if shape.colours is None or any(own.image is not None for own in shape.materials):
        text.append(_rows(f"v {number} {number} {number}\n", shape.vertices))
    else:
        values = np.column_stack([shape.vertices, shape.colours / 255.0])
        text.append(_rows(f"v {number} {number} {number} %.4f %.4f %.4f\n", values))
    if shape.texture:
        text.append(_rows("vt %.6f %.6f\n", shape.texture.points))
    text += [_rows("vn %.4f %.4f %.4f\n", shape.normals), "s 1\n"]
    for group, material, faces in shape.blocks():
        text += [f"g {group}\n" if group else "", f"usemtl {one_word(material.name)}\n", _faces(shape, faces)]
    return "".join(text).encode(errors="replace")  # a file's name may hold what is no text


def companions(shape: Shape) -> Mapping[str, bytes]:
    """The materials, and the images that they name."""
    head = "".join(f"# {line}\n" for line in comment_lines(shape.notes))
    text = head + "".join(_material(shape, material) for material in shape.materials)
    images = {image_file(shape.name, own, use): image for own in shape.materials for use, image in own.images.items()}
    return {**images, _library(shape): text.encode(errors="replace")}


def _material(shape: Shape, material: PbrMaterial) -> str:
    """A material's lines: Ns after Blender's 1000 (1 − roughness)²; Pr is the roughness itself, where that is read."""
    r, g, b = material.colour
    lines = [
        f"newmtl {one_word(material.name)}",
        f"Kd {r:.4f} {g:.4f} {b:.4f}",
        f"Ks {0.04:.4f} {0.04:.4f} {0.04:.4f}",
        f"Ns {1000.0 * (1.0 - material.roughness) ** 2:.2f}",
        f"Pr {material.roughness:.4f}",
        f"d {material.opacity:.4f}",
        "illum 2",
    ]
    for use in material.images:
        words = ("map_Kd", "map_d") if material.see_through else ("map_Kd",)
        for word in {"colour": words, "relief": _RELIEF, "rough": ("map_Pr",)}[use]:
            lines.append(f"{word} {image_file(shape.name, material, use)}")
    return "\n".join(lines) + "\n\n"


def _library(shape: Shape) -> str:
    return f"{one_word(shape.name)}.mtl"


def _faces(shape: Shape, which: np.ndarray) -> str:
    """The lines of some faces: corners as vertex/uv/normal, counted from one."""
    vertex = shape.faces[which] + 1
    if shape.texture:
        values, corner = np.stack([vertex, shape.texture.faces[which] + 1, vertex], axis=2), " %d/%d/%d"
    else:
        values, corner = np.stack([vertex, vertex], axis=2), " %d//%d"
    row = f"f{corner * vertex.shape[1]}\n"
    there = vertex > 0
    if there.all():
        return _rows(row, values)
    rows = np.where(there.all(axis=1), row, f"f{corner * 3}\n")
    return "".join(rows.tolist()) % tuple(values[there].ravel().tolist())


def _rows(row: str, values: np.ndarray) -> str:
    """Values (n, …) in as many lines."""
    return row * len(values) % tuple(values.ravel().tolist())


OBJ = FileFormat(
    "obj",
    to_obj,
    "Maya, ZBrush, most programs",
    "UVs, normals, a group for each part, materials beside it",
    companions=companions,
)
