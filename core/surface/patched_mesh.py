"""A mesh of which a box of cells changes and the rest stays: the rest is joined and measured once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.mesh import Mesh, face_volumes
from core.normals import normal_sums, unit, vertex_normals
from core.surface.extraction import joined, nothing_found

if TYPE_CHECKING:
    from core.surface.extraction import Patch
    from core.surface.sampling import Grid

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
        """The largest component of a mesh, by itself."""
        largest = mesh.largest_component()
        return cls(largest, vertex_normals(largest.vertices, largest.faces))


class Rest:
    """The surface but for a box of cells, ready for what marching cubes finds in the box to be added."""

    def __init__(self, rest: list[Patch], region: Patch, grid: Grid) -> None:
        """Join the patches beside the box; `region`, the box's own, says which of their vertices it shares.

        Those come last: their normals change with the box, though they stay where they are.
        """
        patch = joined(rest)
        shared = np.isin(patch.keys, region.keys, assume_unique=True)
        labels = Mesh(patch.vertices, patch.faces).components
        vertices = patch.mm(grid)
        self._middle = vertices[shared].mean(axis=0) if shared.any() else np.zeros(3, np.float32)
        volumes = self._volumes(vertices, patch.faces, labels, int(labels.max(initial=0)) + 1)
        possible = np.isin(np.arange(len(volumes)), labels[shared])
        possible[volumes.argmax()] = True  # what neither meets the box nor is larger stays a speck
        inner, seam = np.flatnonzero(possible[labels] & ~shared), np.flatnonzero(shared)
        number = np.full(len(labels), -1, np.int32)
        order = np.concatenate([inner, seam])
        number[order] = np.arange(len(order))
        faces = number[patch.faces[possible[labels[patch.faces[:, 0]]]]]
        self._grid = grid
        self._inner = len(inner)
        self._seam = patch.keys[seam]
        self._mesh = Mesh(vertices[order], faces)
        self._labels = np.cumsum(possible)[labels[order]] - 1
        self._enclosed = volumes[possible]
        self._sums = normal_sums(self._mesh.vertices, faces, 0)
        self._normals = unit(self._sums[: self._inner])
        self._base = next(_serials)

    def with_region(self, region: Patch) -> Surface:
        """The largest component of the whole surface; raises FacewrightError if there is none."""
        if not len(self._mesh.faces) + len(region.faces):
            raise nothing_found()
        place = np.searchsorted(self._seam, region.keys).clip(max=max(len(self._seam) - 1, 0))
        known = self._seam[place] == region.keys if len(self._seam) else np.zeros(len(place), dtype=bool)
        rest, vertices = self._mesh, region.mm(self._grid)
        kept, rest_is_kept = self._largest(np.where(known, self._inner + place, -1), vertices, region.faces)
        added = ~known & kept
        number = np.where(known, self._inner + place, len(rest.vertices) + np.cumsum(added) - 1).astype(np.int32)
        mesh = Mesh(
            np.concatenate([rest.vertices, vertices[added]]),
            np.concatenate([rest.faces, number[region.faces[kept[region.faces[:, 0]]]]]),
        )
        if not rest_is_kept:
            return Surface.of(mesh)
        sums = normal_sums(mesh.vertices, mesh.faces[len(rest.faces) :], self._inner)
        sums[: len(self._seam)] += self._sums[self._inner :]
        normals = np.concatenate([self._normals, unit(sums)])
        return Surface(mesh, normals, self._base, self._inner, len(rest.faces))

    def _largest(self, on_rest: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, bool]:
        """Which of the box's vertices are in the component of the largest volume, and whether all of the rest is.

        on_rest : (V,) for each of them the vertex of the rest that it is, or −1.
        """
        parts = int(self._labels.max(initial=-1)) + 1
        node = np.where(on_rest >= 0, self._labels[on_rest] if parts else 0, parts + np.arange(len(on_rest)))
        start, end = node[faces[:, :2]].ravel(), node[faces[:, 1:]].ravel()
        size = parts + len(on_rest)
        links = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(size, size))
        component = connected_components(links, directed=False)[1]
        volumes = np.bincount(component[:parts], self._enclosed[:parts], minlength=int(component.max()) + 1)
        volumes += self._volumes(vertices, faces, component[node], len(volumes))
        largest = component == volumes.argmax()
        return largest[node], bool(largest[:parts].all())

    def _volumes(self, vertices: np.ndarray, faces: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
        """What each of `count` components encloses, mm³, cavities less than nothing.

        labels : (V,) the component of each of the vertices (V, 3). One that the box cuts is closed by cones from the
        middle of its cuts, so that what is in the box and what is beside it sum to the whole.
        """
        return np.bincount(labels[faces[:, 0]], face_volumes(vertices - self._middle, faces), minlength=count)
