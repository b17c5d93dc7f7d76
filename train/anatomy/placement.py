"""A head's landmarks on a face known beforehand: rigid placing in the head frame, and a warp between the two."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.atomic_file import write_atomically
from facewright.core.rigid import Rigid, rigid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scipy.interpolate import RBFInterpolator


def spread(points: np.ndarray) -> float:
    """Root mean square distance of points (N, 3) from their mean."""
    return float(np.sqrt(np.square(points - points.mean(axis=0)).sum(axis=1).mean()))


@dataclass(frozen=True)
class ReferenceFace:
    """Landmarks of ICT-FaceKit's neutral head, (3,) mm each, head frame.

    standard : (68, 3), the 68 standard ones in iBUG order; points : the anthropometric ones by name; extra : where the
    remainder's and the eyes' stages have theirs besides: forehead, occiput, bridge, ear_r, ear_l.
    """

    standard: np.ndarray
    points: Mapping[str, np.ndarray]
    extra: Mapping[str, np.ndarray]

    def save(self, path: Path) -> None:
        """Write the JSON file; FacewrightError if the path cannot be written."""
        record = {
            "standard": _rounded(self.standard),
            "points": {name: _rounded(at) for name, at in self.points.items()},
            "extra": {name: _rounded(at) for name, at in self.extra.items()},
        }
        write_atomically(path, (json.dumps(record) + "\n").encode())

    def matched(self, landmarks: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Of landmarks (3,) by name those that the face has: their positions and the face's own, (n, 3) each."""
        names = [name for name in landmarks if name in self.points]
        return np.stack([landmarks[name] for name in names]), np.stack([self.points[name] for name in names])

    def placing(self, landmarks: Mapping[str, np.ndarray]) -> tuple[Rigid, float, float]:
        """How landmarks (3,) by name, in any frame, come to lie on this face's.

        Returns the rigid motion, after scaling by the factor returned next, into the head frame, and the root mean
        square distance that is left then, mm.
        """
        own, goal = self.matched(landmarks)
        scale = spread(goal) / max(spread(own), 1e-12)
        motion = rigid(own * scale, goal)
        left = np.sqrt(np.square(motion(own * scale) - goal).sum(axis=1).mean())
        return motion, scale, float(left)

    def motion(self, landmarks: Mapping[str, np.ndarray]) -> Rigid:
        """The rigid motion that carries landmarks (3,) by name, mm, nearest to this face's, unscaled."""
        return rigid(*self.matched(landmarks))

    def warp(self, landmarks: Mapping[str, np.ndarray], *, onto_face: bool) -> RBFInterpolator:
        """The smoothest map of space that carries landmarks (3,) by name onto this face's, or these onto them."""
        from scipy.interpolate import RBFInterpolator  # late, as trimesh in core.mesh

        own, goal = self.matched(landmarks)
        return RBFInterpolator(*((own, goal) if onto_face else (goal, own)), kernel="linear", degree=1, smoothing=1e-6)


def _rounded(points: np.ndarray) -> list[float]:
    """Points in mm, to the micrometre."""
    return np.round(np.asarray(points, dtype=np.float64), 3).tolist()


@cache
def reference_face() -> ReferenceFace:
    """The face among the program's resources."""
    text = (
        resources.files("facewright.resources").joinpath("anatomy", "reference_face.json").read_text(encoding="utf-8")
    )
    record = json.loads(text)
    points, extra = (
        MappingProxyType({name: np.array(at) for name, at in record[key].items()}) for key in ("points", "extra")
    )
    return ReferenceFace(np.array(record["standard"]), points, extra)
