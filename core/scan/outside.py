"""What of a mesh is seen from outside: mouths have insides, and eyes and teeth lie behind skin."""

from __future__ import annotations

import numpy as np

_DIRECTIONS = 60
_SAMPLES = 25
"""Points for each cell of a depth map."""
_BEHIND = 1.5
"""A triangle that lies so many cells behind the foremost of its cell is hidden from there."""


def outer_triangles(vertices: np.ndarray, triangles: np.ndarray, cells: int = 64) -> np.ndarray:
    """Which triangles (F, 3) of vertices (N, 3) some far camera sees, (F,) bool.

    cells : of a depth map across the mesh: what lies less than 1.5 of them behind another surface is not told from it.
    """
    import trimesh  # late, as in core.mesh

    mesh = trimesh.Trimesh(vertices, triangles, process=False)
    points, _ = trimesh.sample.sample_surface(mesh, _SAMPLES * cells**2, seed=0)
    centres = vertices[triangles].mean(axis=1)
    low, high = np.percentile(points, [1.0, 99.0], axis=0)
    cell = float((high - low).max()) / cells
    seen = np.zeros(len(triangles), dtype=bool)
    for direction in _sphere(_DIRECTIONS):
        axes = np.linalg.svd(direction[None])[2][1:]
        foremost = _depths(points, axes, direction, cell)
        depth = centres @ direction
        seen |= depth > foremost(centres @ axes.T) - _BEHIND * cell
    return seen


class _Foremost:
    """The depth of the foremost point in each cell of a plane."""

    def __init__(self, cells: np.ndarray, depths: np.ndarray, cell: float) -> None:
        self._cell, self._low = cell, cells.min(axis=0)
        inside = cells - self._low
        self._map = np.full(inside.max(axis=0) + 1, -np.inf)
        np.maximum.at(self._map, (inside[:, 0], inside[:, 1]), depths)

    def __call__(self, plane: np.ndarray) -> np.ndarray:
        """The depths (n,) in front of points (n, 2) of the plane; -inf where there is nothing."""
        at = (np.floor(plane / self._cell).astype(np.int64) - self._low).clip(0, np.array(self._map.shape) - 1)
        depths: np.ndarray = self._map[at[:, 0], at[:, 1]]
        return depths


def _depths(points: np.ndarray, axes: np.ndarray, direction: np.ndarray, cell: float) -> _Foremost:
    return _Foremost(np.floor(points @ axes.T / cell).astype(np.int64), points @ direction, cell)


def _sphere(count: int) -> np.ndarray:
    """Directions (count, 3) spread over the sphere, in a spiral."""
    turn = np.arange(count) * np.pi * (3.0 - np.sqrt(5.0))
    up = 1.0 - 2.0 * (np.arange(count) + 0.5) / count
    out = np.sqrt(1.0 - up**2)
    return np.column_stack([out * np.cos(turn), up, out * np.sin(turn)])
