"""The colours of a head at rest, looked up for its surface while a part moves: near enough until that rests too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

if TYPE_CHECKING:
    from typing import Self

    from facewright.core.surface.patched_mesh import Surface
    from facewright.editor.viewport.shading import Colour

_CELL_MM, _SPREAD_MM, _REACH = 1.0, 0.8, 4.0
"""Width of a cell; how far colours are spread, σ, and up to how many σ: as far as vertices of cheeks lie apart."""
_LEAST = 1e-5
"""Of what spreads there: less tells nothing."""


class ColourMap:
    """Colours in the cells of a box, without light."""

    def __init__(self, origin: np.ndarray, cells: np.ndarray) -> None:
        """origin : (3,) mm, middle of the first cell; cells : (4, x, y, z) float32, sRGB and whether there is any."""
        self._origin, self._cells = origin, cells
        self._base: int | None = None
        self._kept = np.empty((0, 4), np.float32)

    @classmethod
    def of(cls, points: np.ndarray, colours: np.ndarray, box: np.ndarray) -> Self:
        """The colours (V, 3) of the points (V, 3), mm, that lie in a box (2, 3), and the means between them."""
        within = ((points >= box[0]) & (points <= box[1])).all(axis=1)
        places = np.rint((points[within] - box[0]) / _CELL_MM).astype(np.int64)
        shape = tuple(int(side) for side in np.ceil((box[1] - box[0]) / _CELL_MM) + 1)
        flat, size = np.ravel_multi_index(tuple(places.T), shape), int(np.prod(shape))
        known = np.stack([np.bincount(flat, each, size) for each in (*colours[within].T, np.ones(len(flat)))])
        spread = [gaussian_filter(each.reshape(shape), _SPREAD_MM / _CELL_MM, truncate=_REACH) for each in known]
        share = np.where(spread[3] > _LEAST, spread[3], np.inf)
        return cls(box[0], np.stack([*(each / share for each in spread[:3]), spread[3] > _LEAST]).astype(np.float32))

    def on(self, surface: Surface, base: Colour) -> np.ndarray:
        """The colours (V, 3) at a surface's vertices, `base` where there are none; what stays is looked up once."""
        points, kept = surface.mesh.vertices, surface.kept_vertices
        if surface.base != self._base:
            self._base, self._kept = surface.base, self._at(points[:kept])
        found = np.concatenate([self._kept, self._at(points[kept:])])
        result: np.ndarray = found[:, :3] + (1.0 - found[:, 3:]) * np.asarray(base)
        return result

    def _at(self, points: np.ndarray) -> np.ndarray:
        """Colours (N, 3) at points (N, 3), mm, each times its share, and these shares: (N, 4)."""
        places = ((points - self._origin) / _CELL_MM).T
        inside = (places > -1.0).all(axis=0) & (places < np.array(self._cells.shape[1:])[:, None]).all(axis=0)
        found = np.zeros((len(points), 4), np.float32)
        for channel, cells in enumerate(self._cells):
            found[inside, channel] = map_coordinates(cells, places[:, inside], order=1, mode="constant")
        return found
