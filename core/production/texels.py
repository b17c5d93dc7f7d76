"""Which point of a mesh each texel of an image shows."""

from __future__ import annotations

import numpy as np

_A_TEXEL = 1.5
"""Samples along a texel, so that none is left out."""
_AT_A_TIME = 2**20
"""Samples."""


def texel_points(
    vertices: np.ndarray, uv: np.ndarray, polygons: np.ndarray, uv_polygons: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns (n,) of the texels that polygons cover, each once, and the point (n, 3) float64 that it shows.

    vertices : (V, 3) mm; uv : (T, 2), v upwards, of which the fraction within a tile counts; polygons, uv_polygons :
    (P, 4) int, -1 last in a triangle; size : texels on a side of the image, whose first row is on top.
    """
    split = [[0, 1, 2], [0, 2, 3]]
    whole = np.column_stack([np.ones(len(polygons), dtype=bool), polygons[:, 3] >= 0]).reshape(-1)
    corners, places = (each[:, split].reshape(-1, 3)[whole] for each in (polygons, uv_polygons))
    at = size * (uv[places] % 1.0).astype(np.float64)
    steps = np.ceil(_A_TEXEL * np.linalg.norm(at - np.roll(at, 1, axis=1), axis=2).max(axis=1)).astype(np.int64).clip(1)
    flat, points = [np.empty(0, np.int64)], [np.empty((0, 3))]
    for count in np.unique(steps).tolist():
        first, second = np.triu_indices(count + 1)
        shares = np.stack([first, second - first, count - second], axis=1) / count
        own = np.flatnonzero(steps == count)
        for some in np.array_split(own, -(-len(own) * len(shares) // _AT_A_TIME)):
            across, up = np.einsum("sc,tcx->xts", shares, at[some]).reshape(2, -1).astype(np.int64).clip(0, size - 1)
            texel, once = np.unique((size - 1 - up) * size + across, return_index=True)
            triangle, share = np.divmod(once, len(shares))
            flat.append(texel)
            points.append(np.einsum("nc,ncx->nx", shares[share], vertices[corners[some[triangle]]]))
    texels, once = np.unique(np.concatenate(flat), return_index=True)
    rows, columns = np.divmod(texels, size)
    return rows, columns, np.concatenate(points)[once]
