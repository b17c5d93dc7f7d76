"""Triangles of a mesh in smaller ones, where colours change faster than its vertices lie."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse


class Finer(NamedTuple):
    """A mesh some of whose triangles are split. Its vertices are those that it had, then new ones.

    places : (n, V), each new vertex as a mean of those that there were; faces : (F, 3) int32.
    """

    places: sparse.csr_array
    faces: np.ndarray

    def spread(self, values: np.ndarray) -> np.ndarray:
        """What vertices have, (V, k), at all vertices, (V + n, k)."""
        return np.concatenate([values, (self.places @ values).astype(values.dtype)])


def split(faces: np.ndarray, count: int, chosen: np.ndarray, times: int) -> Finer:
    """Halve all edges of faces that have a corner among the `chosen` (count,) bool of the vertices, so many times.

    A face with some of its edges halved is parted at these: none is left with a vertex within an edge.
    """
    finer = Finer(sparse.csr_array((0, count)), faces)
    for _ in range(times):
        finer, chosen = _split_once(finer, chosen)
    return finer


def _split_once(mesh: Finer, chosen: np.ndarray) -> tuple[Finer, np.ndarray]:
    """The same with their edges halved once, and which vertices are chosen now."""
    known, faces = len(chosen), mesh.faces.astype(np.int64)
    ends = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]], axis=2)
    keys = ends[..., 0] * known + ends[..., 1]
    halved = np.unique(keys[chosen[faces].any(axis=1)])
    middle = np.where(np.isin(keys, halved), known + np.searchsorted(halved, keys), -1)
    edges = np.stack(np.divmod(halved, known), axis=1)
    rows = np.repeat(np.arange(len(edges)), 2)
    means = sparse.csr_array((np.full(2 * len(edges), 0.5), (rows, edges.reshape(-1))), shape=(len(edges), known))
    whole = sparse.vstack([sparse.eye_array(mesh.places.shape[1]), mesh.places], format="csr")
    places = sparse.vstack([mesh.places, means @ whole], format="csr")
    return Finer(places, _parted(faces, middle).astype(np.int32)), np.append(chosen, chosen[edges].any(axis=1))


def _parted(faces: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Faces (F, 3) parted at the middles (F, 3) of their edges, −1 where an edge is whole."""
    halved = middle >= 0
    parts = [faces[~halved.any(axis=1)]]
    for first in range(3):  # each kind of face in each of its three turns
        a, b, c = np.roll(faces, -first, axis=1).T
        ab, bc, ca = np.roll(middle, -first, axis=1).T
        at, after, before = np.roll(halved, -first, axis=1).T
        one, two = at & ~after & ~before, at & after & ~before
        parts += [np.stack(each, axis=1)[one] for each in ((a, ab, c), (ab, b, c))]
        parts += [np.stack(each, axis=1)[two] for each in ((a, ab, c), (ab, bc, c), (ab, b, bc))]
    (a, b, c), (ab, bc, ca) = faces.T, middle.T
    three = halved.all(axis=1)
    corners = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
    return np.concatenate(parts + [np.stack(each, axis=1)[three] for each in corners])
