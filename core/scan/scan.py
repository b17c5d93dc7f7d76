"""A scan as it comes from a scanner: a mesh or a point cloud in any unit and pose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from facewright.core.errors import FacewrightError
from facewright.core.reading.surface import Reading, places
from facewright.core.reading.surface_file import read_surface
from facewright.core.scan.outside import outer_triangles
from facewright.core.scan.texture import scan_texture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from facewright.core.exchange.shape import LengthUnit
    from facewright.core.reading.surface import RawSurface
    from facewright.core.scan.texture import ScanTexture

_FEWEST_POINTS = 500
_METRES_BELOW, _CENTIMETRES_BELOW = 3.0, 60.0
"""Between a head in one unit and in the next lies a factor of ten: a face is 120 mm across at least, a bust 800."""

_WIDEST_M = 12.0
"""A file whose format has metres is believed up to the size of a room; many hold millimetres all the same."""

MOST_POINTS = 300_000
"""Of a scan that is worked with: about one each half millimetre of a head, the finest that scanners see."""

_SPIKE = 20.0
"""Faces with an edge so many times as long as usual are spikes: a scanner has flung one of their vertices away."""

_CELLS = 128
"""Of the maps by which what is hidden in a modelled head is told: three millimetres each, of a bust."""
_HIDDEN, _MODELLED = 0.15, 0.02
"""A piece less of which is seen from outside is inside; with so many of all triangles in such, a head is modelled."""

_NEIGHBOURS = 16
_AT_A_TIME = 1 << 18
"""Points whose neighbours are held at once: 100 MB."""


@dataclass(frozen=True)
class Scan:
    """A surface or points, in the file's own unit and frame.

    points : (N, 3) float64; faces : (F, 3) int64, none for a point cloud; colours : (N, 3) uint8, from vertex colours
    or from the texture at each vertex, None where the file has neither; notes : what the file names but is not there,
    a sentence each; format_unit : the unit that the file's format has, if it has one; texture : the images that the
    colours are from, face by face.
    """

    points: np.ndarray
    faces: np.ndarray
    colours: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    format_unit: LengthUnit | None = None
    texture: ScanTexture | None = None

    @cached_property
    def extent(self) -> float:
        """Largest extent along an axis without the outermost hundredth of the points, in the file's unit."""
        low, high = np.percentile(self.points, [1.0, 99.0], axis=0)
        return float((high - low).max())

    @property
    def unit(self) -> LengthUnit:
        """The unit, the format's or guessed from the size of a head; to be shown, and changed where it is wrong."""
        if self.format_unit in ("mm", "cm"):
            return self.format_unit
        if self.format_unit == "m" and self.extent < _WIDEST_M:
            return "m"
        if self.extent < _METRES_BELOW:
            return "m"
        return "cm" if self.extent < _CENTIMETRES_BELOW else "mm"

    @cached_property
    def spikes(self) -> np.ndarray:
        """Which faces (F,) bool have an edge far longer than usual, the median of the faces' longest.

        By area a few of them would take nearly all points that are spread over the scan.
        """
        corners = self.points[self.faces]
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
        spikes: np.ndarray = longest > _SPIKE * np.median(longest[longest > 0.0]) if longest.any() else longest > 0.0
        return spikes

    @cached_property
    def normals(self) -> np.ndarray:
        """Unit normals (N, 3) float64: of the faces about each point, or of its neighbours, then of either sign.

        Points without area about them have normals of 0.
        """
        return _mesh_normals(self.points, self.faces) if len(self.faces) else _cloud_normals(self.points)


def read_scan(path: Path, check: Callable[[], None] = lambda: None) -> Scan:
    """Read an OBJ, PLY, STL or GLB file, a mesh or a point cloud, textured or not; of `MOST_POINTS` points at most.

    Raises FacewrightError if it is missing, of another format, damaged, or no surface of any size; and what `check`
    raises, which is called between steps.
    """
    scan = _as_scanned(_scan(read_surface(path, Reading(check=check))))
    check()
    if len(scan.points) < _FEWEST_POINTS or not scan.extent > 0.0:
        raise FacewrightError(f"{path.name} holds no surface to speak of: choose the scan of a face.")
    return thinned(scan, MOST_POINTS)


def _scan(raw: RawSurface) -> Scan:
    """A surface's points that are finite, those at one place one where it has faces, and the faces that use them."""
    points, faces, colours = raw.points, raw.triangles, raw.colours
    good = np.isfinite(points).all(axis=1)
    place = places(points[good]) if len(faces) else np.arange(int(good.sum()))
    first = np.unique(place, return_index=True)[1]
    number = np.full(len(points), -1, dtype=np.int64)
    number[good] = place
    faces = number[faces]
    kept = np.flatnonzero(good)[first]
    own = None if colours is None else colours[kept]
    sound = (faces >= 0).all(axis=1)
    return Scan(points[kept], faces[sound], own, raw.notes, raw.unit, scan_texture(raw, sound))


def _as_scanned(scan: Scan) -> Scan:
    """A modelled head without what no scanner sees: teeth, tongue, backs of eyeballs, the inside of the mouth.

    It is one if pieces of it are hidden. A real scan, which has none, is returned as it is.
    """
    if not len(scan.faces):
        return scan
    links = coo_array((np.ones(len(scan.faces)), scan.faces[:, :2].T), shape=(len(scan.points),) * 2)
    links += coo_array((np.ones(len(scan.faces)), scan.faces[:, 1:].T), shape=links.shape)
    _, piece = connected_components(links, directed=False)
    piece = piece[scan.faces[:, 0]]
    if (piece == piece[0]).all():
        return scan
    seen = outer_triangles(scan.points, scan.faces, _CELLS)
    count, visible = np.bincount(piece), np.bincount(piece, seen)
    hidden = (visible < _HIDDEN * count)[piece]
    if hidden.mean() < _MODELLED:
        return scan
    seen &= ~hidden
    used, number = np.unique(scan.faces[seen], return_inverse=True)
    colours = None if scan.colours is None else scan.colours[used]
    note = f"{np.count_nonzero(~seen):,} triangles that no scanner would see, as of teeth and mouths, were left out."
    texture = scan.texture and scan.texture.of(seen)
    return replace(
        scan,
        points=scan.points[used],
        faces=number.reshape(-1, 3),
        colours=colours,
        notes=(*scan.notes, note),
        texture=texture,
    )


def thinned(scan: Scan, most: int) -> Scan:
    """A scan of at most so many points: those that share a cube of a grid become their mean.

    The cubes are as small as the number allows; a scan that is small enough is returned as it is.
    """
    if len(scan.points) <= most:
        return scan
    low = scan.points.min(axis=0)
    cell = scan.extent * np.sqrt(1.0 / most)
    while True:
        cube = ((scan.points - low) / cell).astype(np.int64)
        sides = cube.max(axis=0) + 1
        _, group, count = np.unique(
            (cube[:, 0] * sides[1] + cube[:, 1]) * sides[2] + cube[:, 2], return_inverse=True, return_counts=True
        )
        if len(count) <= most:
            break
        cell *= 1.2

    def means(values: np.ndarray) -> np.ndarray:
        return np.stack([np.bincount(group, column) for column in values.T], axis=1) / count[:, None]

    faces = group[scan.faces]
    a, b, c = faces.T
    sound = (a != b) & (b != c) & (c != a)
    faces = faces[sound]
    colours = None if scan.colours is None else np.rint(means(scan.colours)).astype(np.uint8)
    texture = scan.texture and scan.texture.of(sound)
    return Scan(means(scan.points), faces, colours, scan.notes, scan.format_unit, texture)


def _mesh_normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Normals weighted by area."""
    a, b, c = points[faces].transpose(1, 0, 2)
    weighted = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for corner in faces.T:
        np.add.at(normals, corner, weighted)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), np.finfo(float).tiny)


def _cloud_normals(points: np.ndarray) -> np.ndarray:
    """The direction in which each point's neighbours are spread least."""
    tree, normals = cKDTree(points), np.empty_like(points)
    for start in range(0, len(points), _AT_A_TIME):
        some = slice(start, start + _AT_A_TIME)
        _, near = tree.query(points[some], k=min(_NEIGHBOURS, len(points)), workers=-1)
        offsets = points[near] - points[near].mean(axis=1, keepdims=True)
        _, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", offsets, offsets))
        normals[some] = axes[:, :, 0]
    return normals
