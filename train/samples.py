"""Exact signed distances about a closed mesh, by libigl: point-to-triangle distance, fast winding number."""

from __future__ import annotations

from typing import NamedTuple

import igl
import numpy as np

NEAR_MM = (0.4, 1.5, 6.0)
"""Standard deviations of the near-surface points' offsets along the normal, in equal shares."""


class DistanceSamples(NamedTuple):
    """Points about one closed mesh; lengths in its unit, frame of its vertices.

    on : (N, 3) float32, on the surface; normals : (N, 3) float32, unit, outward; space : (M, 3) float32,
    near the surface and in a ball; distance : (M,) float32, signed, negative inside.
    """

    on: np.ndarray
    normals: np.ndarray
    space: np.ndarray
    distance: np.ndarray


def surface_points(
    vertices: np.ndarray, faces: np.ndarray, density: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Points (count, 3) and the unit normals of their faces (count, 3), float64.

    vertices (V, 3), faces (F, 3) int; density (F,) multiplies each face's area.
    """
    a, b, c = np.asarray(vertices, dtype=np.float64)[faces].transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    share = np.cumsum(area * density)
    chosen = np.searchsorted(share, rng.random(count) * share[-1]).clip(max=len(faces) - 1)
    u, v = np.sqrt(rng.random(count))[:, None], rng.random(count)[:, None]
    points = (1 - u) * a[chosen] + u * (1 - v) * b[chosen] + u * v * c[chosen]
    return points, normal[chosen] / np.maximum(area[chosen], 1e-12)[:, None]


def distance_samples(
    vertices: np.ndarray,
    faces: np.ndarray,
    density: np.ndarray,
    counts: tuple[int, int, int],
    ball: tuple[np.ndarray, float],
    rng: np.random.Generator,
) -> DistanceSamples:
    """Samples of one closed mesh.

    vertices (V, 3), mm; faces (F, 3) int; density (F,) as in `surface_points`; counts : points on the
    surface, near it and in the ball; ball : centre (3,) and radius.
    """
    on_count, near_count, far_count = counts
    points, normals = surface_points(vertices, faces, density, on_count + near_count, rng)
    offsets = rng.standard_normal(near_count) * np.resize(NEAR_MM, near_count)
    near = points[on_count:] + offsets[:, None] * normals[on_count:]
    centre, radius = ball
    direction = rng.standard_normal((far_count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    far = centre + direction * radius * np.cbrt(rng.random(far_count))[:, None]
    space = np.concatenate([near, far])
    on, on_normals = points[:on_count], normals[:on_count]
    distance = signed_distance(vertices, faces, space)
    return DistanceSamples(*(values.astype(np.float32) for values in (on, on_normals, space, distance)))


def signed_distance(vertices: np.ndarray, faces: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Exact signed distance (N,) float64 of points (N, 3) to a closed mesh (V, 3), (F, 3), negative inside.

    Not igl.signed_distance: with fast winding numbers it multiplies the distance by 1 − 2w with the approximate w.
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    vertices, faces = np.ascontiguousarray(vertices, dtype=np.float64), np.ascontiguousarray(faces, dtype=np.int64)
    inside = igl.fast_winding_number(vertices, faces, points) > 0.5
    distance: np.ndarray = np.sqrt(igl.point_mesh_squared_distance(points, vertices, faces)[0])
    return np.where(inside, -distance, distance)
