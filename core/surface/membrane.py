"""The mouth of the template's mesh: its membrane, and the lips where an open mouth tears them apart.

The cascade carries the centimetres of an open mouth onto a slit of one millimetre, and is not one-to-one there:
points of one lip come from both, and its inverse tears the mesh somewhere beside the slit. There the mesh is laid over
the surface anew: the membrane and the lips up to the tear and beyond are relaxed along the surface, long edges pulling
the hardest, and brought onto it, in turns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import igl
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from facewright.core.surface.newton import newton_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.template_mesh import TemplateMesh
    from facewright.core.surface.cascade import Cascade

_REACH_MM = 9.0
"""The mesh may be torn so far from the slit, on the template."""

_TORN, _TORN_MM = 2.5, 2.5
"""Edges are torn that have become so many times as long, and longer than this."""

_BEYOND_MM = 8.0
"""So far beyond the tear the lips are relaxed."""

_ROUNDS = 70
_EASE = 2.0
"""Of the way to the mean of its neighbours, a vertex goes _EASE / (1 + _EASE), theirs counted in."""

_LONGEST_STEP_MM = 0.3
"""Onto the surface, in one round: it has folds, and a vertex should find its own."""


def close_mouth(
    template: TemplateMesh, vertices: np.ndarray, cascade: Cascade, proceed: Callable[[], None]
) -> np.ndarray:
    """The head's vertices (V, 3) float32, mm, with the membrane's where they belong, and the lips' if they are torn.

    vertices (V, 3) : on the head's surface, by the cascade's inverse; the membrane's are not read. `proceed` is called
    between rounds and may raise.
    """
    if not len(template.membrane):
        return vertices
    placed = vertices.astype(np.float64)
    own, upper, lower = template.membrane.T
    placed[own] = placed[upper] + template.membrane_share[:, None] * (placed[lower] - placed[upper])
    mouth = _Mouth(template)
    torn = mouth.torn(placed)
    if len(torn):
        moving = mouth.around(torn)
        for _ in range(_ROUNDS):
            proceed()
            mouth.relax(placed, moving)
            placed[moving] += _onto_surface(placed[moving], cascade)
    return placed.astype(np.float32)


class _Mouth:
    """What of a template's mesh lies about the slit. Vertices are (V, 3) float64, mm, and changed in place."""

    def __init__(self, template: TemplateMesh) -> None:
        """Where each vertex lies: how far from the slit, and on which lip."""
        own, upper, lower = template.membrane.T
        self._membrane = own
        at = template.vertices.astype(np.float64)
        middles = (at[upper] + at[lower]) / 2
        self._away, nearest = cKDTree(middles).query(at, distance_upper_bound=2.0 * _REACH_MM)
        near = np.flatnonzero(np.isfinite(self._away))
        to_upper, to_lower = (np.linalg.norm(at[near] - at[end[nearest[near]]], axis=1) for end in (upper, lower))
        self._lip = np.zeros(len(at), dtype=np.int64)  # 1 upper, −1 lower, 0 neither
        self._lip[near] = np.where(to_upper < to_lower, 1, -1)
        self._lip[own] = 0
        self._faces = template.faces[np.isfinite(self._away)[template.faces].all(axis=1)].astype(np.int64)
        self._edges = np.unique(np.sort(self._faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
        tearing = self._edges[((self._away < _REACH_MM) & (self._lip != 0))[self._edges].all(axis=1)]
        self._tearing = np.concatenate([tearing, np.unique(template.membrane[:, 1:], axis=0)])
        self._rest = self._lengths(at, self._tearing)

    def torn(self, vertices: np.ndarray) -> np.ndarray:
        """The ends (n,) of edges that are torn."""
        lengths = self._lengths(vertices, self._tearing)
        torn: np.ndarray = np.unique(self._tearing[(lengths > _TORN * self._rest) & (lengths > _TORN_MM)])
        return torn

    def around(self, torn: np.ndarray) -> np.ndarray:
        """The membrane's vertices (m,), and each lip's from the slit to beyond where it is torn."""
        chosen = np.zeros(len(self._away), dtype=bool)
        chosen[self._membrane] = True
        for lip in (1, -1):
            there = torn[self._lip[torn] == lip]
            chosen |= (self._lip == lip) & (self._away < self._away[there].max(initial=0.0) + _BEYOND_MM)
        return np.flatnonzero(chosen)

    def relax(self, vertices: np.ndarray, moving: np.ndarray) -> None:
        """Move vertices (m,) along the surface towards their neighbours, the more the further these are."""
        among, beside = self._means(vertices, moving)
        system = (1.0 + _EASE) * sparse.eye_array(len(moving)) - _EASE * among
        change = splu(system.tocsc()).solve(vertices[moving] + _EASE * beside) - vertices[moving]
        by_area = igl.PER_VERTEX_NORMALS_WEIGHTING_TYPE_AREA  # slivers have noisy ones
        normals = igl.per_vertex_normals(vertices, self._faces, by_area)[moving]
        vertices[moving] += change - (change * normals).sum(axis=1, keepdims=True) * normals

    def _means(self, vertices: np.ndarray, moving: np.ndarray) -> tuple[sparse.csr_array, np.ndarray]:
        """Neighbours' mean, weighed by squared distance: shares (m, m) of those that move, the others' sum (m, 3)."""
        place = np.full(len(vertices), -1)
        place[moving] = np.arange(len(moving))
        both = np.concatenate([self._edges, self._edges[:, ::-1]])
        both = both[place[both[:, 0]] >= 0]
        weight = self._lengths(vertices, both).clip(1e-6) ** 2
        row, column = place[both[:, 0]], place[both[:, 1]]
        weight /= np.bincount(row, weight, len(moving))[row]
        moves = column >= 0
        among = sparse.csr_array((weight[moves], (row[moves], column[moves])), shape=(len(moving), len(moving)))
        beside = np.zeros((len(moving), 3))
        np.add.at(beside, row[~moves], weight[~moves, None] * vertices[both[~moves, 1]])
        return among, beside

    @staticmethod
    def _lengths(vertices: np.ndarray, edges: np.ndarray) -> np.ndarray:
        """Lengths (E,) of edges (E, 2)."""
        lengths: np.ndarray = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
        return lengths


def _onto_surface(points: np.ndarray, cascade: Cascade) -> np.ndarray:
    """One Newton step (N, 3) along ∇Φ for points (N, 3), cut to a length."""
    return newton_step(*cascade.signed_distance(points.astype(np.float32)), _LONGEST_STEP_MM)
