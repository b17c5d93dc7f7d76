"""How much like a person's a face is that was found in a scan: the shape of faces is laid on the scan there.

Points that lie near each other's surfaces do not make a face: chin, mouth and cheeks are near a smaller face too. Laid
where a face is, from half a centimetre and some degrees off, the shape of everyone's faces
(`facewright.core.anthropometry.face_mixture`) is one that people have; elsewhere it is like nobody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.face_mixture import face_mixture
from facewright.core.anthropometry.locate import FRAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scipy.spatial import cKDTree

    from facewright.core.anthropometry.face_shape import LaidFace
    from facewright.core.anthropometry.rays import Distance
    from facewright.core.scan.mean_face import Surface

_NEAREST, _BLUR_MM2 = 4, 0.02
_SEEN_MM = 6.0
"""Where the scan's points are further away it has nothing."""


def laid_face(surface: Surface, landmarks: Mapping[str, np.ndarray], front: np.ndarray) -> LaidFace | None:
    """The most likely face on a scan; None where the landmarks lack some of the frame.

    landmarks : (3,) by name, mm, where they are thought in the scan's frame; front : (3,), where the face looks to, by
    which the scan's normals are turned: a cloud's may point in or out.
    """
    if not landmarks.keys() >= set(FRAME):
        return None
    normals = surface.normals * np.where(surface.normals @ front < 0.0, -1.0, 1.0)[:, None]

    def covers(points: np.ndarray) -> np.ndarray:
        seen: np.ndarray = surface.tree.query(points)[0] < _SEEN_MM
        return seen

    return face_mixture().everyone.laid(distance_to(surface.points, normals, surface.tree), covers, landmarks)


def distance_to(points: np.ndarray, normals: np.ndarray, tree: cKDTree) -> Distance:
    """Φ, mm, from the planes at the nearest of points (N, 3), mm, with unit normals (N, 3); tree : of the points."""
    nearest = [*range(1, min(_NEAREST, len(points)) + 1)]

    def distance(places: np.ndarray) -> np.ndarray:
        away, near = tree.query(places, k=nearest)
        weights = 1.0 / (away**2 + _BLUR_MM2)
        heights = ((places[:, None] - points[near]) * normals[near]).sum(axis=2)
        result: np.ndarray = (weights * heights).sum(axis=1) / weights.sum(axis=1)
        return result

    return distance
