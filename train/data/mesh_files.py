"""Meshes from files as they were registered: vertices and faces in the files' own order, so that heads correspond."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.input_file import file_bytes
from facewright.core.reading.obj import obj_points
from facewright.core.reading.surface import RawSurface, Reading, Unreadable, places
from facewright.core.reading.surface_file import FORMATS, LARGEST_BYTES, SPLIT, read_surface, suffix

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = tuple(f".{name}" for name in FORMATS)


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
        return places(self.vertices) if self.split else np.arange(len(self.vertices))


def read_mesh(file: Path, like: MeshFile | None = None) -> MeshFile:
    """Read an OBJ, PLY, STL or GLB file; FacewrightError if it is missing, damaged or of another kind.

    like : a mesh whose faces are taken over where the file's are written alike, which saves reading them.
    """
    expected = None if like is None else _raw(like)
    surface = read_surface(file, Reading(with_colours=False, like=expected))
    if expected is not None and like is not None and surface.corners is expected.corners:
        return MeshFile(surface.points, like.polygons, like.digest, split=False)
    polygons = _polygons(surface, file)
    digest = surface.digest or hashlib.sha256(polygons.tobytes()).hexdigest()
    return MeshFile(surface.points, polygons, digest, suffix(file) in SPLIT)


def read_vertices(file: Path) -> np.ndarray:
    """Vertex positions (n, 3) float64 alone of an OBJ file; FacewrightError if it cannot be read."""
    try:
        return obj_vertices(file_bytes(file, LARGEST_BYTES), file)
    except OSError as error:
        raise FacewrightError(f"{file} cannot be read ({error.strerror}): check the path.") from error


def obj_vertices(data: bytes, file: Path) -> np.ndarray:
    """Vertex positions (n, 3) float64 of an OBJ file's bytes; FacewrightError, naming `file`, if one is no position."""
    try:
        return obj_points(data)
    except Unreadable as error:
        raise FacewrightError(f"{file} is damaged, {error.what}: {error.remedy}.") from error


def _raw(mesh: MeshFile) -> RawSurface:
    """A mesh's polygons as readers know them."""
    kept = mesh.polygons >= 0
    return RawSurface(mesh.vertices, mesh.polygons[kept].astype(np.int64), kept.sum(axis=1), digest=mesh.digest)


def _polygons(surface: RawSurface, file: Path) -> np.ndarray:
    """A surface's polygons (P, 4) int32, -1 in a triangle's last place; FacewrightError if there are none or others."""
    sizes = surface.sizes
    if not len(sizes) or (sizes < 3).any() or (sizes > 4).any():
        raise FacewrightError(
            f"{file} has no faces of three or four vertices, or others: export the mesh with triangles or quads."
        )
    polygons = np.full((len(sizes), 4), -1, dtype=np.int32)
    polygons[np.arange(4) < sizes[:, None]] = surface.corners
    return polygons
