"""Landmarks of a scan, moved along it to where the surface about them says that they belong.

A fit carries the template's place of a landmark to within half a millimetre to two of it: the surface is right, but
places slide along it. Where a landmark is no extremum, but a corner of lids or lips or an insertion, the shape of the
surface about it tells where it is. Supervised descent (Xiong and De la Torre 2013): Φ at places about the landmarks of
a part of the face, where the mean face has its surface, gives by a linear map how far each of them is from where it
belongs; a few maps follow each other. They are learnt from simulated scans of unlike heads by
`facewright.train.data.make_descent`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.locate import FRAME
from facewright.core.rigid import rigid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from facewright.core.anthropometry.rays import Distance

FILE = "descent.npz"

_LONGEST = 6.0
"""A step of a map is no longer along an axis, mm on the mean face; and what is further from its surface counts so."""


@dataclass(frozen=True)
class Descent:
    """What was learnt.

    names : of the L landmarks; mean : (L, 3) mm, where the mean face has them; places : (L, P, 3) mm, of its surface,
    from each of them; maps : (S, L, L, P, 3), of each step, from Φ at the places of a landmark to the way of another;
    ways : (S, L, 3) mm, the maps' constants.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    places: np.ndarray
    maps: np.ndarray
    ways: np.ndarray

    def moved(
        self,
        distance: Distance,
        onto: Callable[[np.ndarray], np.ndarray],
        points: Mapping[str, np.ndarray],
        held: Collection[str] = (),
    ) -> dict[str, np.ndarray]:
        """Landmarks (3,) mm by name, of which all that are not `held` were moved; unchanged where one is missing.

        onto : moves points (n, 3) onto the surface Φ = 0.
        """
        if not points.keys() >= set(self.names):
            return dict(points)
        there, free = np.stack([points[name] for name in self.names]), [name not in held for name in self.names]
        for step in range(len(self.maps)):
            axes, size = self.frame(there)
            way = np.einsum("mp,lmpc->lc", self.features(distance, there, axes, size), self.maps[step])
            way = (way + self.ways[step]).clip(-_LONGEST, _LONGEST)
            there = np.where(np.array(free)[:, None], onto(there + size * way @ axes), there)
        return {**points, **dict(zip(self.names, there, strict=True))}

    def frame(self, points: np.ndarray) -> tuple[np.ndarray, float]:
        """Axes (3, 3), rows to the left, up and out, of a face with landmarks (L, 3); its size over the mean one's."""
        rows = [self.names.index(name) for name in FRAME]
        here, there = points[rows], self.mean[rows]
        spreads = [np.linalg.norm(each - each.mean(axis=0)) for each in (here, there)]
        return rigid(here, there).rotation, float(spreads[0] / spreads[1])

    def features(self, distance: Distance, points: np.ndarray, axes: np.ndarray, size: float) -> np.ndarray:
        """Φ (L, P) at the places about landmarks (L, 3), mm on the mean face."""
        places = points[:, None] + size * self.places @ axes
        values = np.asarray(distance(places.reshape(-1, 3)), dtype=np.float64) / size
        return values.reshape(places.shape[:2]).clip(-_LONGEST, _LONGEST)


@cache
def descent() -> Descent:
    """The bundled one."""
    with np.load(Path(str(files("facewright.resources"))) / "landmarks" / FILE, allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    names = tuple(arrays.pop("names").tolist())
    return Descent(names, **{key: array.astype(np.float64) for key, array in arrays.items()})
