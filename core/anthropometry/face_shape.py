"""Landmarks of a scan, told by its whole shape: a linear model of faces is laid on it.

A fit carries the template's place of a landmark to within half a millimetre to two of it: the surface is right, but
places slide along it. Where a landmark is no extremum, but a corner of lids or lips or an insertion, the surface at it
tells little of where it is; that of the whole face tells more, for faces vary together. A morphable model (Blanz and
Vetter 1999) of places all over the face and of the landmarks among them is fitted to the scan by its distance Φ at the
places, so that they may slide along it; the landmarks lie where its shape has them, in a crease that a smoothed scan
does not show too. It is learnt from heads of a registered data set by `facewright.train.data.make_face_shape`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.locate import FRAME
from facewright.core.rigid import rigid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.anthropometry.rays import Distance

FILE = "face_shape.npz"

_SPREADS_MM = (3.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.4, 0.25, 0.25, 0.25)
"""How far places may be off the surface, standard deviation, round by round: in a hurry shapes are caught askew."""

_UNSEEN_MM = 1.5
"""The same at least where the scan has nothing, and only the fitted head tells."""

_FEW, _FEW_FROM_MM = 400, 0.5
"""So many places do while they may be so far off: the first, which are spread over the face like all of them."""

_UNLIKE_MM = 1.0
"""Places that are further off than this in the end, half of them, are not on a face: they tell nothing."""

_TETRAHEDRON = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]) / np.sqrt(3.0)
_DIFFERENCE_MM = 0.3
"""Φ and its gradient are told by the corners of a tetrahedron about a place, so far from it."""

_FLATTEST = 0.3


@dataclass(frozen=True)
class FaceShape:
    """What was learnt.

    names : of the L landmarks; mean : (P + L, 3) mm, of the P places, which are ordered so that the first of them are
    spread over the face too, and of the landmarks; modes : (K, P + L, 3) mm, each of one standard deviation.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    modes: np.ndarray

    def located(
        self,
        distance: Distance,
        covers: Callable[[np.ndarray], np.ndarray],
        points: Mapping[str, np.ndarray],
    ) -> dict[str, np.ndarray] | None:
        """Those of the landmarks (3,) mm by name that are among `points`, where they are thought.

        distance : Φ, mm, of the scan's surface; covers : whether the scan has points (n, 3) of it, (n,) bool. The
        landmarks of the frame tell the pose in which the face is first laid. None where one of them is missing, or
        where the surface is like no face.
        """
        if not points.keys() >= set(FRAME):
            return None
        laid = self.laid(distance, covers, points)
        if not laid.off_mm < _UNLIKE_MM:
            return None
        return {name: laid.landmarks[name] for name in points if name in laid.landmarks}

    def laid(
        self, distance: Distance, covers: Callable[[np.ndarray], np.ndarray], points: Mapping[str, np.ndarray]
    ) -> LaidFace:
        """The most likely face on a surface; arguments as for `located`, with all landmarks of the frame."""
        face = _Laid(self, np.stack([points[name] for name in FRAME]))
        for spread in _SPREADS_MM:
            off = face.step(distance, covers, spread)
        return LaidFace(
            dict(zip(self.names, face.at(slice(-len(self.names), None)), strict=True)),
            float(np.median(np.abs(off))),
            float(np.sqrt(np.square(face.modes).mean())),
        )


class LaidFace(NamedTuple):
    """A face that was laid on a surface.

    landmarks : (3,) mm by name; off_mm : half of its places are further than that from the surface; sigma : root mean
    square of its modes, in standard deviations of people's.
    """

    landmarks: dict[str, np.ndarray]
    off_mm: float
    sigma: float


class _Laid:
    """A face of the model in some pose: size · shape · turn + shift, rows of the shape in the model's frame, mm."""

    def __init__(self, model: FaceShape, frame: np.ndarray) -> None:
        """The mean face where its landmarks of `FRAME` lie best on these (n, 3)."""
        self._model, self.modes = model, np.zeros(len(model.modes))
        there = model.mean[[len(model.mean) - len(model.names) + model.names.index(name) for name in FRAME]]
        spreads = [np.linalg.norm(each - each.mean(axis=0)) for each in (frame, there)]
        self._turn, self._size = rigid(frame, there).rotation, float(spreads[0] / spreads[1])
        self._shift = frame.mean(axis=0) - self._size * there.mean(axis=0) @ self._turn

    def at(self, rows: slice) -> np.ndarray:
        """Where places or landmarks (n, 3) of these rows are, mm."""
        shape = self._model.mean[rows] + np.tensordot(self.modes, self._model.modes[:, rows], axes=1)
        there: np.ndarray = self._size * shape @ self._turn + self._shift
        return there

    def step(self, distance: Distance, covers: Callable[[np.ndarray], np.ndarray], spread: float) -> np.ndarray:
        """A step of Gauss and Newton towards the most likely shape and pose; how far the places were off before, mm.

        What is likely: modes by their standard deviations, places by `spread`, further off ones as Huber has it.
        """
        rows = slice(0, _FEW if spread >= _FEW_FROM_MM else len(self._model.mean) - len(self._model.names))
        there, modes = self.at(rows), self._model.modes[:, rows]
        values = np.asarray(distance((there + _DIFFERENCE_MM * _TETRAHEDRON[:, None]).reshape(-1, 3)), np.float64)
        values = values.reshape(len(_TETRAHEDRON), -1)
        slopes = 3.0 / (4.0 * _DIFFERENCE_MM) * values.T @ _TETRAHEDRON
        steepness = np.linalg.norm(slopes, axis=1).clip(min=_FLATTEST)
        off, normals = values.mean(axis=0) / steepness, slopes / steepness[:, None]
        spreads = np.where(covers(there), spread, max(spread, _UNSEEN_MM))
        weights = 1.0 / (spreads * np.maximum(spreads, np.abs(off)))
        away = there - self._shift
        moves = [
            np.einsum("kpc,pc->pk", modes, self._size * normals @ self._turn.T),
            np.cross(away, normals),
            normals,
            (away * normals).sum(axis=1, keepdims=True),
        ]
        slope, count = np.concatenate(moves, axis=1), len(modes)
        curvature = (slope * weights[:, None]).T @ slope
        downhill = -slope.T @ (weights * off)
        curvature[np.arange(count), np.arange(count)] += 1.0
        downhill[:count] -= self.modes
        way = np.linalg.solve(curvature, downhill)
        self.modes = self.modes + way[:count]
        turn, shift, size = way[count : count + 3], way[count + 3 : count + 6], way[count + 6]
        self._turn = self._turn @ Rotation.from_rotvec(turn).as_matrix().T
        self._shift, self._size = self._shift + shift, self._size * float(np.exp(size))
        return off


@cache
def face_shape() -> FaceShape:
    """The bundled one."""
    return read_face_shape(Path(str(files("facewright.resources"))) / "landmarks" / FILE)


def read_face_shape(path: Path) -> FaceShape:
    """What `facewright.train.data.make_face_shape` has written."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    names = tuple(arrays.pop("names").tolist())
    return FaceShape(names, **{key: array.astype(np.float64) for key, array in arrays.items()})
