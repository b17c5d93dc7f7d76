"""How open to its surroundings a surface is, from its signed distance: what soft light leaves dark in folds and holes.

Along the normal n of a point p on a flat or convex surface Φ(p + h n) = h; in a fold another wall is nearer. The
shares Φ(p + h n) / h for a few h tell how much of the sky is hidden (Evans 2006, "Fast approximations for global
illumination on dynamic scenes"). Unlike shadows that are worked out in the picture they do not depend on the view, on
the size of the picture or on chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.ndimage import map_coordinates, uniform_filter

if TYPE_CHECKING:
    from typing import Self

    from facewright.core.surface.patched_mesh import Surface

    class Distances(Protocol):
        """What tells a signed distance."""

        def distance(self, points: np.ndarray) -> np.ndarray:
            """Signed distance (N,) in mm at points (N, 3)."""


_REACHES_MM = (4.0, 12.0)
"""h: a nostril's width, and an eye socket's depth."""
_DARKEST = 0.06
"""What is left of the light in the deepest hole: light comes from wall to wall."""
_CELL_MM = 2.5


def openness(head: Distances, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """How much light reaches points of a head's surface, (V,) float32: 1 where nothing is in the way.

    points : (V, 3) float32, mm, head frame, on the surface; normals : (V, 3) float32, unit length, outwards.
    """
    near, far = (
        np.clip(head.distance(points + np.float32(reach) * normals) / reach, 0.0, 1.0) for reach in _REACHES_MM
    )
    light: np.ndarray = near * (0.25 + 0.75 * far)
    return (_DARKEST + (1.0 - _DARKEST) * light).astype(np.float32)


def bounced(light: np.ndarray, albedo: np.ndarray) -> np.ndarray:
    """The light (V, 3) at points that light (V, 1) reaches straight, with what walls of an albedo (V, 3) throw on.

    What is not open to the lamps is wall, lit as the point is: L = o + (1 − o) ρ L, so that L = o / (1 − ρ (1 − o)).
    Folds of skin are red for it, not grey. All linear, 0 to 1.
    """
    thrown: np.ndarray = light / (1.0 - albedo * (1.0 - light))
    return thrown


class OpennessMap:
    """The openness of a head at rest, looked up for the surface of the moving one: near enough until that rests too."""

    def __init__(self, origin: np.ndarray, cells: np.ndarray) -> None:
        """origin : (3,) mm, the middle of the first cell; cells : (x, y, z) float32, of 2.5 mm."""
        self._origin, self._cells = origin, cells
        self._base: int | None = None
        self._kept = np.empty(0, np.float32)

    @classmethod
    def of(cls, points: np.ndarray, light: np.ndarray) -> Self:
        """The mean `openness` (V,) of the points (V, 3), mm, in each cell, carried into the cells beside them."""
        origin = points.min(axis=0) - 2.0 * _CELL_MM
        places = np.rint((points - origin) / _CELL_MM).astype(np.int64)
        shape = tuple(int(side) for side in places.max(axis=0) + 3)
        flat = np.ravel_multi_index(tuple(places.T), shape)
        count = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(np.float32)
        total = np.bincount(flat, light, minlength=count.size).reshape(shape).astype(np.float32)
        around = uniform_filter(total, 5) / np.maximum(uniform_filter(count, 5), 1e-6)
        own = np.where(count > 0.0, total / np.maximum(count, 1.0), around)
        empty = (count == 0.0) & (uniform_filter(count, 5) < 1e-6)
        return cls(origin, np.where(empty, np.float32(1.0), own).astype(np.float32))

    def on(self, surface: Surface) -> np.ndarray:
        """The openness (V,) float32 at a surface's vertices; what stays while a part moves is looked up once."""
        points, kept = surface.mesh.vertices, surface.kept_vertices
        if surface.base != self._base:
            self._base, self._kept = surface.base, self.at(points[:kept])
        return np.concatenate([self._kept, self.at(points[kept:])])

    def at(self, points: np.ndarray) -> np.ndarray:
        """The openness (N,) float32 at points (N, 3), mm; 1 far from the head that the map is of."""
        places = ((points - self._origin) / _CELL_MM).T
        open_share: np.ndarray = map_coordinates(self._cells, places, order=1, mode="constant", cval=1.0)
        return open_share
