"""How well a pose puts the model's face on a scan, seen from both sides.

Every point of the model's face is asked what the scan has beside it. A surface near it that faces the same way speaks
for the pose; a surface that faces another way, or lies before or behind it where the scanner looked, speaks against;
nothing at all, where the scan has a hole or ends, says nothing. And what the scan has before the face, in the free air,
speaks against. So half a face that fits is worth half of a whole one, and more than a whole one that fits badly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.scan.mean_face import MeanFace, Surface

WORST_MM = 10.0
"""What a point of the mean face counts that has no scan beside it, or one that faces another way."""
_ALONG_MM = (-30.0, -18.0, 18.0, 30.0)
"""Places along the normal where a scan that is not beside a point lies against the pose."""
_ASIDE_MM = 3.0
"""A point whose nearest scan is an edge, so far to the side, lies where the scan has ended."""
_AIR_MM, _ABOUT_MM = 14.0, 70.0
"""So far before the face there is air, about the tip of the nose."""


class Pose(NamedTuple):
    """head = rotation · scan + translation, mm; shape : (K,) the face's coefficients, σ, in the order of the modes."""

    rotation: np.ndarray
    translation: np.ndarray
    shape: np.ndarray


def score(pose: Pose, surface: Surface, mean: MeanFace, count: int, lacking_mm: float = WORST_MM) -> float:
    """Mean distance from the mean face's first `count` points to the scan, cut at `WORST_MM`.

    lacking_mm : what a point counts that has no scan within that distance.
    """
    return float(scores([pose], surface, mean, count, lacking_mm)[0])


def scores(
    poses: Sequence[Pose], surface: Surface, mean: MeanFace, count: int, lacking_mm: float = WORST_MM
) -> np.ndarray:
    """The `score` of several poses, (n,)."""
    turns = np.stack([pose.rotation for pose in poses])
    faces = np.stack([mean.face_of(pose.shape, count) - pose.translation for pose in poses])
    there = faces @ turns
    distance, index = surface.tree.query(there.reshape(-1, 3), distance_upper_bound=WORST_MM)
    near = np.isfinite(distance)
    ways = (mean.face_normals[:count] @ turns).reshape(-1, 3)[near]
    agree = np.abs((surface.normals[index[near]] * ways).sum(axis=1))
    distance[near] = np.minimum(distance[near] + WORST_MM * (1.0 - agree), WORST_MM)
    distance[~near] = lacking_mm
    means: np.ndarray = distance.reshape(len(poses), -1).mean(axis=1)
    return means


def evidence(pose: Pose, surface: Surface, mean: MeanFace, count: int, tolerance_mm: float) -> float:
    """What speaks for a pose, −1 to 1: 1 where every point of the face has a scan on it.

    tolerance_mm : the distance from the scan's planes that speaks neither for a pose nor against it.
    """
    normals = mean.face_normals[:count]
    there = (mean.face_of(pose.shape, count) - pose.translation) @ pose.rotation
    ways = normals @ pose.rotation
    distance, index = surface.tree.query(there, distance_upper_bound=WORST_MM)
    near = np.isfinite(distance)
    index = np.where(near, index, 0)
    offset = surface.points[index] - there
    agree = np.abs((surface.normals[index] * ways).sum(axis=1)) > 0.5
    plane = np.abs((offset * surface.normals[index]).sum(axis=1))
    ended = surface.edge[index] & (np.sqrt(np.maximum(distance**2 - plane**2, 0.0)) > _ASIDE_MM)
    speaks = np.where(agree, np.maximum(1.0 - np.square(plane / tolerance_mm), -1.0), -1.0)
    speaks = np.where(near & ~ended, speaks, 0.0)
    lacking = np.flatnonzero(~near)
    along = there[lacking, None] + ways[lacking, None] * np.array(_ALONG_MM)[:, None]
    blocked = np.isfinite(surface.tree.query(along, distance_upper_bound=WORST_MM)[0]).any(axis=1)
    speaks[lacking[blocked]] = -1.0
    return float(speaks.mean()) - _in_the_air(pose, surface, mean)


def _in_the_air(pose: Pose, surface: Surface, mean: MeanFace) -> float:
    """Of the scan about the nose, the share that lies before the face."""
    face = mean.face_of(pose.shape, len(mean.modes[0]))
    points = surface.points @ pose.rotation.T + pose.translation
    points = points[np.linalg.norm(points - mean.tip, axis=1) < _ABOUT_MM]
    if not len(points):
        return 0.0
    nearest = cKDTree(face).query(points)[1]
    height = ((points - face[nearest]) * mean.face_normals[: len(face)][nearest]).sum(axis=1)
    return float((height > _AIR_MM).mean())
