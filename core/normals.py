"""Vertex normals of a mesh, or of the part of it that changes."""

from __future__ import annotations

import numba
import numpy as np


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) float32 out of the surface, for shading, of vertices (V, 3) in faces (F, 3).

    The corner of a face between edges a and b counts a × b / (|a|² |b|²), which is exact on a sphere however
    uneven its faces (Max 1999, "Weights for computing vertex normals from facet normals"): the grid that a
    mesh of marching cubes comes from does not show as ripples. A vertex without area has the normal 0.
    """
    return unit(normal_sums(vertices, faces, 0))


def normal_sums(vertices: np.ndarray, faces: np.ndarray, first: int) -> np.ndarray:
    """What faces add to the normals of the vertices from `first` on, (V − first, 3) float64, before their division."""
    sums = np.zeros((len(vertices) - first, 3))
    _add(vertices, faces, first, sums)
    return sums


def unit(sums: np.ndarray) -> np.ndarray:
    """Vectors (N, 3) float64 → float32 of length 1, or 0 where they are 0."""
    lengths = np.sqrt(np.einsum("nc,nc->n", sums, sums))[:, None]
    return (sums / np.maximum(lengths, np.finfo(np.float64).tiny)).astype(np.float32)


@numba.njit(nogil=True, cache=True)
def _add(vertices, faces, first, sums):  # type: ignore[no-untyped-def]
    edges, squares = np.empty((3, 3)), np.empty(3)
    for face in range(len(faces)):
        for corner in range(3):
            squares[corner] = np.finfo(np.float32).tiny
            for axis in range(3):
                here, there = faces[face, corner], faces[face, (corner + 1) % 3]
                edges[corner, axis] = np.float64(vertices[there, axis]) - np.float64(vertices[here, axis])
                squares[corner] += edges[corner, axis] ** 2
        for corner in range(3):
            vertex = faces[face, corner] - first
            if vertex >= 0:
                weight = 1.0 / (squares[corner] * squares[corner - 1])
                for axis in range(3):
                    b, c = (axis + 1) % 3, (axis + 2) % 3
                    sums[vertex, axis] += weight * (edges[0, b] * edges[1, c] - edges[0, c] * edges[1, b])
