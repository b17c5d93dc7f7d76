"""What of a triangle mesh is computed face by face: volumes, normals, and which vertices are connected."""

from __future__ import annotations

import numba
import numpy as np


def face_volumes(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Signed volume (F,) float64 between each of faces (F, 3) and the origin, in the cubed unit of vertices (V, 3).

    Over a closed surface whose faces look outwards they sum to what it encloses (the divergence theorem).
    """
    volumes: np.ndarray = _volumes(np.ascontiguousarray(vertices), np.ascontiguousarray(faces))
    return volumes


@numba.njit(nogil=True, cache=True)
def _volumes(vertices, faces):  # type: ignore[no-untyped-def]
    """a · (b × c) / 6 of each face's corners."""
    volumes = np.empty(len(faces))
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        total = 0.0
        for axis in range(3):
            one, other = (axis + 1) % 3, (axis + 2) % 3
            cross = np.float64(vertices[b, one]) * np.float64(vertices[c, other])
            cross -= np.float64(vertices[b, other]) * np.float64(vertices[c, one])
            total += np.float64(vertices[a, axis]) * cross
        volumes[face] = total / 6.0
    return volumes


def numbered(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels (V,) as `connected` gives them, or some of them, numbered from 0; the label of each number, (N,)."""
    present = np.zeros(int(labels.max(initial=-1)) + 1, dtype=bool)
    present[labels] = True
    return (np.cumsum(present) - 1)[labels], np.flatnonzero(present)  # unlike `np.unique` without a sort


@numba.njit(nogil=True, cache=True)
def connected(count, faces):  # type: ignore[no-untyped-def]
    """(count,) int64: for each vertex the smallest, by index, of those that faces (F, 3) connect it with."""
    label = np.arange(count)
    for face in range(len(faces)):
        a = faces[face, 0]
        while label[a] != a:
            label[a] = label[label[a]]
            a = label[a]
        for corner in range(1, 3):
            b = faces[face, corner]
            while label[b] != b:
                label[b] = label[label[b]]
                b = label[b]
            low, high = min(a, b), max(a, b)
            label[high] = low
            a = low
    for vertex in range(count):
        label[vertex] = label[label[vertex]]
    return label


@numba.njit(nogil=True, cache=True)
def add_normals(vertices, faces, first, sums):  # type: ignore[no-untyped-def]
    """Add to sums (V − first, 3) what faces (F, 3) give the normals of vertices (V, 3) from the `first` on."""
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
