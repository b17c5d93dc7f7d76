"""Isotropic remeshing to a size field (Botsch & Kobbelt 2004, "A Remeshing Approach to Multiresolution Modeling").

Split long edges, collapse short ones, flip towards valence 6, relax along the surface; again and again. Every step
changes an independent set of edges at once: those of the highest priority among all that touch the same vertices.
Written here because the kept libraries under a free licence remesh to one length for all edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from facewright.core.errors import FacewrightError
from facewright.core.metrics import face_normals

if TYPE_CHECKING:
    from collections.abc import Callable

    Size = Callable[[np.ndarray], np.ndarray]
    """points (N, 3) → edge lengths (N,) wanted there."""

    Project = Callable[[np.ndarray], np.ndarray]
    """points (N, 3) near the surface → points (N, 3) of it."""

_LONG, _SHORT = 4.0 / 3.0, 4.0 / 5.0
"""Edges longer and shorter than so many wanted lengths are split and collapsed."""

_TURN = 0.6
"""Changes that turn a face's normal further than this cosine are not made."""


@dataclass(frozen=True)
class Edges:
    """The edges of a manifold triangle mesh.

    ends : (E, 2) int64, ascending; faces : (E, 2) int64, the faces on either side, -1 beyond the border;
    opposite : (E, 2) int64, the corners of those faces that are not on the edge, -1 likewise.
    """

    ends: np.ndarray
    faces: np.ndarray
    opposite: np.ndarray

    @classmethod
    def of(cls, faces: np.ndarray) -> Edges:
        """The edges of faces (F, 3)."""
        sides = np.sort(faces[:, [1, 2, 2, 0, 0, 1]].reshape(-1, 2), axis=1)  # side k of a face is opposite corner k
        ends, edge = np.unique(sides, axis=0, return_inverse=True)
        order = np.argsort(edge.reshape(-1), kind="stable")
        second = np.r_[False, np.diff(edge.reshape(-1)[order]) == 0]
        side = np.full((len(ends), 2), -1)
        side[edge.reshape(-1)[order], second.astype(int)] = order
        return cls(ends, np.where(side < 0, -1, side // 3), np.where(side < 0, -1, faces.reshape(-1)[side]))

    @property
    def on_border(self) -> np.ndarray:
        """Which edges, (E,) bool, lie in one face only."""
        return np.asarray(self.faces[:, 1] < 0)


def remesh(
    vertices: np.ndarray, faces: np.ndarray, size: Size, project: Project, pinned: np.ndarray, rounds: int = 10
) -> tuple[np.ndarray, np.ndarray]:
    """Half of a symmetric surface remeshed: x ≥ 0, its border in the plane x = 0, where it stays.

    vertices (V, 3) and faces (F, 3) of a manifold mesh; pinned (P,) : vertices that neither move nor vanish.
    Returns new vertices (W, 3) float64 and faces (G, 3) int64; the pinned come first, in their order.
    Raises FacewrightError if the surface asks for ever more faces, as none of a head does.
    """
    first = np.concatenate([pinned, np.setdiff1d(np.arange(len(vertices)), pinned)])
    place = np.argsort(first)
    half = _Half(np.asarray(vertices, dtype=np.float64)[first], place[faces], size, project, len(pinned))
    for _ in range(rounds):
        half.split()
        half.collapse()
        half.flip()
        half.relax()
    return half.vertices, half.faces


class _Half:
    """The half in the making. The first `pinned` vertices stay where and what they are."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray, size: Size, project: Project, pinned: int) -> None:
        self.vertices, self.faces = vertices, faces
        self._size, self._project, self._pinned = size, project, pinned
        self._most = 4 * max(len(faces), 100_000)  # a sound head's remeshing has fewer than it began with

    def split(self) -> None:
        """Halve edges that are too long until none is left, and before each the longer ones it leads to.

        These are the longest of a face, from face to face up to one that is the longest of both (Rivara 1997, "New
        Longest-Edge Algorithms"): new edges are shorter than the halved one then, however the wanted length jumps.
        """
        while True:
            edges = Edges.of(self.faces)
            by_length = np.argsort(self._lengths(edges.ends), kind="stable")
            rank = np.argsort(by_length)
            beside = np.where(edges.faces < 0, edges.faces[:, :1], edges.faces)
            longest = np.zeros(len(self.faces), dtype=np.int64)  # rank of each face's longest edge
            np.maximum.at(longest, beside, rank[:, None])
            onward = longest[beside[by_length]].max(axis=1)  # by rank
            chosen = np.unique(rank[self._ratio(edges.ends) > _LONG])
            while not np.array_equal(chosen, onward[chosen]):
                chosen = np.unique(onward[chosen])
            if not len(chosen):
                return
            if len(self.faces) > self._most:
                raise FacewrightError("The model has not learnt a head's surface: train it for longer.")
            self._halve(edges, by_length[chosen])

    def _halve(self, edges: Edges, chosen: np.ndarray) -> None:
        """Put a vertex in the middle of each chosen edge; no two of them share a face."""
        middle = len(self.vertices) + np.arange(len(chosen))
        ends = edges.ends[chosen]
        self.vertices = np.concatenate([self.vertices, self.vertices[ends].mean(axis=1)])
        added = []
        for side in (0, 1):
            face, there = edges.faces[chosen, side], edges.faces[chosen, side] >= 0
            face, new, opposite = face[there], middle[there], edges.opposite[chosen, side][there]
            turn = (self.faces[face] == opposite[:, None]).argmax(axis=1)
            a, b, c = (self.faces[face, (turn + k) % 3] for k in range(3))
            self.faces[face] = np.stack([a, b, new], axis=1)
            added.append(np.stack([a, new, c], axis=1))
        self.faces = np.concatenate([self.faces, *added])

    def collapse(self) -> None:
        """Merge the ends of edges that are too short, the shortest first, while any can be."""
        while True:
            edges = Edges.of(self.faces)
            ratio = self._ratio(edges.ends)
            chosen = self._collapsible(edges, ratio)
            if not len(chosen):
                return
            fate, moved = self._merged(edges, chosen)
            turned = self._turned(fate, moved)
            bad = np.isin(fate[self.faces[turned]], fate[edges.ends[chosen, 0]]).any(axis=1)
            spoilt = np.unique(fate[self.faces[turned][bad]])
            chosen = chosen[~np.isin(fate[edges.ends[chosen, 0]], spoilt)]
            if not len(chosen):
                return
            fate, self.vertices = self._merged(edges, chosen)
            faces = fate[self.faces]
            distinct = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
            self.faces = faces[distinct]
            used = np.unique(self.faces)
            number = np.full(len(self.vertices), -1)
            number[used] = np.arange(len(used))
            self.vertices, self.faces = self.vertices[used], number[self.faces]

    def _collapsible(self, edges: Edges, ratio: np.ndarray) -> np.ndarray:
        """Short edges, (n,) indices, whose collapse keeps a manifold, and none of whose neighbourhoods touch."""
        count = len(self.vertices)
        on_border = self._border(edges)
        a, b = edges.ends.T
        links = sparse.coo_array((np.ones(len(a)), (a, b)), shape=(count, count)).tocsr()
        links = links + links.T
        degree = np.diff(links.indptr)
        allowed = (ratio < _SHORT) & ~((a < self._pinned) & (b < self._pinned))
        allowed &= ~(on_border[a] & on_border[b] & ~edges.on_border)
        for one, other in ((a, b), (b, a)):  # a pinned vertex would draw the border off its plane
            allowed &= ~(on_border[one] & ~on_border[other] & (other < self._pinned))
        slim = (edges.opposite >= 0) & (degree[edges.opposite] <= np.where(on_border[edges.opposite], 3, 4))
        allowed &= ~slim.any(axis=1)
        short = np.flatnonzero(allowed)
        common = np.asarray(links[a[short]].multiply(links[b[short]]).sum(axis=1)).reshape(-1)
        short = short[common == np.where(edges.on_border[short], 1, 2)]
        return short[_apart(edges.ends[short], -ratio[short], links)]

    def _merged(self, edges: Edges, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What each vertex becomes (V,), and where all are then (V, 3)."""
        on_border = self._border(edges)
        ends = edges.ends[chosen]
        firm = np.where(ends < self._pinned, 2, on_border[ends])
        keep = np.where(firm[:, 1] > firm[:, 0], 1, 0)
        row = np.arange(len(chosen))
        kept, gone = ends[row, keep], ends[row, 1 - keep]
        fate, moved = np.arange(len(self.vertices)), self.vertices.copy()
        fate[gone] = kept
        even = firm[:, 0] == firm[:, 1]
        moved[kept[even]] = self.vertices[ends[even]].mean(axis=1)
        return fate, moved

    def _turned(self, fate: np.ndarray, moved: np.ndarray) -> np.ndarray:
        """Faces (n,) that stay and would turn too far."""
        after = fate[self.faces]
        stays = (after != np.roll(after, 1, axis=1)).all(axis=1)
        cosine = (face_normals(self.vertices, self.faces) * face_normals(moved, after)).sum(axis=1)
        return np.flatnonzero(stays & (cosine < _TURN))

    def flip(self) -> None:
        """Turn edges to their faces' other diagonal where that brings valences nearer to 6, or 4 on the border."""
        for _ in range(4):
            edges = Edges.of(self.faces)
            wanted = np.where(self._border(edges), 4, 6)
            excess = np.bincount(edges.ends.reshape(-1), minlength=len(self.vertices)) - wanted
            inside = np.flatnonzero(~edges.on_border)
            (a, b), (c, d) = edges.ends[inside].T, edges.opposite[inside].T
            gain = 2 * (excess[a] + excess[b] - excess[c] - excess[d]) - 4  # what the sum of squares falls by
            new = self._diagonals(edges, inside)
            across = np.sort(edges.opposite[inside], axis=1)
            taken = np.isin(_key(across, len(self.vertices)), _key(edges.ends, len(self.vertices)))
            good = np.flatnonzero((gain > 0) & ~taken & self._keeps_shape(edges, inside, new))
            quads = np.stack([a, b, c, d], axis=1)
            good = good[_alone(quads[good], gain[good], len(self.vertices))]
            if not len(good):
                return
            self.faces[edges.faces[inside[good]]] = new[good]

    def _diagonals(self, edges: Edges, inside: np.ndarray) -> np.ndarray:
        """The two faces (n, 2, 3) on either side of the other diagonal of each edge."""
        face, (c, d) = self.faces[edges.faces[inside, 0]], edges.opposite[inside].T
        turn = (face == c[:, None]).argmax(axis=1)
        row = np.arange(len(inside))
        a, b = face[row, (turn + 1) % 3], face[row, (turn + 2) % 3]
        return np.stack([np.stack([c, a, d], axis=1), np.stack([c, d, b], axis=1)], axis=1)

    def _keeps_shape(self, edges: Edges, inside: np.ndarray, new: np.ndarray) -> np.ndarray:
        """Which flips (n,) bool leave both faces turned as the old ones were, without a sharp corner."""
        old = face_normals(self.vertices, self.faces)[edges.faces[inside]]
        turned = face_normals(self.vertices, new.reshape(-1, 3)).reshape(-1, 2, 3)
        cosine = np.einsum("nic,njc->nij", old, turned).min(axis=(1, 2))
        return np.asarray((cosine > _TURN) & (_sharpest(self.vertices[new]).min(axis=1) > np.radians(15.0)))

    def relax(self) -> None:
        """Move every vertex along the surface towards the mean of its neighbours, and onto the surface again."""
        edges = Edges.of(self.faces)
        count, on_border = len(self.vertices), self._border(edges)
        ends = np.concatenate([edges.ends, edges.ends[:, ::-1]])
        ends = ends[~on_border[ends[:, 0]] | np.concatenate([edges.on_border, edges.on_border])]
        weight = 1.0 / np.linalg.norm(self.vertices[ends[:, 0]] - self.vertices[ends[:, 1]], axis=1).clip(1e-6)
        weight = 1.0 / (weight * self._size(self.vertices[ends].mean(axis=1)))  # an edge too long pulls
        mean = sparse.coo_array((weight, (ends[:, 0], ends[:, 1])), shape=(count, count)).tocsr()
        towards = (mean @ self.vertices) / np.asarray(mean.sum(axis=1)).reshape(-1, 1) - self.vertices
        normal = _vertex_normals(self.vertices, self.faces)
        towards -= normal * (towards * normal).sum(axis=1, keepdims=True)
        towards[on_border, 0] = 0.0
        towards[: self._pinned] = 0.0
        moved = self._project(self.vertices + 0.5 * towards)
        moved[on_border, 0] = 0.0
        moved[: self._pinned] = self.vertices[: self._pinned]
        turned = (face_normals(self.vertices, self.faces) * face_normals(moved, self.faces)).sum(axis=1) < _TURN
        stay = np.unique(self.faces[turned])
        moved[stay] = self.vertices[stay]
        self.vertices = moved

    def _ratio(self, ends: np.ndarray) -> np.ndarray:
        """Lengths of edges (E, 2) over the wanted ones, made distinct."""
        ratio = self._lengths(ends) / self._size(self.vertices[ends].mean(axis=1))
        return np.asarray(ratio * (1.0 + 1e-9 * np.arange(len(ends)) / len(ends)))

    def _lengths(self, ends: np.ndarray) -> np.ndarray:
        """Lengths (E,) of edges (E, 2)."""
        return np.asarray(np.linalg.norm(self.vertices[ends[:, 0]] - self.vertices[ends[:, 1]], axis=1))

    def _border(self, edges: Edges) -> np.ndarray:
        """Which vertices (V,) bool lie on the border."""
        border = np.zeros(len(self.vertices), dtype=bool)
        border[edges.ends[edges.on_border]] = True
        return border


def _apart(ends: np.ndarray, priority: np.ndarray, links: sparse.csr_array) -> np.ndarray:
    """Which edges (E, 2) have the highest priority among all that touch their ends or these ends' neighbours."""
    best = np.full(links.shape[0], -np.inf)
    np.maximum.at(best, ends, priority[:, None])
    around = best.copy()
    row = np.repeat(np.arange(links.shape[0]), np.diff(links.indptr))
    np.maximum.at(around, row, best[links.indices])
    return np.asarray((around[ends] == priority[:, None]).all(axis=1))


def _alone(touched: np.ndarray, gain: np.ndarray, count: int) -> np.ndarray:
    """Which changes touch (n, k) vertices that no change of higher gain touches."""
    gain = gain + np.linspace(0.0, 0.5, len(gain), endpoint=False)
    best = np.zeros(count)
    np.maximum.at(best, touched, gain[:, None])
    return np.asarray((best[touched] == gain[:, None]).all(axis=1))


def _key(ends: np.ndarray, count: int) -> np.ndarray:
    """One number for each edge (E, 2) with ascending ends."""
    return np.asarray(ends[:, 0] * count + ends[:, 1])


def _sharpest(corners: np.ndarray) -> np.ndarray:
    """The smallest angle (...) in radians of triangles (..., 3, 3)."""
    sides = np.roll(corners, -1, axis=-2) - corners
    sides = sides / np.linalg.norm(sides, axis=-1, keepdims=True).clip(1e-12)
    cosine = -(sides * np.roll(sides, 1, axis=-2)).sum(axis=-1)
    return np.asarray(np.arccos(cosine.clip(-1.0, 1.0)).min(axis=-1))


def _vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3), weighted by area."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    normal = np.zeros_like(vertices)
    np.add.at(normal, faces, np.cross(b - a, c - a)[:, None])
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True).clip(1e-12))
