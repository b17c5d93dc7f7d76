"""The values of a grid where the surface is, coarse to fine, on a device.

As `core.surface.sampling` explains; but where that lists cells, here masks over whole lattices say which they are.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import torch

from facewright.core.surface.sampling import COARSE, REACH

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Read = Callable[[Tensor], Tensor]
    """Flat indices (N,) int64 of samples of the grid → their values (N,) float32."""


def refine(read: Read, shape: tuple[int, int, int], device: torch.device) -> Tensor:
    """Values (X, Y, Z) float32 of a grid of that shape, ±∞ with a neighbour's sign where they were not read."""
    coarse = _Lattice(shape, COARSE, device)
    coarse.fill(read, torch.ones_like(coarse.values, dtype=torch.bool))
    lattice = coarse.halved(read, _crossed(coarse.values) | (_along_axes(coarse.values.abs(), torch.minimum) < REACH))
    while lattice.stride > 1:
        lattice = lattice.halved(read, _crossed(lattice.values))
    return lattice.values


class _Lattice:
    """Every `stride`-th sample of a grid."""

    def __init__(self, shape: tuple[int, int, int], stride: int, device: torch.device) -> None:
        self.shape, self.stride = shape, stride
        self.values = torch.full([(n - 1) // stride + 1 for n in shape], torch.inf, device=device)

    def fill(self, read: Read, wanted: Tensor) -> None:
        """Read samples, given by a mask over the lattice."""
        x, y, z = wanted.nonzero().T * self.stride
        if len(x):
            self.values[wanted] = read((x * self.shape[1] + y) * self.shape[2] + z)

    def halved(self, read: Read, cells: Tensor) -> _Lattice:
        """The lattice of half the stride, read in `cells` of this one and wherever the surface goes on."""
        finer = _Lattice(self.shape, self.stride // 2, self.values.device)
        _double(self.values, finer.values)
        done = torch.zeros_like(cells)
        while bool(cells.any()):
            done |= cells
            finer.fill(read, _samples_of(cells) & finer.values.isinf())
            cells = _grown(cells) & ~done & _both_signs(finer.values)
        return finer


def _along_axes(values: Tensor, merge: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Merge the eight corners of every cell: (n, …) samples → (n − 1, …) cells."""
    for axis in range(3):
        count = values.shape[axis] - 1
        values = merge(values.narrow(axis, 0, count), values.narrow(axis, 1, count))
    return values


def _crossed(values: Tensor) -> Tensor:
    """Cells with corners on both sides of the surface."""
    negative = values < 0.0
    return _along_axes(negative, torch.logical_or) & ~_along_axes(negative, torch.logical_and)


def _double(values: Tensor, doubled: Tensor) -> None:
    """Fill the lattice of half the stride: known samples kept, those between at ±∞ with a neighbour's sign."""
    signs = torch.copysign(torch.full_like(values, torch.inf), values)
    for x, y, z in itertools.product(range(2), repeat=3):
        between = doubled[x::2, y::2, z::2]
        between.copy_(signs[tuple(slice(n) for n in between.shape)])
    doubled[::2, ::2, ::2] = values


def _samples_of(cells: Tensor) -> Tensor:
    """The samples of the halved lattice, (2 n + 1, …), that lie in or on cells (n, …)."""
    for axis in range(3):
        shape = list(cells.shape)
        shape[axis] = 2 * shape[axis] + 1
        samples = cells.new_zeros(shape)
        every_other = [slice(None)] * 3
        for start in range(3):  # below the cell, within, above
            every_other[axis] = slice(start, start + 2 * cells.shape[axis], 2)
            samples[tuple(every_other)] |= cells
        cells = samples
    return cells


def _grown(cells: Tensor) -> Tensor:
    """Cells and all their neighbours."""
    padded = torch.nn.functional.pad(cells, (1,) * 6)
    return _along_axes(_along_axes(padded, torch.logical_or), torch.logical_or)


def _both_signs(values: Tensor) -> Tensor:
    """Which cells of the lattice before it was halved have samples on both sides among their 27."""
    negative = values < 0.0
    some, every = negative, negative
    for axis in range(3):
        count = (some.shape[axis] - 1) // 2
        at = [slice(None)] * 3
        thirds = []
        for start in range(3):
            at[axis] = slice(start, start + 2 * count - 1, 2)
            thirds.append(tuple(at))
        a, b, c = thirds
        some, every = some[a] | some[b] | some[c], every[a] & every[b] & every[c]
    return some & ~every
