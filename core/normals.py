"""Vertex normals of a mesh, or of the part of it that changes."""

from __future__ import annotations

import numpy as np


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) float32 out of the surface, for shading, of vertices (V, 3) in faces (F, 3).

    The corner of a face between edges a and b counts a × b / (|a|² |b|²), which is exact on a sphere however
    uneven its faces (Max 1999, "Weights for computing vertex normals from facet normals"): the grid that a
    mesh of marching cubes comes from does not show as ripples. A vertex without area has the normal 0.
    """
    return unit(normal_sums(vertices, faces, 0))


def look_inwards(points: np.ndarray, normals: np.ndarray) -> bool:
    """Whether normals (N, 3) of a scan look towards the middle of its points (N, 3).

    Scanners do not agree which side of a face is the outside.
    """
    return bool((normals * (points - points.mean(axis=0))).sum() < 0.0)


def normal_sums(vertices: np.ndarray, faces: np.ndarray, first: int) -> np.ndarray:
    """What faces (F, 3) add to normals of vertices (V, 3) from `first` on, (V − first, 3) float64, yet undivided."""
    from facewright.core.mesh_kernels import add_normals  # by numba, which takes a second to import

    sums = np.zeros((len(vertices) - first, 3))
    add_normals(vertices, faces, first, sums)
    return sums


def unit(sums: np.ndarray) -> np.ndarray:
    """Vectors (N, 3) float64 → float32 of length 1, or 0 where they are 0."""
    lengths = np.sqrt(np.einsum("nc,nc->n", sums, sums))[:, None]
    return (sums / np.maximum(lengths, np.finfo(np.float64).tiny)).astype(np.float32)
