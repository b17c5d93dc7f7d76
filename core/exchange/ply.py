"""Stanford PLY: binary, with comments, the vertices' normals and colours, and the part of each face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.exchange.shape import FileFormat
from facewright.core.exchange.text import comment_lines
from facewright.core.exchange.vertex_colours import vertex_colours

if TYPE_CHECKING:
    from facewright.core.exchange.shape import LengthUnit, Shape


def to_ply(shape: Shape, unit: LengthUnit) -> bytes:
    """The file: closed where the mesh is, without UVs, which would cut it at their seams.

    Faces tell their part by number. Lines of the header are short, or MeshLab would not read the file.
    """
    notes = comment_lines(shape.notes)
    notes += [f"part {index}: {name}" for index, name in enumerate(shape.groups)]
    colours = vertex_colours(shape)
    vertices = _vertices(shape, colours)
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        *(f"comment {note}" for note in notes),
        f"element vertex {len(shape.vertices)}",
        *(f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz")),
        *(f"property uchar {name}" for name in ("red", "green", "blue") if colours is not None),
        f"element face {len(shape.faces)}",
        "property list uchar int vertex_indices",
        *(["property uchar part"] if shape.group is not None else []),
        "end_header",
    ]
    head = "".join(f"{line}\n" for line in lines).encode("ascii", "replace")
    return head + vertices.tobytes() + _faces(shape)


def _vertices(shape: Shape, colours: np.ndarray | None) -> np.ndarray:
    columns: list[Any] = [("place", "<f4", (3,)), ("normal", "<f4", (3,))]
    if colours is not None:
        columns.append(("colour", "u1", (3,)))
    vertices = np.zeros(len(shape.vertices), dtype=columns)
    vertices["place"], vertices["normal"] = shape.vertices, shape.normals
    if colours is not None:
        vertices["colour"] = colours
    return vertices


def _faces(shape: Shape) -> bytes:
    """The faces' bytes: of a triangle among quads, those of the fourth corner are left out."""
    sides = shape.faces.shape[1]
    columns: list[Any] = [("corners", "u1"), ("face", "<i4", (sides,))]
    if shape.group is not None:
        columns.append(("part", "u1"))
    faces = np.zeros(len(shape.faces), dtype=columns)
    faces["corners"], faces["face"] = (shape.faces >= 0).sum(axis=1), shape.faces
    if shape.group is not None:
        faces["part"] = shape.group
    kept = np.ones((len(faces), faces.dtype.itemsize), bool)
    kept[shape.faces[:, -1] < 0, 1 + 4 * (sides - 1) : 1 + 4 * sides] = False
    return bytes(faces.view(np.uint8).reshape(len(faces), -1)[kept].tobytes()) if not kept.all() else faces.tobytes()


PLY = FileFormat(
    "ply",
    to_ply,
    "research tools, MeshLab",
    "Quads or triangles, normals, the part of each face; vertices' colours, of the production mesh or your own",
)
