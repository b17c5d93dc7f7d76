"""Fewer triangles for a picture that has to be quick: the same surface through some of its own vertices.

Vertices of one cell of a lattice become one of them (vertex clustering: Rossignac and Borrel 1993, "Multi-resolution 3D
approximations for rendering complex scenes"), but only where their normals point alike, so that the surface is nearly
flat there; other cells are halved once, and where that does not help either, all vertices stay. A cheek loses most of
its triangles, a lid, a lip or an ear hardly any. The map from vertices to vertices opens no hole: an edge that two
triangles share is still shared, or gone. The lattice lies still in the head frame, so that what does not move looks the
same in every picture.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from facewright.core.surface.patched_mesh import Surface

_CELLS = (1.4, 2.0, 2.8, 4.0, 5.6, 8.0)
"""Widths of the lattice's cells that are tried, in lengths of an edge."""
_ALIKE = 0.98
"""Length of the mean of unit normals that point alike: that of normals within 16° of one, all as often."""
_SAMPLED = 500
"""Edges measured for their mean length."""
_SLAB, _SLABS = 32.0, 4
"""Cells are tried on one slab of four, each so many edges wide."""
_PER_VERTEX = 2
"""Triangles for each vertex of a closed surface."""
_STEADY = 1.5
"""By how much a limit may change before cells change with it: each change of them is seen."""


class Thinned(NamedTuple):
    """Triangles (T, 3) int32 of a surface's vertices; the first `same` of all those with one `series` are the same."""

    faces: np.ndarray
    same: int
    series: object


class Thinner:
    """Thins one surface after another, in cells that stay as long as they can."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._still: _Cells | None = None
        self._moving: _Cells | None = None
        self._base = -1
        self._kept = self._whole = np.empty((0, 3), np.int32)
        self._source: tuple[Surface | _Cells | None, ...] = (None, None, None)

    def thin(self, surface: Surface, limit: int) -> Thinned:
        """The surface by about `limit` triangles at most.

        What of it stays while a part moves is thinned once, and a surface that lies still, too. The moving part keeps
        its triangles where there is room for them beside a rest that has half of the limit.
        """
        mesh, normals = surface.mesh, surface.normals
        own = mesh.faces[surface.kept_faces :]
        still, moving = slice(0, surface.kept_vertices), slice(surface.kept_vertices, None)
        if surface.kept_faces:
            cells = _Cells.at(self._still, surface, still, max(limit - len(own), limit // 2))
            if cells is not self._still or surface.base != self._base:
                self._kept = thinned(mesh.vertices, normals, mesh.faces[: surface.kept_faces], still, cells.width)
                self._still, self._base = cells, surface.base
        else:
            self._kept = mesh.faces[:0]
        faces = np.concatenate([self._kept, own])
        if len(faces) <= _STEADY * limit:
            return Thinned(faces, len(self._kept), (surface.base, self._still and self._still.width))
        self._moving = _Cells.at(self._moving, surface, moving, limit - len(self._kept))
        source = surface, self._still, self._moving
        if any(one is not other for one, other in zip(source, self._source, strict=True)):
            self._source = source
            self._whole = thinned(mesh.vertices, normals, faces, moving, self._moving.width)
        return Thinned(self._whole, 0, None)


class _Cells(NamedTuple):
    """Cells of some width, in mm, chosen for a limit that was a `share` of the vertices."""

    width: float
    share: float

    @classmethod
    def at(cls, last: _Cells | None, surface: Surface, movable: slice, limit: int) -> _Cells:
        """The last ones, or others where the limit is another one by far."""
        vertices, faces = surface.mesh.vertices, surface.mesh.faces
        share = max(limit, 1) / max(len(vertices[movable]), 1)
        if last and 1 / _STEADY < last.share / share < _STEADY:
            return last
        some = faces[:: max(1, len(faces) // _SAMPLED)]
        edge = float(np.linalg.norm(vertices[some[:, 0]] - vertices[some[:, 1]], axis=1).mean())
        return cls(cell_for(vertices[movable], surface.normals[movable], edge, limit), share)


def cell_for(vertices: np.ndarray, normals: np.ndarray, edge: float, limit: int) -> float:
    """The smallest cell, in mm, that leaves about `limit` triangles of a surface, or fewer; the largest if none does.

    vertices : (V, 3) float32, mm; normals : (V, 3) float32, unit length; edge : mean length of its edges, mm.
    """
    tried = np.floor(vertices[:, 0] / (_SLAB * edge)) % _SLABS == 0
    tried |= not tried.any()
    of_all = _PER_VERTEX * len(vertices) / np.count_nonzero(tried)
    vertices, normals = vertices[tried], normals[tried]

    def fits(cell: float) -> bool:
        number = together(vertices, normals, cell * edge)
        return bool(of_all * int((number == np.arange(len(number))).sum()) <= limit)

    return _CELLS[bisect_left(_CELLS, True, hi=len(_CELLS) - 1, key=fits)] * edge


def thinned(vertices: np.ndarray, normals: np.ndarray, faces: np.ndarray, movable: slice, cell: float) -> np.ndarray:
    """Triangles (T, 3) int32, T ≤ F, in the place of `faces` (F, 3) int32, through fewer of the same vertices.

    vertices : (V, 3) float32, mm; normals : (V, 3) float32, unit length. Of these the `movable` are brought together
    within cells of `cell` mm, and all others stay.
    """
    number = np.arange(len(vertices), dtype=np.int32)
    number[movable] = number[movable][together(vertices[movable], normals[movable], cell)]
    moved = number[faces]
    a, b, c = moved.T
    return moved[(a != b) & (b != c) & (c != a)]


def together(vertices: np.ndarray, normals: np.ndarray, cell: float) -> np.ndarray:
    """For each vertex (V,) int32 the one that it is brought together with, in cells of `cell` mm and half of that."""
    number = np.arange(len(vertices), dtype=np.int32)
    rest = number
    for width in (cell, cell / 2):
        points, directions = vertices[rest], normals[rest]
        cluster = _cells(points, width)
        size = np.bincount(cluster)
        means = [np.bincount(cluster, along) / size for along in points.T]
        off = sum((along - mean[cluster]) ** 2 for along, mean in zip(points.T, means, strict=True))
        furthest_first = np.argsort(-np.asarray(off))
        middle = np.empty(len(size), np.int32)
        middle[cluster[furthest_first]] = rest[furthest_first]  # the last one written, which is the nearest, stays
        turned = sum(np.bincount(cluster, along) ** 2 for along in directions.T)
        flat = (turned >= (_ALIKE * size) ** 2)[cluster]
        number[rest[flat]] = middle[cluster[flat]]
        rest = rest[~flat]
    return number


def _cells(points: np.ndarray, width: float) -> np.ndarray:
    """Which cell of a lattice each point (N, 3) is in, (N,), counted over the cells that hold any."""
    places = np.floor(points / np.float32(width)).astype(np.int64)
    if not len(places):
        return np.empty(0, np.int64)
    places -= places.min(axis=0)
    spans = places.max(axis=0) + 1
    flat = (places[:, 0] * spans[1] + places[:, 1]) * spans[2] + places[:, 2]
    return np.unique(flat, return_inverse=True)[1]
