"""A surface as its file has it: read by the format's own reader, and looked at once, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from facewright.core.exchange.shape import LengthUnit
    from facewright.core.reading.image_map import ImageMap


_PIECE = 2 * 2**20

LONGEST_NAME = 80
"""Of a group or a material, in characters."""


class Unreadable(Exception):
    """What is wrong with a file, as a clause: "its faces name vertices that it does not have"; and what to do.

    It becomes a FacewrightError once the file's name is known.
    """

    def __init__(self, what: str, remedy: str = "export it again") -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


@dataclass(frozen=True)
class RawSurface:
    """Points and polygons in the file's own order, unit and frame.

    points : (N, 3) float64; corners : (C,) int64, the polygons' corners one after the other; sizes : (P,) int64, how
    many of them each has; colours : (N, 3) uint8 sRGB, None where there are none; notes : what the file names but is
    not there, a sentence each; unit : of the format, if it has one; digest : equal for files of a format whose
    polygons are written alike, empty where nobody looked; image_map : the images that the colours are from; uv :
    (C, 2) float64, texture coordinates of every corner, v upwards, NaN where there is none; groups, materials : (P,)
    str, the names of each polygon's. These three are there where they are asked for, and the file has them.
    """

    points: np.ndarray
    corners: np.ndarray
    sizes: np.ndarray
    colours: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    unit: LengthUnit | None = None
    digest: str = ""
    image_map: ImageMap | None = None
    uv: np.ndarray | None = None
    groups: np.ndarray | None = None
    materials: np.ndarray | None = None

    @cached_property
    def triangles(self) -> np.ndarray:
        """The polygons as fans of triangles, (F, 3) int64; those of fewer than three corners are none."""
        return self.corners[self.triangle_corners]

    @cached_property
    def triangle_corners(self) -> np.ndarray:
        """Where the corners of `triangles` are in `corners`, (F, 3) int64."""
        count = np.maximum(self.sizes - 2, 0)
        first = np.repeat(np.cumsum(self.sizes) - self.sizes, count)
        within = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
        return np.column_stack([first, first + within + 1, first + within + 2])

    @property
    def triangle_polygon(self) -> np.ndarray:
        """Which polygon each of `triangles` is of, (F,) int64."""
        return np.repeat(np.arange(len(self.sizes)), np.maximum(self.sizes - 2, 0))

    def checked(self) -> RawSurface:
        """Itself; Unreadable if it contradicts itself."""
        count = len(self.points)
        if self.points.shape != (count, 3) or self.sizes.sum() != len(self.corners):
            raise Unreadable("it is damaged")
        if len(self.corners) and (self.corners.min() < 0 or self.corners.max() >= count):
            raise Unreadable("its faces name vertices that it does not have")
        if self.colours is not None and self.colours.shape != (count, 3):
            raise Unreadable("its colours are not those of its vertices")
        return self


@dataclass(frozen=True)
class Reading:
    """How to read.

    with_colours : whether colours and textures are asked for; with_images : whether colours may be those of images and
    materials, else only the vertices' own are; with_layout : whether texture coordinates and the names
    of the polygons' groups and materials are; like : a surface whose polygons are taken over where the file's are
    written alike; check : is called between steps, and may raise, which ends the reading.
    """

    with_colours: bool = True
    with_images: bool = True
    with_layout: bool = False
    like: RawSurface | None = None
    check: Callable[[], None] = lambda: None


def pieces(data: bytes) -> Iterator[bytes]:
    """A text in pieces of whole lines, each small enough to be looked at without holding up other threads."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _PIECE) + 1 or len(data)
        yield data[start:end]
        start = end


def most_points(file_bytes: int) -> int:
    """How many points, or corners, may be made of a file: instances and strips repeat them, and no face needs more."""
    return max(1_000_000, file_bytes)


def as_bytes(colours: np.ndarray) -> np.ndarray:
    """Colours (N, 3) of any type, from 0 to 1 or, where one is more than that, to 255, as (N, 3) uint8."""
    values = np.nan_to_num(colours.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    scale = 255.0 if not values.size or values.max() <= 1.0 else 1.0
    return np.rint(np.clip(values * scale, 0.0, 255.0)).astype(np.uint8)


def places(points: np.ndarray) -> np.ndarray:
    """Numbers (N,) of points (N, 3) when those at one place are one, in the order in which they first appear."""
    if not len(points):
        return np.empty(0, dtype=np.int64)
    order = np.lexsort(points.T)
    starts = np.concatenate([[True], (points[order[1:]] != points[order[:-1]]).any(axis=1)])
    group = np.empty(len(points), dtype=np.int64)
    group[order] = np.cumsum(starts) - 1
    rank = np.empty(int(starts.sum()), dtype=np.int64)
    rank[np.argsort(order[starts])] = np.arange(len(rank))  # lexsort is stable: the first of a place comes first
    return rank[group]
