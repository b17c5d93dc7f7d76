"""Faces of a mesh that cut through one another."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

_USUAL = 0.9
"""Share of the faces that are looked for together; the largest, of which many others are near, are apart."""


def crossing_faces(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Pairs (n, 2) int64 of faces (F, 3) that share no vertex and of which an edge of one pierces the other.

    vertices : (V, 3), mm.
    """
    corners = vertices[faces].astype(np.float64)
    centre = corners.mean(axis=1)
    reach = np.linalg.norm(corners - centre[:, None], axis=2).max(axis=1)
    pairs = _neighbours(centre, reach)
    low, high = corners.min(axis=1), corners.max(axis=1)
    one, other = pairs.T
    pairs = pairs[((low[one] <= high[other]) & (low[other] <= high[one])).all(axis=1)]
    pairs = pairs[(faces[pairs[:, 0]][:, :, None] != faces[pairs[:, 1]][:, None, :]).all(axis=(1, 2))]
    hit = np.zeros(len(pairs), dtype=bool)
    for one, other in ((0, 1), (1, 0)):
        for corner in range(3):
            start, end = corners[pairs[:, one], corner], corners[pairs[:, one], (corner + 1) % 3]
            hit |= _pierces(start, end, corners[pairs[:, other]])
    crossing: np.ndarray = pairs[hit]
    return crossing


def _neighbours(centre: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Pairs (n, 2) of balls about centres (F, 3) with radii (F,) that overlap, the smaller index first, sorted."""
    usual = float(np.quantile(reach, _USUAL))
    small, large = np.flatnonzero(reach <= usual), np.flatnonzero(reach > usual)
    trees = [cKDTree(centre[each]) for each in (small, large)]
    pairs = [
        each[tree.query_pairs(2.0 * reach[each].max(initial=0.0), output_type="ndarray")]
        for each, tree in zip((small, large), trees, strict=True)
    ]
    if len(large):
        beside = trees[0].query_ball_point(centre[large], reach[large] + usual)
        counts = [len(near) for near in beside]
        pairs.append(np.stack([np.repeat(large, counts), small[np.concatenate(beside).astype(np.int64)]], axis=1))
    first, second = np.sort(np.concatenate(pairs), axis=1).astype(np.int64).T
    near = np.linalg.norm(centre[first] - centre[second], axis=1) < reach[first] + reach[second]
    first, second = first[near], second[near]
    order = np.argsort(first * len(centre) + second)
    return np.stack([first[order], second[order]], axis=1)


def _pierces(start: np.ndarray, end: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Which segments (n, 3) to (n, 3) pass through triangles (n, 3, 3) (Möller & Trumbore 1997)."""
    a, along = triangles[:, 0], end - start
    u, v = triangles[:, 1] - a, triangles[:, 2] - a
    p = np.cross(along, v)
    scale = (u * p).sum(axis=1)
    scale = np.where(np.abs(scale) < 1e-12, np.nan, scale)
    s = start - a
    q = np.cross(s, u)
    with np.errstate(invalid="ignore"):
        x, y, t = (s * p).sum(axis=1) / scale, (along * q).sum(axis=1) / scale, (v * q).sum(axis=1) / scale
        inside: np.ndarray = (x >= 0.0) & (y >= 0.0) & (x + y <= 1.0) & (t >= 0.0) & (t <= 1.0)
    return inside
