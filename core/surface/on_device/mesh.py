"""A mesh whose vertices are known by the grid edges that they lie on, on a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from facewright.core.surface.extraction import nothing_found
from facewright.core.surface.on_device.components import connected, links, volumes

if TYPE_CHECKING:
    from torch import Tensor

    from facewright.core.surface.on_device.cubes import Faces


@dataclass(frozen=True, eq=False)
class Vertices:
    """Vertices in ascending order of their edges.

    keys : (V,) int64; points : (V, 3) float32, mm, head frame; normals : (V, 3) float32, unit length, out of the head.
    """

    keys: Tensor
    points: Tensor
    normals: Tensor

    def __add__(self, other: Vertices) -> Vertices:
        """Both; no edge is in both."""
        keys, order = torch.cat([self.keys, other.keys]).sort()
        points, normals = torch.cat([self.points, other.points]), torch.cat([self.normals, other.normals])
        return Vertices(keys, points[order], normals[order])

    def __getitem__(self, some: Tensor) -> Vertices:
        """Some of them, by a mask or by ascending indices."""
        return Vertices(self.keys[some], self.points[some], self.normals[some])

    def find(self, keys: Tensor) -> tuple[Tensor, Tensor]:
        """The index of each of some edges' vertices (N,), and whether it is there at all."""
        place = torch.searchsorted(self.keys, keys).clamp(max=max(len(self.keys) - 1, 0))
        if not len(self.keys):
            return place, torch.zeros_like(keys, dtype=torch.bool)
        return place, self.keys[place] == keys


@dataclass(frozen=True, eq=False)
class DeviceMesh:
    """All of a grid's surface, specks included. faces : (F, 3) int64 into the vertices; cells : (F,) theirs."""

    vertices: Vertices
    faces: Tensor
    cells: Tensor

    def largest(self) -> tuple[Tensor, Tensor, Tensor]:
        """Points, normals (V, 3) and faces (F, 3) int32 of the component that encloses the most.

        Raises NoSurface if there are no faces.
        """
        if not len(self.faces):
            raise nothing_found()
        labels, volume = self.components()
        kept = labels == volume.argmax()
        number = kept.cumsum(0, dtype=torch.int32) - 1
        faces = number[self.faces[kept[self.faces[:, 0]]]]
        return self.vertices.points[kept], self.vertices.normals[kept], faces

    def components(self) -> tuple[Tensor, Tensor]:
        """The label (V,) of each vertex's component, and the volume that belongs to each label, (V,)."""
        count = len(self.vertices.keys)
        labels = connected(count, *links(self.faces))
        volume = self.vertices.points.new_zeros(count)
        volume.scatter_add_(0, labels[self.faces[:, 0]], volumes(self.vertices.points, self.faces))
        return labels, volume


def numbered(faces: Faces) -> tuple[Tensor, Tensor]:
    """The edges (V,) that faces have corners on, ascending, and the faces as indices into them."""
    keys, indices = torch.unique(faces.corners, return_inverse=True)
    return keys, indices


def shaded(points: Tensor, faces: Tensor) -> Tensor:
    """Unit normals (V, 3) from the faces alone, as `core.normals.vertex_normals` has them."""
    corners = points[faces]
    edges = corners.roll(-1, dims=1) - corners  # the k-th leaves the k-th corner
    squares = edges.square().sum(2).clamp(min=torch.finfo(torch.float32).tiny)
    across = torch.linalg.cross(edges[:, 0], edges[:, 1])
    weights = 1.0 / squares / squares.roll(1, dims=1)
    sums = torch.zeros_like(points)
    sums.index_add_(0, faces.reshape(-1), (weights.unsqueeze(2) * across.unsqueeze(1)).reshape(-1, 3))
    return torch.nn.functional.normalize(sums, dim=1)
