"""Marching cubes on a device, by the one table of `core.surface.cube_cases`.

A sample is known by its flat index; the edge of the grid that leaves it along an axis by its *key*, 3 · sample + axis,
and a cell by its first sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.surface.cube_cases import CORNERS, COUNTS, EDGES, TRIANGLES

if TYPE_CHECKING:
    from torch import Tensor

    from facewright.core.network.frame import Frame
    from facewright.core.surface.sampling import Grid


class Faces(NamedTuple):
    """Marching cubes' faces. corners : (F, 3) int64 keys of edges; cells : (F,) int64."""

    corners: Tensor
    cells: Tensor


class Cubes:
    """The table, and where things lie in a grid, on one device."""

    def __init__(self, grid: Grid, frame: Frame, device: torch.device) -> None:
        """For a grid of a model with that frame."""

        def on_device(values: np.ndarray, dtype: torch.dtype = torch.int64) -> Tensor:
            return torch.tensor(values.tolist(), dtype=dtype, device=device)

        _, y, z = grid.shape
        self.shape, self.strides = grid.shape, (y * z, z, 1)
        self.counts, self.triangles = on_device(COUNTS), on_device(TRIANGLES).clamp(min=0)  # (256,), (256, 5, 3)
        steps = on_device(CORNERS @ np.array(self.strides))  # not there: no card multiplies matrices of whole numbers
        self.corner_steps = steps  # (8,) from a cell's first sample to its corners
        self.edge_steps = 3 * steps[on_device(EDGES[:, 0])] + torch.arange(12, device=device) // 4  # (12,) to its keys
        self._axis_steps = torch.tensor(self.strides, device=device)
        self._axes = torch.eye(3, device=device)
        self._low = torch.tensor(grid.low, dtype=torch.float32, device=device)
        self._voxel_mm, self._radius_mm = grid.voxel_mm, frame.radius_mm
        self._centre_mm = torch.tensor(frame.centre_mm, dtype=torch.float32, device=device)
        self._bounds_mm = torch.tensor(grid.bounds_mm.tolist(), dtype=torch.float32, device=device)

    def indices(self, samples: Tensor) -> Tensor:
        """Where samples (N,) lie in the grid, (N, 3) float32, voxels from its first."""
        x, y, _ = self.strides
        parts = (samples // x, samples // y % self.shape[1], samples % self.shape[2])
        return torch.stack([part.float() for part in parts], dim=1)

    def to_mm(self, places: Tensor) -> Tensor:
        """Voxels from the grid's first sample (N, 3) → mm, head frame."""
        return (places + self._low) * self._voxel_mm

    def to_network(self, places: Tensor) -> Tensor:
        """The same → network frame."""
        return (self.to_mm(places) - self._centre_mm) / self._radius_mm

    def to_head(self, points: Tensor) -> Tensor:
        """Network frame (N, 3) → mm, head frame."""
        return points * self._radius_mm + self._centre_mm

    def beyond(self, samples: Tensor) -> Tensor:
        """Which samples (N,) lie outside the model's bounds, or on them."""
        points = self.to_mm(self.indices(samples))
        return ((points <= self._bounds_mm[0]) | (points >= self._bounds_mm[1])).any(dim=1)

    def ends(self, keys: Tensor) -> tuple[Tensor, Tensor]:
        """The two samples of each edge."""
        start = keys // 3
        return start, start + self._axis_steps[keys % 3]

    def line(self, keys: Tensor) -> tuple[Tensor, Tensor]:
        """Where edges begin, in voxels, and the axis that they follow, (N, 3) float32 both."""
        return self.indices(keys // 3), self._axes[keys % 3]

    def crossings(self, values: Tensor, keys: Tensor) -> Tensor:
        """Where the surface crosses edges, in voxels, (N, 3); values : the whole grid's, flat."""
        start, end = self.ends(keys)
        return crossing(*self.line(keys), values[start], values[end])

    def active(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """The cells (N,) of a whole grid (X, Y, Z) that the surface passes through, and their cases."""
        cases = (values < 0.0).to(torch.uint8)
        for axis, bits in ((2, 1), (1, 2), (0, 4)):  # corners are counted along z, then y, then x
            count = cases.shape[axis] - 1
            cases = cases.narrow(axis, 0, count) | (cases.narrow(axis, 1, count) << bits)
        crossed = ((cases != 0) & (cases != 255)).nonzero()
        i, j, k = crossed.unbind(1)
        own = (i * cases.shape[1] + j) * cases.shape[2] + k
        return i * self.strides[0] + j * self.strides[1] + k, cases.view(-1)[own].long()

    def march(self, cells: Tensor, cases: Tensor) -> Faces:
        """The faces in cells (N,)."""
        counts = self.counts[cases]
        owner = torch.repeat_interleave(torch.arange(len(cells), device=cells.device), counts)
        which = torch.arange(len(owner), device=cells.device) - (counts.cumsum(0) - counts)[owner]
        edges = self.triangles[cases[owner], which]
        return Faces(3 * cells[owner, None] + self.edge_steps[edges], cells[owner])


def crossing(start: Tensor, axis: Tensor, here: Tensor, there: Tensor) -> Tensor:
    """Where edges (N, 3) from `start` along `axis` are cut, their ends' values being `here` and `there` (N,)."""
    return start + axis * (here / (here - there)).unsqueeze(1)
