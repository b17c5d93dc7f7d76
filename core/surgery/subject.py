"""A face that is to be operated on, and how it measures at strengths of the fields."""

from __future__ import annotations

from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.landmarks import FaceBefore, Landmarks, profile
from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.surface.extraction import head_mesh
from facewright.core.surface.soundness import FaceSurface, soundness
from facewright.core.surgery.fields import PlanWarp
from facewright.core.surgery.frame import NEEDED, SurgicalFrame
from facewright.core.surgery.operations import OPERATIONS, OperatedFace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.anthropometry.own_face import OwnFace
    from facewright.core.anthropometry.rays import Distance
    from facewright.core.mesh import Mesh
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.surface.soundness import Soundness
    from facewright.core.warp import Warp

_MARKERS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "bone": (0.42, 0.76, 0.0),
        "crest": (0.42, 0.76, -0.85),
        "vault": (0.45, 0.45, -0.85),
        "tip": (0.45, 0.17, 0.8),
        "dome": (0.22, 0.2, 0.93),
    }
)
"""Markers of either side: u over half the alar width, v, w over the tip's; 0 is half-way under the dorsum, below 0 a
share of it."""

_VOXEL_MM = 2.0
"""Of the surface that is judged, where a model has no template."""

_RAY_MM, _RAY_STEP_MM = 24.0, 0.5
_WITHIN_MM = 1.0
"""How deep under the skin a ray begins that would else begin outside of it."""

_KEPT = 16
"""Faces that are kept once they were measured, the last: a solution is asked for again by who shows it."""


class Subject:
    """A face as it is without a plan, for one thread alone: it keeps what was measured last.

    parameters : its codes; frame : what the fields are defined by; kinds : the operations that its landmarks allow;
    before : the face as it is; cancelled : whether what is done is called off, which may be set anew for each work.
    """

    def __init__(
        self,
        model: HeadModel,
        parameters: Parameters,
        template: Mapping[str, np.ndarray] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        scan: OwnFace | None = None,
    ) -> None:
        """Find the landmarks and markers of a face.

        template, scan : corrected landmarks, and the patient's own face on the head without a plan, as for
        `find_landmarks`: operations are planned where the patient's skin is. Raises FacewrightError if the model lacks
        those of a nose, Cancelled once `cancelled` answers true.
        """
        self.model, self.parameters = model, parameters.bare
        self._template, self.cancelled = dict(template or {}), cancelled
        places = {**model.points, **self._template}
        if missing := [name for name in NEEDED if name not in places]:
            raise FacewrightError(
                f"The model {model.name} has no landmark {missing[0]}: use another to plan operations."
            )
        if cancelled():
            raise Cancelled
        self._bare = FaceBefore.of(model, self.parameters, places, self._template, scan=scan)
        landmarks = self._landmarks(self._bare.distance, dict(self._bare.points))
        self.frame = SurgicalFrame(MappingProxyType({name: landmarks.points[name] for name in places}), landmarks.axes)
        self.kinds = tuple(kind for kind in OPERATIONS if set(kind.landmarks) <= places.keys())
        self._markers = self._placed_markers(landmarks.dorsum)
        self._measured: dict[frozenset[tuple[str, float]], OperatedFace] = {}
        self.before = OperatedFace(landmarks, self._markers, self.frame)

    def face(self, strengths: Mapping[str, float]) -> OperatedFace:
        """The face operated on by fields of its own frame. Raises Cancelled if that is wished."""
        key = frozenset((name, strength) for name, strength in strengths.items() if strength != 0.0)
        if not key:
            return self.before
        face = self._measured.pop(key, None) or self.operated(PlanWarp(self.frame, strengths))
        self._measured[key] = face
        if len(self._measured) > _KEPT:
            del self._measured[next(iter(self._measured))]
        return face

    def operated(self, warp: Warp) -> OperatedFace:
        """The face operated on by any fields. Raises Cancelled if that is wished."""
        if self.cancelled():
            raise Cancelled
        markers = dict(zip(self._markers, warp.moved(np.stack(list(self._markers.values()))), strict=True))
        landmarks = self._landmarks(warp.field(self._bare.distance), self._bare.after(warp, self._template))
        return OperatedFace(landmarks, markers, self.frame)

    @cached_property
    def surface(self) -> Mesh:
        """The face within reach of operations, as a mesh whose vertices can be moved, mm."""
        if self.model.template is None:
            return head_mesh(self.model, self.parameters, _VOXEL_MM, self.cancelled)
        return FaceSurface(self.model, self.parameters).mesh

    def judged(self, strengths: Mapping[str, float]) -> Soundness:
        """Whether the operated face is sound."""
        if self.cancelled():
            raise Cancelled
        return soundness(self.surface, PlanWarp(self.frame, strengths).moved(self.surface.vertices))

    def _landmarks(self, distance: Distance, points: dict[str, np.ndarray]) -> Landmarks:
        axes = self._bare.axes
        return Landmarks(MappingProxyType(points), profile(distance, points["n"], points["prn"], axes), axes)

    def _placed_markers(self, dorsum: np.ndarray) -> dict[str, np.ndarray]:
        """Markers (3,) mm: where rays across the nose meet its sides and the nostrils' rims, and nasion."""
        nose = self.frame.nose
        along = nose.coordinates(
            np.concatenate([dorsum[np.isfinite(dorsum).all(axis=1)], self.frame.landmarks["prn"][None]])
        )
        starts, ways, names = [], [], []
        for name, (u, v, w) in _MARKERS.items():
            across, ridge = (np.interp(v, along[::-1, 1], along[::-1, axis]) for axis in (0, 2))
            forward = w * nose.tip if w > 0.0 else (-w or 0.5) * ridge
            for side, sign in (("l", 1.0), ("r", -1.0)):
                starts.append(nose.point(np.array([across + 0.1 * sign * u * nose.half, v, forward])))
                ways.append(sign * nose.axes[0])
                names.append(f"{name}_{side}")
        starts = list(_within(self._bare.distance, np.stack(starts), -nose.axes[2]))
        rim = 0.6 * nose.at["al_l"] + 0.4 * nose.at["c'"]
        for side, sign in (("l", 1.0), ("r", -1.0)):
            starts.append(nose.point(np.array([sign * 0.72 * nose.half, rim[1] + 0.1, rim[2]])))
            ways.append(-nose.axes[1])
            names.append(f"rim_{side}")
        feet = _out_of(self._bare.distance, np.stack(starts), np.stack(ways))
        return {**dict(zip(names, feet, strict=True)), "n": self.frame.landmarks["n"]}


def _within(distance: Distance, starts: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Starts (N, 3) mm, those outside of the surface moved back into it: the sides of a short tip are further back."""
    along = np.arange(0.0, _RAY_MM, _RAY_STEP_MM)
    points = starts[:, None] + along[:, None] * back
    values = distance(points.reshape(-1, 3)).reshape(len(starts), -1)
    deep = (values < -_WITHIN_MM).argmax(axis=1)
    return points[np.arange(len(starts)), np.where(values[:, 0] < 0.0, 0, deep)]


def _out_of(distance: Distance, starts: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """Where rays along unit ways (N, 3) from within first come out of the surface, (N, 3) mm; the start if nowhere."""
    along = np.arange(0.0, _RAY_MM, _RAY_STEP_MM)
    points = starts[:, None] + along[:, None] * ways[:, None]
    values = distance(points.reshape(-1, 3)).reshape(len(starts), -1)
    leaves = (values[:, :-1] < 0.0) & (values[:, 1:] >= 0.0)
    first, rows = leaves.argmax(axis=1), np.arange(len(starts))
    inside, outside = values[rows, first], values[rows, first + 1]
    share = np.where(leaves.any(axis=1), inside / np.minimum(inside - outside, -1e-9), 0.0)
    return starts + ((first + share) * _RAY_STEP_MM * leaves.any(axis=1))[:, None] * ways
