"""A mesh whose topology somebody works with: faces, UVs, groups, materials and colours as its file has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import FacewrightError
from facewright.core.reading.surface import Reading, places
from facewright.core.reading.surface_file import SPLIT, read_surface, suffix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from facewright.core.exchange.shape import LengthUnit
    from facewright.core.reading.surface import RawSurface

SUFFIX = "topology"
"""Of the files in which topologies are kept, once they are conformed (`facewright.core.conform.topology_file`)."""

MOST_VERTICES = 200_000
"""Of a mesh that is worked with: sculpts of millions have no topology to keep."""


@dataclass(frozen=True, eq=False)
class Layout:
    """What a mesh is besides the places of its vertices.

    polygons : (P, 4) int32, -1 last in a triangle; uv : (T, 2) float32, v upwards, none where there are no UVs;
    uv_vertex : (T,) int32, the vertex of each; uv_polygons : (P, 4) int32 into `uv`; groups, materials : names; group,
    material : (P,) int32, each polygon's; colours : (N, 3) uint8 sRGB, of the vertices themselves, none where they have
    none.
    """

    polygons: np.ndarray
    uv: np.ndarray
    uv_vertex: np.ndarray
    uv_polygons: np.ndarray
    groups: tuple[str, ...]
    group: np.ndarray
    materials: tuple[str, ...]
    material: np.ndarray
    colours: np.ndarray = field(default_factory=lambda: np.empty((0, 3), np.uint8))

    @property
    def triangles(self) -> np.ndarray:
        """The polygons as triangles (F, 3) int64: quads are cut from their first corner to their third."""
        a, b, c, d = self.polygons.astype(np.int64).T
        return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)[d >= 0]])


@dataclass(frozen=True, eq=False)
class StudioMesh:
    """A mesh as its file has it.

    vertices : (N, 3) float64, in its order, unit and frame; unit : the format's, if it has one; notes : what it lacks,
    a sentence each.
    """

    name: str
    vertices: np.ndarray
    layout: Layout
    unit: LengthUnit | None = None
    notes: tuple[str, ...] = ()


def read_studio_mesh(path: Path, check: Callable[[], None] = lambda: None) -> StudioMesh:
    """Read an OBJ, PLY, STL or GLB file.

    Vertices that a format doubles at the seams of UVs are one again. Raises FacewrightError if it is missing, damaged,
    no mesh of triangles and quads, or too large; and what `check` raises, which is called between steps.
    """
    raw = read_surface(path, Reading(with_images=False, with_layout=True, check=check))
    sizes = raw.sizes
    if not len(sizes):
        raise FacewrightError(f"{path.name} has no faces: choose the mesh of a head, of triangles or quads.")
    odd = (sizes < 3) | (sizes > 4)
    if odd.any():
        raise FacewrightError(
            f"{path.name} has {int(odd.sum())} faces of other than three or four corners: split them into triangles "
            "and quads, and export it again."
        )
    vertices, corners = raw.points, raw.corners
    colours = np.empty((0, 3), np.uint8) if raw.colours is None else raw.colours
    if suffix(path) in SPLIT:
        number = places(vertices)
        first = np.unique(number, return_index=True)[1]
        vertices, corners, colours = vertices[first], number[corners], colours[first] if len(colours) else colours
    if len(vertices) > MOST_VERTICES:
        raise FacewrightError(
            f"{path.name} has {len(vertices):,} vertices, and a topology may have {MOST_VERTICES:,}: choose the mesh "
            "that is animated, not a sculpt or a scan."
        )
    if not np.isfinite(vertices).all():
        raise FacewrightError(f"{path.name} has vertices that are nowhere: export it again.")
    if not np.ptp(vertices, axis=0).any():
        raise FacewrightError(f"{path.name} has all of its vertices in one place: choose the mesh of a head.")
    uv, bare = _placed(raw)
    notes = (f"{bare:,} of its {len(sizes):,} faces have no UVs: these lie in the corner of the map.",) if bare else ()
    return StudioMesh(path.stem, vertices, _layout(raw, corners, uv, colours), raw.unit, notes)


def _layout(raw: RawSurface, corners: np.ndarray, at_corners: np.ndarray | None, colours: np.ndarray) -> Layout:
    uv, uv_vertex, uv_corners = _uv(at_corners, corners)
    groups, group = _named(raw.groups, len(raw.sizes))
    materials, material = _named(raw.materials, len(raw.sizes))
    return Layout(
        _rows(corners, raw.sizes),
        uv,
        uv_vertex,
        _rows(uv_corners, raw.sizes),
        groups,
        group,
        materials,
        material,
        colours,
    )


def _named(names: np.ndarray | None, count: int) -> tuple[tuple[str, ...], np.ndarray]:
    """The different names, and each polygon's (P,) int32; of none all polygons are "head"."""
    if names is None:
        return ("head",), np.zeros(count, dtype=np.int32)
    different, number = np.unique(names, return_inverse=True)
    return tuple(str(name) or "head" for name in different), number.reshape(-1).astype(np.int32)


def _placed(raw: RawSurface) -> tuple[np.ndarray | None, int]:
    """Texture coordinates (C, 2) float32 of every corner, None if no face has them; and of how many they are (0, 0).

    Those are faces of which a corner has none: formats can hold UVs of all faces or of none.
    """
    if raw.uv is None:
        return None, 0
    with np.errstate(over="ignore"):
        uv = raw.uv.astype(np.float32)
    polygon = np.repeat(np.arange(len(raw.sizes)), raw.sizes)
    bare = np.zeros(len(raw.sizes), dtype=bool)
    bare[polygon[~np.isfinite(uv).all(axis=1)]] = True
    uv[bare[polygon]] = 0.0
    return (None, 0) if bare.all() else (uv, int(bare.sum()))


def _uv(at_corners: np.ndarray | None, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Texture coordinates (T, 2) float32 and their vertices (T,), and which each corner (C,) has; all empty without."""
    if at_corners is None:
        return np.empty((0, 2), np.float32), np.empty(0, np.int32), np.empty(0, np.int64)
    values = np.column_stack([corners.astype(np.float64), at_corners])
    rows, number = np.unique(values, axis=0, return_inverse=True)
    return rows[:, 1:].astype(np.float32), rows[:, 0].astype(np.int32), number.reshape(-1)


def _rows(corners: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Polygons (P, 4) int32 of corners (C,), -1 in a triangle's last place; none of no corners."""
    if not len(corners):
        return np.empty((0, 4), np.int32)
    polygons = np.full((len(sizes), 4), -1, dtype=np.int32)
    polygons[np.arange(4) < sizes[:, None]] = corners
    return polygons
