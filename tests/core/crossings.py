"""Faces of a mesh that cut through one another."""

import numpy as np
from scipy.spatial import cKDTree


def crossing_faces(vertices, faces):
    """Pairs (n, 2) of faces that share no vertex and of which an edge of one pierces the other."""
    corners = vertices[faces].astype(np.float64)
    centre = corners.mean(axis=1)
    reach = np.linalg.norm(corners - centre[:, None], axis=2).max(axis=1)
    near = cKDTree(centre).query_ball_point(centre, 2.0 * reach)  # whatever is smaller and touches
    first = np.repeat(np.arange(len(faces)), [len(found) for found in near])
    second = np.concatenate([np.asarray(found) for found in near])
    close = np.linalg.norm(centre[first] - centre[second], axis=1) < reach[first] + reach[second]
    apart = (faces[first][:, :, None] != faces[second][:, None, :]).all(axis=(1, 2))
    pairs = np.unique(np.sort(np.stack([first, second], axis=1)[close & apart], axis=1), axis=0)
    hit = np.zeros(len(pairs), dtype=bool)
    for one, other in ((0, 1), (1, 0)):
        for corner in range(3):
            start, end = corners[pairs[:, one], corner], corners[pairs[:, one], (corner + 1) % 3]
            hit |= _pierces(start, end, corners[pairs[:, other]])
    return pairs[hit]


def _pierces(start, end, triangles):
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
        return (x >= 0.0) & (y >= 0.0) & (x + y <= 1.0) & (t >= 0.0) & (t <= 1.0)
