"""A triangle mesh, and nothing about where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
import trimesh


@dataclass(frozen=True)
class Mesh:
    """A triangle surface.

    vertices : (V, 3) float32, mm, head frame; faces : (F, 3) int32, counter-clockwise seen from outside.
    """

    vertices: np.ndarray
    faces: np.ndarray

    @cached_property
    def height_mm(self) -> float:
        """Extent along y."""
        return float(np.ptp(self.vertices[:, 1]))

    @cached_property
    def watertight(self) -> bool:
        """Whether the surface is closed: every edge lies in exactly two faces, which agree on what is outside."""
        surface = trimesh.Trimesh(self.vertices, self.faces, process=False)
        return bool(surface.is_watertight and surface.is_winding_consistent)

    @cached_property
    def components(self) -> np.ndarray:
        """Connected component of each vertex, (V,) int32, numbered from 0."""
        labels, _ = numbered(connected(len(self.vertices), self.faces))
        return labels.astype(np.int32)

    @property
    def component_count(self) -> int:
        """Number of connected components."""
        return int(self.components.max(initial=-1)) + 1

    def largest_component(self) -> Mesh:
        """The connected component that encloses the largest volume, its vertices in the order they had.

        Volumes are signed: a cavity within the head, whose faces look inwards, encloses less than nothing.
        """
        if self.component_count <= 1:
            return self
        volume = np.bincount(self.components[self.faces[:, 0]], face_volumes(self.vertices, self.faces))
        kept = self.components == volume.argmax()
        number = np.cumsum(kept, dtype=np.int32) - 1
        return Mesh(self.vertices[kept], number[self.faces[kept[self.faces[:, 0]]]])


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
