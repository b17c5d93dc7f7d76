"""The tangents that a normal map is read by, at vertices that have one place each in its image."""

from __future__ import annotations

import numpy as np

_LEAST = 1e-12


def tangents(vertices: np.ndarray, normals: np.ndarray, uv: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Tangents (V, 4) float32: along u, of unit length and square to the normal; then 1, or −1 where UVs are mirrored.

    vertices : (V, 3); normals : (V, 3), unit length; uv : (V, 2), v upwards; triangles : (F, 3) int. The bitangent, up
    the image, is the cross product of normal and tangent, times the fourth number
    (https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html#meshes-overview).
    """
    corners, places = vertices.astype(np.float64)[triangles], uv.astype(np.float64)[triangles]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    (u1, v1), (u2, v2) = ((places[:, k] - places[:, 0]).T[..., None] for k in (1, 2))
    area = u1 * v2 - u2 * v1
    along, up = (np.sign(area) * way for way in (v2 * first - v1 * second, u1 * second - u2 * first))
    sums = np.zeros((2, len(vertices), 3))
    for corner in range(3):
        for total, way in zip(sums, (along, up), strict=True):
            np.add.at(total, triangles[:, corner], way)
    square = sums[0] - (sums[0] * normals).sum(axis=1, keepdims=True) * normals
    length = np.linalg.norm(square, axis=1, keepdims=True)
    aside = np.cross(normals, np.eye(3)[np.abs(normals).argmin(axis=1)])  # where UVs tell none
    lost = length[:, 0] < _LEAST
    square[lost], length[lost] = aside[lost], np.linalg.norm(aside[lost], axis=1, keepdims=True)
    mirrored = (np.cross(normals, square) * sums[1]).sum(axis=1) < 0.0
    return np.column_stack([square / length, np.where(mirrored, -1.0, 1.0)]).astype(np.float32)
