"""From a data set's skin to a closed surface: lids and lips joined by membranes, the neck cut and capped.

Everything is fixed once, on the neutral mesh of the topology: which faces stay, where the neck's edges are cut, which
loop vertices a new vertex hangs on. Closing a head is then one sparse product and, at the eyes, a projection, so all
heads of a topology share their closed faces and their correspondence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from facewright.core.anatomy import REMAINDER
from facewright.core.errors import FacewrightError
from facewright.train.anatomy.caps import (
    EYE_ROWS,
    MOUTH_ROWS,
    Cap,
    between_margins,
    cosine_fractions,
    onto_eyeball,
    over_loop,
)
from facewright.train.anatomy.mirror import FLIP, MirrorBlend, mirror_blend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.anatomy import Anatomy, Opening
    from facewright.core.parts import CodeName

_SNAP_MM = 0.4
"""Skin vertices this near the neck's plane become the cut's own, which leaves no slivers."""


@dataclass(frozen=True)
class EyeCap:
    """The closed vertices of a membrane over an eyeball.

    own, upper, lower : (n,) int64, closed vertices of the membrane and of the margins each hangs between, at
    `fraction` (n,) float64; eyeball : (s,) int64, source vertices on the eyeball.
    """

    own: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    fraction: np.ndarray
    eyeball: np.ndarray


@dataclass(frozen=True)
class ClosedOpening:
    """The closed vertices of an opening: its margins, and the membrane between them.

    component : as in the anatomy; upper, lower : (k,) int64, from the subject's right to the left; own : (k − 2)·rows
    int64, the membrane's, column by column.
    """

    component: str
    upper: np.ndarray
    lower: np.ndarray
    own: np.ndarray


@dataclass(frozen=True)
class ClosedSurface:
    """The closed triangle mesh that all heads of a topology share.

    faces : (F, 3) int32, counter-clockwise from outside; component : (V,) int8, index into the anatomy's components,
    -1 on the remainder; rims, collars : a component's closed vertices (n,) int64, in the components' order;
    openings : where lids and lips meet; landmarks : (5,) int64 closed vertices of each stage; points : closed vertices
    of the anthropometric landmarks; mirror : (V,) int64, so that a mirrored head is `vertices[mirror] * (-1, 1, 1)`;
    where the faces are not symmetric that is the nearest vertex, and `blend` says more exactly where each vertex's
    mirror image lies: see `mirrored`.
    """

    faces: np.ndarray
    component: np.ndarray
    rims: tuple[np.ndarray, ...]
    collars: tuple[np.ndarray, ...]
    landmarks: Mapping[CodeName, np.ndarray]
    points: Mapping[str, int]
    mirror: np.ndarray
    blend: MirrorBlend | None
    openings: tuple[ClosedOpening, ...]
    _combination: sparse.csr_array
    _eyes: tuple[EyeCap, ...]

    @property
    def vertex_count(self) -> int:
        """Number V of closed vertices."""
        return len(self.mirror)

    @property
    def sources(self) -> np.ndarray:
        """The source vertex (V,) int64 that each closed vertex is; -1 where it lies between several."""
        rows = self._combination
        alone = np.diff(rows.indptr) == 1
        sources = np.full(self.vertex_count, -1, dtype=np.int64)
        sources[alone] = rows.indices[rows.indptr[:-1][alone]]
        return sources

    def mirrored(self, vertices: np.ndarray) -> np.ndarray:
        """Closed vertices (..., V, 3) of the mirror images of heads (..., V, 3), mm, head frame."""
        flip = FLIP.astype(vertices.dtype)
        if self.blend is None:
            return vertices[..., self.mirror, :] * flip
        return np.einsum("...vkc,vk->...vc", vertices[..., self.blend.corners, :], self.blend.weights) * flip

    def close(self, source: np.ndarray) -> np.ndarray:
        """Closed vertices (..., V, 3) float32 of source vertices (..., Vs, 3), in their unit and frame."""
        lead, count = source.shape[:-2], source.shape[-2]
        columns = np.moveaxis(source.reshape(-1, count, 3), 1, 0).reshape(count, -1)  # (Vs, n·3)
        closed = np.moveaxis((self._combination @ columns).reshape(self.vertex_count, -1, 3), 0, 1)
        closed = closed.reshape(*lead, self.vertex_count, 3).astype(np.float32)
        for eye in self._eyes:
            closed[..., eye.own, :] = onto_eyeball(
                closed[..., eye.own, :],
                closed[..., eye.upper, :],
                closed[..., eye.lower, :],
                eye.fraction,
                source[..., eye.eyeball, :],
            )
        return closed

    @classmethod
    def build(cls, anatomy: Anatomy, polygons: np.ndarray, neutral: np.ndarray) -> ClosedSurface:
        """The closed surface of a topology.

        polygons : (P, 4) int32, source faces, -1 in a triangle's last place; neutral : (Vs, 3) float, mm, head frame.
        Raises FacewrightError if the mesh is not the anatomy's topology, or stays open.
        """
        if len(neutral) != anatomy.vertex_count:
            raise FacewrightError(
                f"The mesh has {len(neutral)} vertices, the anatomy {anatomy.name} {anatomy.vertex_count}: "
                "it is of another topology."
            )
        return _Builder(anatomy, polygons, neutral).surface()


class _Builder:
    """The surface in the making: source vertices first, then new ones, numbered on from the source's."""

    def __init__(self, anatomy: Anatomy, polygons: np.ndarray, neutral: np.ndarray) -> None:
        """Start from the skin's faces that are not hidden, all geometry made exactly symmetric."""
        self.anatomy = anatomy
        first, last = anatomy.closing.skin
        self.combination = sparse.eye_array(len(neutral), format="csr")  # (all, Vs): each vertex from source vertices
        self.margins: list[tuple[np.ndarray, np.ndarray]] = []  # upper margin and membrane of the openings so far
        self.positions = np.asarray(neutral, dtype=np.float64).copy()
        self.symmetric = len(anatomy.mirror) > 0
        self.mirror = np.arange(len(neutral))
        if self.symmetric:
            skin = self.positions[first:last]
            self.positions[first:last] = 0.5 * (skin + skin[anatomy.mirror] * FLIP)
            self.mirror[first:last] = first + anatomy.mirror
        self.component = np.full(len(neutral), -1)
        for index, component in enumerate(anatomy.components):
            self.component[component.vertices] = index
        allowed = np.zeros(len(neutral) + 1, dtype=bool)
        allowed[first:last] = True
        allowed[anatomy.closing.hidden] = False
        allowed[-1] = True  # a triangle's missing corner
        if polygons.max() >= len(neutral):
            raise FacewrightError(f"The mesh's faces do not fit the anatomy {anatomy.name}: it is of another topology.")
        kept = polygons[allowed[polygons].all(axis=1)]
        mirrored = np.where(kept < 0, kept, self.mirror[kept])
        if {frozenset(row) for row in kept.tolist()} != {frozenset(row) for row in mirrored.tolist()}:
            raise FacewrightError(f"The mesh's faces do not fit the anatomy {anatomy.name}: it is of another topology.")
        self.faces: list[tuple[int, ...]] = [tuple(corner for corner in row if corner >= 0) for row in kept.tolist()]

    def surface(self) -> ClosedSurface:
        """Cut, cap, triangulate and number the vertices in use from 0."""
        self._cut_neck()
        eyes = [self._join(opening) for opening in self.anatomy.closing.openings]
        self._cap_neck()
        triangles = self._triangles()
        used = np.unique(triangles)
        place = np.full(len(self.positions), -1)
        place[used] = np.arange(len(used))
        anatomy = self.anatomy

        def placed(vertices: np.ndarray) -> np.ndarray:
            places = place[np.asarray(vertices, dtype=np.int64)]
            return places[places >= 0]

        faces = place[triangles].astype(np.int32)
        points = {name: int(place[vertex]) for name, vertex in anatomy.points.items() if place[vertex] >= 0}
        mirror, blend = place[self.mirror[used]], None
        if not self.symmetric:
            blend = mirror_blend(self.positions[used], faces)
            mirror = blend.corners[np.arange(len(used)), blend.weights.argmax(axis=1)]
        return ClosedSurface(
            faces=faces,
            component=self.component[used].astype(np.int8),
            rims=tuple(placed(component.rim) for component in anatomy.components),
            collars=tuple(placed(component.collar) for component in anatomy.components),
            landmarks={code: placed(np.array(vertices)) for code, vertices in anatomy.landmarks.items()},
            points=points,
            mirror=mirror,
            blend=blend,
            openings=tuple(
                ClosedOpening(opening.component, placed(opening.upper), placed(opening.lower), placed(eye.own))
                for opening, eye in zip(anatomy.closing.openings, eyes, strict=True)
            ),
            _combination=self.combination[used].astype(np.float32),
            _eyes=tuple(
                EyeCap(placed(eye.own), placed(eye.upper), placed(eye.lower), eye.fraction, eye.eyeball)
                for eye in eyes
                if len(eye.eyeball)
            ),
        )

    def _add(self, parents: np.ndarray, weights: np.ndarray, component: int) -> np.ndarray:
        """Add vertices that are combinations (n, p) of existing ones; returns their numbers (n,)."""
        start, (count, width) = len(self.positions), parents.shape
        entries = (weights.reshape(-1), (np.repeat(np.arange(count), width), parents.reshape(-1)))
        share = sparse.csr_array(entries, shape=(count, start))
        own = np.arange(start, start + count)
        self.combination = sparse.vstack([self.combination, share @ self.combination], format="csr")
        self.positions = np.concatenate([self.positions, share @ self.positions])
        self.component = np.concatenate([self.component, np.full(count, component)])
        self.mirror = np.concatenate([self.mirror, own])
        return own

    def _add_cap(self, cap: Cap, component: int) -> np.ndarray:
        """Add a cap's vertices and faces; returns the numbers (n,) of the vertices."""
        own = self._add(cap.parents, cap.weights, component)
        self.faces += [tuple(v if v >= 0 else int(own[-1 - v]) for v in face) for face in cap.faces]
        return own

    def _cut_neck(self) -> None:
        """Clip every face at the neck's plane, with new vertices where it crosses edges."""
        closing = self.anatomy.closing
        height = (closing.neck_point - self.positions) @ closing.neck_normal  # (Vs,), positive on the head's side
        side = np.where(np.abs(height) < _SNAP_MM, 0, np.sign(height)).astype(int)
        edges = sorted(
            {
                (min(a, b), max(a, b))
                for face in self.faces
                for a, b in zip(face, face[1:] + face[:1], strict=True)
                if side[a] * side[b] < 0
            }
        )
        ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
        weights = np.abs(height[ends[:, ::-1]])
        cut = self._add(ends, weights / weights.sum(axis=1, keepdims=True), -1)
        crossing = dict(zip(edges, cut.tolist(), strict=True))
        for (a, b), vertex in crossing.items() if self.symmetric else ():
            twin = sorted((int(self.mirror[a]), int(self.mirror[b])))
            self.mirror[vertex] = crossing[twin[0], twin[1]]
        self.faces = [clipped for face in self.faces if (clipped := _clip(face, side, crossing))]

    def _join(self, opening: Opening) -> EyeCap:
        """Close an opening between its margins; returns what projects the membrane onto the eyeball."""
        rows = EYE_ROWS if len(opening.eyeball) else MOUTH_ROWS
        names = [*(component.name for component in self.anatomy.components), REMAINDER]
        component = names.index(opening.component)
        cap = between_margins(opening.upper, opening.lower, rows)
        own = self._add_cap(cap, -1 if opening.component == REMAINDER else component)
        self._pair(cap, own, opening.upper)
        fraction = np.tile(cosine_fractions(rows), len(opening.upper) - 2)
        return EyeCap(own, cap.parents[:, 0], cap.parents[:, 1], fraction, opening.eyeball)

    def _pair(self, cap: Cap, own: np.ndarray, upper: np.ndarray) -> None:
        """Mirror pairs of a membrane, with itself or with an earlier one on the other side."""
        self.margins.append((upper, own))
        for margin, other in self.margins:
            if np.array_equal(self.mirror[upper][::-1], margin):
                self.mirror[own] = other[cap.twin]
                self.mirror[other] = own[cap.twin]

    def _cap_neck(self) -> None:
        """Close the one loop that is still open, if any."""
        loop = _boundary(self.faces)
        if not len(loop):
            return
        place = {vertex: index for index, vertex in enumerate(loop.tolist())}
        cap = over_loop(loop, np.array([place[int(vertex)] for vertex in self.mirror[loop]]))
        own = self._add_cap(cap, -1)
        self.mirror[own] = own[cap.twin]

    def _triangles(self) -> np.ndarray:
        """Triangles (F, 3): the faces on the subject's right cut along short diagonals, and their mirror images.

        Where the faces are not symmetric, all of them are cut so.
        """
        if not self.symmetric:
            return np.array([triangle for face in self.faces for triangle in _split(face, self.positions)])
        right = [face for face in self.faces if self.positions[list(face), 0].mean() < 0]
        half = np.array([triangle for face in right for triangle in _split(face, self.positions)])
        return np.concatenate([half, self.mirror[half][:, ::-1]])


def _clip(face: tuple[int, ...], side: np.ndarray, crossing: Mapping[tuple[int, int], int]) -> tuple[int, ...]:
    """What is left of a face on the positive side, new vertices where it crosses; empty if no corner lies there."""
    clipped: list[int] = []
    for a, b in zip(face, face[1:] + face[:1], strict=True):
        if side[a] >= 0:
            clipped.append(a)
        if side[a] * side[b] < 0:
            clipped.append(crossing[min(a, b), max(a, b)])
    return tuple(clipped) if any(side[a] > 0 for a in face) else ()


def _boundary(faces: list[tuple[int, ...]]) -> np.ndarray:
    """The only open loop (k,) int64 of faces, in the order in which a cap's faces run along it; empty if none is."""
    edges = {(a, b) for face in faces for a, b in zip(face, face[1:] + face[:1], strict=True)}
    follows = {b: a for a, b in edges if (b, a) not in edges}
    if not follows:
        return np.empty(0, dtype=np.int64)
    loop = [min(follows)]
    while (vertex := follows[loop[-1]]) != loop[0]:
        loop.append(vertex)
    if len(loop) != len(follows):
        raise FacewrightError("The mesh has openings that its anatomy does not close: it is of another topology.")
    return np.array(loop)


def _split(face: tuple[int, ...], positions: np.ndarray) -> list[tuple[int, ...]]:
    """Triangles of a convex polygon, cut along its shortest diagonals."""
    count = len(face)
    if count == 3:
        return [face]
    diagonals = [(i, j) for i in range(count) for j in range(i + 2, count) if (i, j) != (0, count - 1)]
    lengths = [np.linalg.norm(positions[face[i]] - positions[face[j]]) for i, j in diagonals]
    i, j = diagonals[int(np.argmin(lengths))]
    return _split(face[i : j + 1], positions) + _split(face[j:] + face[: i + 1], positions)
