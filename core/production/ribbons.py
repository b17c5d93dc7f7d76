"""Hairs as thin ribbons that a topology's vertices carry along, where no image of them is drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

LEVELS = np.array((0.0, 0.4, 0.75, 1.0))
"""Where a ribbon has corners, in shares of the way from root to tip."""

THIN = 0.05
"""Half a ribbon's width at its tip, in shares of that at the root."""

_AT_A_TIME = 32
"""Points whose shares of all triangles are worked out together: they fit a processor's cache."""


class Ribbons(NamedTuple):
    """Hairs as ribbons.

    middles, edges : (n, V), places along each hair, and of its edge beside them, as means of the topology's vertices;
    faces : (F, 3) int32, of the middles, the edges, and then the edges across.
    """

    middles: sparse.csr_array
    edges: sparse.csr_array
    faces: np.ndarray

    @classmethod
    def of(
        cls, middles: np.ndarray, edges: np.ndarray, corners: np.ndarray, vertices: np.ndarray, count: int
    ) -> Ribbons:
        """Hairs by the places (H, `LEVELS`, 2) of their middles and of one edge, in the plane of some triangles.

        corners : (T, 3, 2), the triangles' corners in that plane; vertices : (T, 3), which of `count` vertices they
        are.
        """
        along, beside = (means(points.reshape(-1, 2), corners, vertices, count) for points in (middles, edges))
        return cls(along, beside, _faces(len(middles)))


def means(points: np.ndarray, corners: np.ndarray, vertices: np.ndarray, count: int) -> sparse.csr_array:
    """Points (n, 2) as means of `count` vertices, (n, count): by the triangle that each lies in, or the nearest.

    corners : (T, 3, 2); vertices : (T, 3).
    """
    a, b, c = corners.swapaxes(0, 1)
    slopes = np.linalg.inv(np.stack([b - a, c - a], axis=2))
    chosen, weights = np.empty(len(points), np.int64), np.empty((len(points), 3))
    for start in range(0, len(points), _AT_A_TIME):
        some = slice(start, start + _AT_A_TIME)
        x, y = points[some, 0, None] - a[:, 0], points[some, 1, None] - a[:, 1]
        second, third = (slopes[:, row, 0] * x + slopes[:, row, 1] * y for row in (0, 1))
        shares = np.stack([1.0 - second - third, second, third])
        chosen[some] = shares.min(axis=0).argmax(axis=1)  # in none, if rounded out of all: the nearest's plane
        weights[some] = np.take_along_axis(shares, chosen[None, some, None], axis=2)[..., 0].T
    rows = np.repeat(np.arange(len(points)), 3)
    return sparse.csr_array((weights.ravel(), (rows, vertices[chosen].ravel())), shape=(len(points), count))


def _faces(hairs: int) -> np.ndarray:
    """Triangles on both sides of the middles of so many hairs."""
    count = hairs * len(LEVELS)
    here = np.arange(count).reshape(-1, len(LEVELS))[:, :-1].ravel()  # each but the tip goes on to the next
    faces = []
    for side in (count, 2 * count):
        a, b, c, d = here, here + 1, here + side, here + 1 + side
        faces += [np.stack([a, b, d], axis=1), np.stack([a, d, c], axis=1)]
    return np.concatenate(faces).astype(np.int32)
