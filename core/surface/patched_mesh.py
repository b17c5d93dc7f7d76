"""A mesh of which some cells change and the rest stays: the rest is joined and measured once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numba
import numpy as np

from facewright.core.field.workers import WORKERS
from facewright.core.mesh import Mesh
from facewright.core.mesh_kernels import connected, face_volumes, numbered
from facewright.core.normals import normal_sums, unit, vertex_normals
from facewright.core.surface.extraction import nothing_found
from facewright.core.surface.growing import Growing
from facewright.core.surface.marching import Piece

_serials = itertools.count(1)


@dataclass(frozen=True, eq=False)
class Surface:
    """A head's surface, and how much of it is that of the surface before.

    mesh : mm, head frame; normals : (V, 3) float32, unit length, out of the head.
    base, kept_vertices, kept_faces : of all surfaces with the same `base`, the first `kept_vertices` vertices and
    normals and the first `kept_faces` faces are the same, and so are these two numbers.
    """

    mesh: Mesh
    normals: np.ndarray
    base: int = field(default_factory=lambda: next(_serials))
    kept_vertices: int = 0
    kept_faces: int = 0

    @classmethod
    def of(cls, mesh: Mesh) -> Surface:
        """The largest component of a mesh, by itself; raises FacewrightError if there is none."""
        if not len(mesh.faces):
            raise nothing_found()
        normals = WORKERS.submit(vertex_normals, mesh.vertices, mesh.faces)  # while components are looked for
        largest = mesh.largest_component()
        if largest is mesh:
            return cls(mesh, normals.result())
        return cls(largest, normals.result().take(np.flatnonzero(mesh.in_largest), axis=0))


class Rest:
    """The surface but for the faces of some cells, ready for what those cells hold now to be added.

    Its vertices are numbered anew: first those that only its own faces have, then the seam's, which it shares with the
    cells that change. Those stay where they are, too; their normals do not.
    """

    region: Piece
    """The faces that were left out, as `with_region` takes them."""

    def __init__(self, whole: Piece, touched: np.ndarray, normals: np.ndarray | None = None) -> None:
        """Of a whole surface all but the faces `touched` (F,) bool.

        normals : (V, 3) float32 of its vertices, but for the seam's; by default those of their faces.
        """
        own, others = np.flatnonzero(~touched), np.flatnonzero(touched)
        faces, count = whole.faces.take(own, axis=0), len(whole.keys)  # many times faster than by a mask
        labels = connected(count, faces)
        in_rest, in_region = _used(count, faces), _used(count, whole.faces.take(others, axis=0))
        seam = np.flatnonzero(in_rest & in_region)
        volumes = np.bincount(labels[faces[:, 0]], face_volumes(whole.vertices, faces), max(count, 1))
        shown = np.zeros(max(count, 1), dtype=bool)
        shown[labels[seam]] = True
        shown[volumes.argmax()] = True  # what neither meets the cells nor encloses more stays a speck
        shown = shown[labels] & in_rest
        order = np.concatenate([np.flatnonzero(shown & ~in_region), seam])
        is_shown = shown[faces[:, 0]]
        self._inner = len(order) - len(seam)
        self._piece = rest = _chosen(whole, own[is_shown], order)
        sums = WORKERS.submit(normal_sums, rest.vertices, rest.faces, 0)
        self._specks = _chosen(whole, own[~is_shown], np.flatnonzero(in_rest & ~shown))
        region = _chosen(whole, others, np.concatenate([seam, np.flatnonzero(in_region & ~in_rest)]))
        self.region = region._replace(keys=region.keys[len(seam) :], vertices=region.vertices[len(seam) :])
        self._labels, parts = numbered(labels[order])
        self._volumes = volumes[parts]
        self._vertices, self._faces = Growing(rest.vertices), Growing(rest.faces)
        self._sums = sums.result()[self._inner :]
        inner = order[: self._inner]
        self._normals = Growing(unit(sums.result()[: self._inner]) if normals is None else normals.take(inner, axis=0))
        self._base = next(_serials)

    @property
    def cells(self) -> np.ndarray:
        """The cells (N,) int64 of its faces, some more than once."""
        return np.concatenate([self._piece.cells, self._specks.cells])

    @property
    def seam(self) -> np.ndarray:
        """The grid edges (K,) int64 that the seam's vertices lie on, in their order."""
        return self._piece.keys[self._inner :]

    def whole(self, region: Piece) -> Piece:
        """All components of the surface with a region, as `with_region` takes it."""
        rest, specks = self._piece, self._specks
        count = len(rest.keys) + len(region.keys)
        faces = (rest.faces, region.faces + np.int32(self._inner), specks.faces + np.int32(count))
        pieces = (rest, region, specks)
        return Piece(
            np.concatenate([piece.keys for piece in pieces]),
            np.concatenate([piece.vertices for piece in pieces]),
            np.concatenate(faces),
            np.concatenate([piece.cells for piece in pieces]),
        )

    def with_region(self, region: Piece) -> Surface:
        """The component of the whole surface that encloses most; raises FacewrightError if there is none.

        region : the faces' first vertices are the seam's, which are not among those given (`core.surface.marching`).
        """
        rest, faces, vertices = self._piece, region.faces + np.int32(self._inner), region.vertices
        rest_is_kept, kept = self._largest(region)
        if rest_is_kept and not kept.all():
            kept = np.concatenate([np.ones(len(rest.keys), dtype=bool), kept])
            number = np.cumsum(kept, dtype=np.int32) - np.int32(1)
            faces, vertices = number[faces[kept[faces[:, 0]]]], vertices[kept[len(rest.keys) :]]
        mesh = Mesh(self._vertices.ending_with(vertices), self._faces.ending_with(faces))
        if not rest_is_kept or not len(rest.keys):
            return Surface.of(mesh)
        sums = normal_sums(mesh.vertices, faces, self._inner)
        sums[: len(self._sums)] += self._sums
        return Surface(mesh, self._normals.ending_with(unit(sums)), self._base, self._inner, len(rest.faces))

    def _largest(self, region: Piece) -> tuple[bool, np.ndarray]:
        """Whether all of the rest is in the component that encloses most, and which of the region's vertices are."""
        parts, seam = len(self._volumes), self._labels[self._inner :]
        nodes = np.concatenate([seam, np.arange(parts, parts + len(region.keys))])
        vertices = np.concatenate([self._piece.vertices[self._inner :], region.vertices])
        labels = connected(parts + len(region.keys), nodes[region.faces])
        volumes = np.bincount(labels[:parts], self._volumes, len(labels))
        volumes += np.bincount(labels[nodes[region.faces[:, 0]]], face_volumes(vertices, region.faces), len(labels))
        largest = labels == volumes.argmax()
        return bool(largest[:parts].all()), largest[parts:]


def _chosen(whole: Piece, faces: np.ndarray, vertices: np.ndarray) -> Piece:
    """Some faces (F,) int64 of a surface, on vertices (V,) int64, both in that order."""
    number = np.full(len(whole.keys), -1, np.int32)
    number[vertices] = np.arange(len(vertices), dtype=np.int32)
    on = number.take(whole.faces.take(faces, axis=0))
    return Piece(whole.keys.take(vertices), whole.vertices.take(vertices, axis=0), on, whole.cells.take(faces))


@numba.njit(nogil=True, cache=True)
def _used(count, faces):  # type: ignore[no-untyped-def]
    """Which of `count` vertices are in faces (F, 3)."""
    used = np.zeros(count, np.bool_)
    for face in range(len(faces)):
        for corner in range(3):
            used[faces[face, corner]] = True
    return used
