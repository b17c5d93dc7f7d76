"""Meshes from files as they were registered: vertices and faces in the files' own order, so that heads correspond."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import trimesh

from core.errors import FacewrightError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".obj", ".ply", ".stl", ".glb")

_SPLIT = (".stl", ".glb")
"""Formats that repeat a vertex for each of its faces or texture coordinates."""


@dataclass(frozen=True)
class MeshFile:
    """One file's mesh.

    vertices : (n, 3) float64, the file's unit and frame; polygons : (P, 4) int32, -1 in a triangle's last place;
    digest : equal for files whose faces are written alike; split : whether the format repeats vertices.
    """

    vertices: np.ndarray
    polygons: np.ndarray
    digest: str
    split: bool

    def welded(self, weld: np.ndarray) -> MeshFile:
        """The mesh with vertex i in the place `weld[i]` (n,) of those that are kept."""
        first = np.unique(weld, return_index=True)[1]
        polygons = np.where(self.polygons < 0, -1, weld[self.polygons]).astype(np.int32)
        return MeshFile(self.vertices[first], polygons, self.digest, split=False)

    def weld(self) -> np.ndarray:
        """Numbers (n,) of the vertices when those at one place are one, in the order in which they first appear."""
        if not self.split:
            return np.arange(len(self.vertices))
        _, first, inverse = np.unique(self.vertices, axis=0, return_index=True, return_inverse=True)
        return np.argsort(np.argsort(first))[inverse.reshape(-1)]


def read_mesh(file: Path, like: MeshFile | None = None) -> MeshFile:
    """Read an OBJ, PLY, STL or GLB file; FacewrightError if it is missing, damaged or of another kind.

    like : a mesh whose faces are taken over where the file's are written alike, which saves reading them.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise FacewrightError(f"{file} is not a mesh that can be read: give OBJ, PLY, STL or GLB files.")
    data = file_bytes(file)
    if file.suffix.lower() == ".obj":
        faces = b"\n".join(line for line in data.split(b"\n") if line.startswith(b"f "))
        digest = _digest(faces)
        vertices = obj_vertices(data, file)
        if like is not None and like.digest == digest:
            return MeshFile(vertices, like.polygons, digest, split=False)
        polygons = obj_polygons(data, file)
        _require_vertices(polygons, len(vertices), file)
        return MeshFile(vertices, polygons, digest, split=False)
    try:
        dumped = trimesh.load_scene(file, process=False).dump()
        pieces = [piece for piece in dumped if isinstance(piece, trimesh.Trimesh)]
        starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
        vertices = np.concatenate([np.asarray(piece.vertices, dtype=np.float64) for piece in pieces])
        triangles = np.concatenate([np.asarray(p.faces) + start for p, start in zip(pieces, starts, strict=False)])
    except Exception as error:  # trimesh raises what its parsers happen to
        raise FacewrightError(f"{file} is damaged or of another kind: export it again.") from error
    _require_vertices(triangles, len(vertices), file)
    polygons = np.column_stack([triangles, np.full(len(triangles), -1)]).astype(np.int32)
    return MeshFile(vertices, polygons, _digest(polygons.tobytes()), file.suffix.lower() in _SPLIT)


def file_bytes(file: Path) -> bytes:
    """A file's content; FacewrightError if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise FacewrightError(f"{file} cannot be read ({error.strerror}): check the path.") from error


def _require_vertices(faces: np.ndarray, count: int, file: Path) -> None:
    """Raise FacewrightError, naming `file`, if faces name vertices beyond the `count` that there are."""
    if not len(faces) or faces[:, :3].min() < 0 or faces.max() >= count:
        raise FacewrightError(f"{file} is damaged: its faces name vertices that it does not have.")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def obj_vertices(data: bytes, file: Path) -> np.ndarray:
    """Vertex positions (n, 3) float64 of an OBJ file's bytes; FacewrightError, naming `file`, if one is no position."""
    lines = [line[2:] for line in data.split(b"\n") if line.startswith(b"v ")]
    values = b" ".join(lines).split()
    try:
        if len(values) != 3 * len(lines):  # with colours, or damaged
            values = [value for line in lines for value in line.split()[:3]]
        return np.array(values, dtype=np.float64).reshape(len(lines), 3)
    except ValueError as error:
        raise FacewrightError(f"{file} is damaged: a vertex line is not three numbers.") from error


def obj_polygons(data: bytes, file: Path) -> np.ndarray:
    """Faces (P, 4) int32 of an OBJ file of triangles and quads, from 0, -1 in a triangle's last place.

    Raises FacewrightError, naming `file`, if there are none or others.
    """
    try:
        corners = [
            [int(corner.split(b"/")[0]) - 1 for corner in line.split()[1:]]
            for line in data.split(b"\n")
            if line.startswith(b"f ")
        ]
        polygons = np.array([row if len(row) == 4 else [*row, -1] for row in corners], dtype=np.int32)
    except (ValueError, OverflowError) as error:
        raise FacewrightError(f"{file} is damaged: a face is not three or four vertices.") from error
    if polygons.shape[1:] != (4,) or polygons[:, :3].min() < 0 or polygons.min() < -1:
        raise FacewrightError(f"{file} has no faces of three or four vertices: export the mesh with its faces.")
    return polygons
