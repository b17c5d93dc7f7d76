"""STL: binary, bare triangles; the first note goes into the header, which has 80 bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.exchange.shape import FileFormat
from facewright.core.metrics import face_normals

if TYPE_CHECKING:
    from facewright.core.exchange.shape import LengthUnit, Shape

_HEADER = 80


def to_stl(shape: Shape, unit: LengthUnit) -> bytes:
    """The file. Its header never starts with "solid", by which readers know the text form."""
    faces = shape.triangles.corners
    rows = np.zeros(len(faces), dtype=[("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("unused", "<u2")])
    rows["normal"] = face_normals(shape.vertices, faces)
    rows["corners"] = shape.vertices[faces]
    note = "; ".join(shape.notes).encode("ascii", "replace")[:_HEADER]
    return note.ljust(_HEADER) + np.uint32(len(rows)).astype("<u4").tobytes() + rows.tobytes()


STL = FileFormat("stl", to_stl, "printing, CAD", "Triangles alone: this format holds nothing else", closed=True)
