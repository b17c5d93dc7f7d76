"""Stanford PLY: binary, with comments and the part of each face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from facewright.core.exchange.shape import FileFormat

if TYPE_CHECKING:
    from facewright.core.exchange.shape import Shape, Unit


def to_ply(shape: Shape, unit: Unit) -> bytes:
    """The file: closed, without UVs, which would cut it at their seams; faces tell their part by number."""
    notes = [line for note in shape.notes for line in note.splitlines()]
    notes += [f"part {index}: {name}" for index, name in enumerate(shape.groups)]
    columns: list[Any] = [("corners", "u1"), ("face", "<i4", (3,))]
    if shape.group is not None:
        columns.append(("part", "u1"))
    faces = np.zeros(len(shape.faces), dtype=columns)
    faces["corners"], faces["face"] = 3, shape.faces
    if shape.group is not None:
        faces["part"] = shape.group
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        *(f"comment {note}" for note in notes),
        f"element vertex {len(shape.vertices)}",
        *(f"property float {axis}" for axis in "xyz"),
        f"element face {len(shape.faces)}",
        "property list uchar int vertex_indices",
        *(["property uchar part"] if shape.group is not None else []),
        "end_header",
    ]
    head = "".join(f"{line}\n" for line in lines).encode("ascii", "replace")
    return head + shape.vertices.astype("<f4").tobytes() + faces.tobytes()


PLY = FileFormat("ply", to_ply, "research tools, MeshLab", "Closed surface, the part of each face")
