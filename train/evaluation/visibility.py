"""What cameras about a face see of it: its surface without the inside of nostrils and mouth, which no scan has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import igl.embree
import numpy as np

from facewright.core.metrics import FACE_DEPTH_MM

if TYPE_CHECKING:
    from facewright.core.mesh import Mesh

AZIMUTHS_DEG = (-90, -60, -30, 0, 30, 60, 90)
ELEVATIONS_DEG = (0, 30)
"""Of the ring's cameras about the face, 0 being straight ahead; from further below nostrils are seen into."""

CAMERA_MM = 600.0
"""From the cameras to the middle of the face, as in a scanner's rig."""

_POINT_MM = 1e-3
"""libigl asks what a segment sees; one so short is a point."""

_ABOVE_MM = 0.05
"""How far above the surface its points are looked for: on it, their own face may be in the way."""


def camera_ring(nose_tip: np.ndarray) -> np.ndarray:
    """Where the cameras stand, (14, 3) float64, mm, head frame, about the face with that tip of the nose (3,)."""
    azimuth, elevation = np.radians(np.meshgrid(AZIMUTHS_DEG, ELEVATIONS_DEG)).reshape(2, -1)
    away = [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)]
    return np.asarray(nose_tip, dtype=np.float64) - [0.0, 0.0, FACE_DEPTH_MM] + CAMERA_MM * np.stack(away, axis=1)


def visible(points: np.ndarray, normals: np.ndarray, mesh: Mesh, cameras: np.ndarray) -> np.ndarray:
    """Which points (N, 3) of a mesh, with its unit normals (N, 3) there, some camera sees: (N,) bool.

    cameras : (C, 3); all in the mesh's unit (mm) and frame. Rays are cast by Embree.
    """
    faces = np.ascontiguousarray(mesh.faces, dtype=np.int64)
    asked = np.concatenate([mesh.vertices.astype(np.float64), points + _ABOVE_MM * normals])  # be they of faces or not
    seen = np.zeros(len(asked), dtype=bool)
    for camera in np.asarray(cameras, dtype=np.float64):
        seen |= igl.embree.bone_visible(asked, faces, camera, camera + _POINT_MM)
    return seen[len(mesh.vertices) :]
