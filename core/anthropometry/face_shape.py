"""Landmarks of a scan, told by its whole shape: a linear model of faces is laid on it.

A fit carries the template's place of a landmark to within half a millimetre to two of it: the surface is right, but
places slide along it. Where a landmark is no extremum, but a corner of lids or lips or an insertion, the surface at it
tells little of where it is; that of the whole face tells more, for faces vary together. A morphable model (Blanz and
Vetter 1999) of places all over the face and of the landmarks among them is fitted to the scan by its distance Φ at the
places, so that they may slide along it; the landmarks lie where its shape has them, in a crease that a smoothed scan
does not show too. Several models are learnt by `facewright.train.data.make_face_shape`, each of other people:
`facewright.core.anthropometry.face_mixture` says by which of them a face is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.anthropometry.locate import FRAME
from facewright.core.rigid import rigid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.anthropometry.rays import Distance

_SPREADS_MM = (3.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.4, 0.25, 0.25, 0.25)
"""How far places may be off the surface, standard deviation, round by round: in a hurry shapes are caught askew."""

_UNSEEN_MM = 1.5
"""The same at least where the scan has nothing, and only the fitted head tells."""

_FEW, _FEW_FROM_MM = 400, 0.5
"""So many places do while they may be so far off: the first, which are spread over the face like all of them."""

_TETRAHEDRON = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]) / np.sqrt(3.0)
_DIFFERENCE_MM = 0.3
"""Φ and its gradient are told by the corners of a tetrahedron about a place, so far from it."""

_FLATTEST = 0.3

_HELD = 1e-6
"""Added to the curvature in pose and size, which a plane or a ball leaves open."""


@dataclass(frozen=True)
class FaceShape:
    """How the faces of a population vary.

    names : of the L landmarks; mean : (P + L, 3) mm, of the P places, which are ordered so that the first of them are
    spread over the face too, and of the landmarks; modes : (K, P + L, 3) mm, each of one standard deviation.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    modes: np.ndarray

    def laid(
        self, distance: Distance, covers: Callable[[np.ndarray], np.ndarray], points: Mapping[str, np.ndarray]
    ) -> LaidFace:
        """The most likely face on a surface.

        distance : Φ, mm, of the surface; covers : whether the scan has points (n, 3) of it, (n,) bool; points : (3,)
        mm by name, where landmarks are thought: those of `FRAME`, all of which there must be, tell the pose in which
        the mean face is first laid.
        """
        face = _Laid(self, np.stack([points[name] for name in FRAME]))
        for spread in _SPREADS_MM:
            face.step(distance, covers, spread)
        return face.made(distance, covers)


class LaidFace(NamedTuple):
    """A face that was laid on a surface.

    landmarks : (3,) mm by name; places : (P, 3) mm; off_mm : half of those places that the scan has, or of all where it
    has none, are further than that from the surface; sigma : root mean square of its modes, in standard deviations of
    people's; evidence : logarithm of how likely the surface is where people are as the model has them, but for what is
    the same for all models of these places.
    """

    landmarks: dict[str, np.ndarray]
    places: np.ndarray
    off_mm: float
    sigma: float
    evidence: float


class _Offsets(NamedTuple):
    """How a surface lies at n places: off (n,) mm; normals (n, 3); spreads (n,) mm, the standard deviation of off."""

    off: np.ndarray
    normals: np.ndarray
    spreads: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """(n,), as Huber has them: of squares while near, of absolute values where further off."""
        weights: np.ndarray = 1.0 / (self.spreads * np.maximum(self.spreads, np.abs(self.off)))
        return weights


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

    def step(self, distance: Distance, covers: Callable[[np.ndarray], np.ndarray], spread: float) -> None:
        """A step of Gauss and Newton towards the most likely shape and pose.

        What is likely: modes by their standard deviations, places by `spread`, further off ones as Huber has it.
        """
        rows = slice(0, _FEW) if spread >= _FEW_FROM_MM else self._places
        there = self.at(rows)
        offsets = self._offsets(there, distance, covers, spread)
        away, normals = there - self._shift, offsets.normals
        moves = [
            self._slopes(rows, normals),
            np.cross(away, normals),
            normals,
            (away * normals).sum(axis=1, keepdims=True),
        ]
        slope, count = np.concatenate(moves, axis=1), len(self.modes)
        curvature = (slope * offsets.weights[:, None]).T @ slope
        downhill = -slope.T @ (offsets.weights * offsets.off)
        curvature[np.diag_indices_from(curvature)] += np.where(np.arange(len(curvature)) < count, 1.0, _HELD)
        downhill[:count] -= self.modes
        way = np.linalg.solve(curvature, downhill)
        self.modes = self.modes + way[:count]
        turn, shift, size = way[count : count + 3], way[count + 3 : count + 6], way[count + 6]
        self._turn = self._turn @ Rotation.from_rotvec(turn).as_matrix().T
        self._shift, self._size = self._shift + shift, self._size * float(np.exp(size))

    def made(self, distance: Distance, covers: Callable[[np.ndarray], np.ndarray]) -> LaidFace:
        """The face as it lies; its evidence by Laplace's approximation: −½|m|² − Σρ(off) − ½ ln det(1 + JᵀWJ)."""
        rows, names = self._places, self._model.names
        there = self.at(rows)
        offsets = self._offsets(there, distance, covers, _SPREADS_MM[-1])
        slopes = self._slopes(rows, offsets.normals)
        curvature = np.eye(len(self.modes)) + (slopes * offsets.weights[:, None]).T @ slopes
        share = np.abs(offsets.off) / offsets.spreads
        misfit = float(np.where(share < 1.0, 0.5 * share**2, share - 0.5).sum())
        prior = 0.5 * float(np.square(self.modes).sum())
        covered = covers(there)
        return LaidFace(
            dict(zip(names, self.at(slice(-len(names), None)), strict=True)),
            there,
            float(np.median(np.abs(offsets.off[covered] if covered.any() else offsets.off))),
            float(np.sqrt(np.square(self.modes).mean())),
            -prior - misfit - 0.5 * float(np.linalg.slogdet(curvature)[1]),
        )

    @property
    def _places(self) -> slice:
        return slice(0, len(self._model.mean) - len(self._model.names))

    def _slopes(self, rows: slice, normals: np.ndarray) -> np.ndarray:
        """How far places go along normals (n, 3) for a mode's standard deviation, (n, K) mm."""
        return np.einsum("kpc,pc->pk", self._model.modes[:, rows], self._size * normals @ self._turn.T)

    def _offsets(
        self, there: np.ndarray, distance: Distance, covers: Callable[[np.ndarray], np.ndarray], spread: float
    ) -> _Offsets:
        """Of the surface at places (n, 3)."""
        values = np.asarray(distance((there + _DIFFERENCE_MM * _TETRAHEDRON[:, None]).reshape(-1, 3)), np.float64)
        values = values.reshape(len(_TETRAHEDRON), -1)
        slopes = 3.0 / (4.0 * _DIFFERENCE_MM) * values.T @ _TETRAHEDRON
        steepness = np.linalg.norm(slopes, axis=1).clip(min=_FLATTEST)
        spreads = np.where(covers(there), spread, max(spread, _UNSEEN_MM))
        return _Offsets(values.mean(axis=0) / steepness, slopes / steepness[:, None], spreads)
