"""Vertex normals, and those of a mesh that differs from the last one in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.mesh import Mesh


def vertex_normals(mesh: Mesh) -> np.ndarray:
    """Unit normals (V, 3) float32 out of the surface, for shading.

    The corner of a face between edges a and b counts a × b / (|a|² |b|²), which is exact on a sphere however
    uneven its faces (Max 1999, "Weights for computing vertex normals from facet normals"): the grid that a
    mesh of marching cubes comes from does not show as ripples.
    """
    return _normals(mesh.vertices, mesh.faces, len(mesh.vertices))


def renewed_normals(mesh: Mesh, last: Mesh, last_normals: np.ndarray) -> np.ndarray:
    """`vertex_normals` of a mesh, taken over from the last one wherever both are the same.

    last_normals : (W, 3) float32, those of `last`. Both meshes number their vertices and faces in the same order of
    space, so that what differs is one run of each: it is found by comparing them from both ends. An edit of
    a part is a twentieth of a head. The result equals `vertex_normals(mesh)` to the rounding of a sum.
    """
    head, tail = _common_ends(mesh.vertices, last.vertices)
    if head + tail == 0:
        return vertex_normals(mesh)
    count, shift = len(mesh.vertices), len(mesh.vertices) - len(last.vertices)
    renumbered = np.where(last.faces < head, last.faces, last.faces + shift)
    renumbered[(last.faces >= head) & (last.faces < len(last.vertices) - tail)] = -1
    first, rest = _common_ends(mesh.faces, renumbered)
    stale = np.zeros(count, dtype=bool)
    stale[head : count - tail] = True
    stale[mesh.faces[first : len(mesh.faces) - rest].ravel()] = True
    gone = renumbered[first : len(last.faces) - rest].ravel()
    stale[gone[gone >= 0]] = True
    stale[mesh.faces[stale[mesh.faces].any(axis=1)].ravel()] = True  # their corners' faces have moved
    around = mesh.faces[stale[mesh.faces].any(axis=1)]
    normals = np.empty((count, 3), dtype=np.float32)
    normals[:head] = last_normals[:head]
    normals[count - tail :] = last_normals[len(last.vertices) - tail :]
    used, local = np.unique(around, return_inverse=True)
    renewed = _normals(mesh.vertices[used], local.reshape(around.shape), len(used))
    kept = stale[used]
    normals[used[kept]] = renewed[kept]
    return normals


def _normals(vertices: np.ndarray, faces: np.ndarray, count: int) -> np.ndarray:
    corners = vertices[faces].astype(np.float64)  # (F, 3 corners, 3)
    edges = np.roll(corners, -1, axis=1) - corners  # from each corner to the next
    squares = np.maximum((edges**2).sum(axis=2), np.finfo(np.float32).tiny)
    area_vectors = np.cross(edges[:, 0], edges[:, 1])
    weights = 1.0 / (squares * np.roll(squares, 1, axis=1))
    flat = faces.ravel()
    sums = [np.bincount(flat, (weights * area_vectors[:, axis, None]).ravel(), count) for axis in range(3)]
    normals = np.stack(sums, axis=1)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return (normals / np.maximum(lengths, np.finfo(np.float64).tiny)).astype(np.float32)


def _common_ends(a: np.ndarray, b: np.ndarray) -> tuple[int, int]:
    """How many rows of a (N, 3) and b (M, 3) are equal from the start, and of the rest from the end."""
    shorter = min(len(a), len(b))
    differing = np.flatnonzero((a[:shorter] != b[:shorter]).any(axis=1))
    head = int(differing[0]) if len(differing) else shorter
    left = shorter - head
    differing = np.flatnonzero((a[len(a) - left :] != b[len(b) - left :]).any(axis=1))
    tail = left - 1 - int(differing[-1]) if len(differing) else left
    return head, tail
