"""The values of a grid where the surface is, coarse to fine, on a device.

As `core.surface.sampling` explains; but where that lists cells, here masks over whole lattices say which they are. A
lattice is known by which of its samples were read, and by the side of the surface that each is on, read or guessed.
Masks have fixed shapes: what makes one of others is captured once where a device can replay it.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import torch

from facewright.core.surface.on_device.captured import Captured
from facewright.core.surface.sampling import COARSE, REACH

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Read = Callable[[Tensor], Tensor]
    """Flat indices (N,) int64 of samples of the grid → their values (N,) float32."""


_AGAIN = 1
"""The halving where another head's search begins: from every 8th sample to every 4th."""


_FEW = 64
"""Cells that are left to the next lattice to halve: to read them takes a card as long as to read thousands."""


class Lattices:
    """Every 16th sample of a grid along each axis, every 8th, and so on to every one."""

    def __init__(self, shape: tuple[int, int, int], device: torch.device, pool: Any = None) -> None:
        """Nothing is read yet. `pool` is of `core.surface.on_device.captured`."""
        self._coarse = _Lattice(shape, COARSE, device)
        self._halvings: list[_Halving] = []
        lattice = self._coarse
        while lattice.stride > 1:
            left = self._halvings[-1].left if self._halvings else None
            self._halvings.append(_Halving(lattice, _Lattice(shape, lattice.stride // 2, device), left, pool))
            lattice = self._halvings[-1].fine
        self._fine = lattice
        self._is_known = False

    def refine(self, read: Read, *, anew: bool = True) -> Tensor:
        """Values (X, Y, Z) float32 of the grid, ±∞ with a neighbour's sign where they were not read.

        Not anew, the search begins where the last surface was, on the lattice of every 4th sample: of another head the
        surface goes through there, and from there on it is followed wherever it is. What stands apart from it may be
        missed.
        """
        again, self._is_known = self._is_known and not anew, False
        found = self._found_again(read) if again else self._found(read)
        for halving in self._halvings[_AGAIN + 1 :]:
            halving.begin()
            found += halving(read)
        self._is_known = True
        negative = self._fine.negative
        values = torch.full(negative.shape, torch.inf, device=negative.device).masked_fill_(negative, -torch.inf)
        samples, distances = (torch.cat(each) for each in zip(*found, strict=True))
        values.view(-1)[samples] = distances
        return values

    def _found(self, read: Read) -> list[tuple[Tensor, Tensor]]:
        """What is read of all lattices down to that where another head's search begins; as `_Lattice.filled`."""
        self._coarse.unread.fill_(True)
        found = [self._coarse.filled(read, torch.ones_like(self._coarse.unread))]
        distance = found[0][1].view(self._coarse.unread.shape).abs()
        near: Tensor | None = _along_axes(distance, torch.minimum) < REACH
        for halving in self._halvings[: _AGAIN + 1]:
            halving.begin(near)
            found += halving(read)
            near = None
        return found

    def _found_again(self, read: Read) -> list[tuple[Tensor, Tensor]]:
        """The same from where the last surface was."""
        halving = self._halvings[_AGAIN]
        halving.begin_again()
        found = halving(read)
        return found if bool(halving.fine.negative.any()) else self._found(read)  # nothing there: it lies elsewhere


class _Lattice:
    """Every `stride`-th sample of a grid: whether its value is below 0, and whether that is a guess."""

    def __init__(self, shape: tuple[int, int, int], stride: int, device: torch.device) -> None:
        self.stride = stride
        counts = [(n - 1) // stride + 1 for n in shape]
        self.negative, self.unread = (torch.zeros(counts, dtype=torch.bool, device=device) for _ in range(2))
        self._grid = shape

    def filled(self, read: Read, wanted: Tensor) -> tuple[Tensor, Tensor]:
        """Read samples, given by a mask over the lattice: their flat indices in the grid (N,), and values (N,)."""
        x, y, z = wanted.nonzero().unbind(1)
        samples = ((x * self._grid[1] + y) * self._grid[2] + z) * self.stride
        values = read(samples) if len(samples) else samples.float()
        own = (x * wanted.shape[1] + y) * wanted.shape[2] + z
        self.negative.view(-1)[own] = values < 0.0
        self.unread.view(-1)[own] = False
        return samples, values


class _Halving:
    """A lattice in the cells of that of twice its stride that the surface passes through, and wherever it goes on.

    left : the cells that it goes on to and that were not read, for they are few.
    """

    def __init__(self, coarse: _Lattice, fine: _Lattice, also: Tensor | None, pool: Any) -> None:
        """also : what the halving before this has left."""
        self._coarse, self.fine, self._also = coarse, fine, also
        device, cells = coarse.negative.device, [n - 1 for n in coarse.negative.shape]
        self._cells, self.left, self._done = (torch.zeros(cells, dtype=torch.bool, device=device) for _ in range(3))
        self._wanted = torch.zeros_like(fine.unread)
        # Each gives the same however often it is run, for it is run before it is captured.
        self._begin, self._begin_again, self._mark, self._go_on = (
            Captured(function, device, pool)
            for function in (self._begun, self._begun_again, self._marked, self._gone_on)
        )

    def begin(self, near: Tensor | None = None) -> None:
        """Begin with the cells that the coarse lattice shows to be crossed, those left, and those that are `near`."""
        self._begin()
        if near is not None:
            self.left |= near

    def begin_again(self) -> None:
        """Begin with the cells in which the fine lattice had both sides."""
        self._begin_again()

    def __call__(self, read: Read) -> list[tuple[Tensor, Tensor]]:
        """Read what is wanted; as `_Lattice.filled`."""
        found: list[tuple[Tensor, Tensor]] = []
        few = _FEW if self.fine.stride > 1 else 0
        while int(self.left.sum()) > (few if found else 0):
            self._mark()
            found.append(self.fine.filled(read, self._wanted))
            self._go_on()
        return found

    def _begun(self) -> None:
        """What the coarse lattice knows, guesses between, and the cells that it shows to be crossed."""
        fine = self.fine
        fine.unread.fill_(True)
        fine.unread[::2, ::2, ::2] = self._coarse.unread
        for x, y, z in itertools.product(range(2), repeat=3):
            between = fine.negative[x::2, y::2, z::2]
            between.copy_(self._coarse.negative[tuple(slice(n) for n in between.shape)])
        self._done.zero_()
        crossed = _crossed(self._coarse.negative)
        self.left.copy_(crossed if self._also is None else crossed | _halved(self._also))

    def _begun_again(self) -> None:
        """All that the fine lattice knows is a guess."""
        self.fine.unread.fill_(True)
        self._done.zero_()
        self.left.copy_(_both_signs(self.fine.negative))

    def _marked(self) -> None:
        """The next cells are those to read."""
        self._cells.copy_(self.left)
        self._done |= self._cells
        self._wanted.copy_(_samples_of(self._cells) & self.fine.unread)

    def _gone_on(self) -> None:
        """The next cells are those that the surface enters from the last."""
        self.left.copy_(_grown(self._cells) & ~self._done & _both_signs(self.fine.negative))


def _along_axes(values: Tensor, merge: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Merge the eight corners of every cell: (n, …) samples → (n − 1, …) cells."""
    for axis in range(3):
        count = values.shape[axis] - 1
        values = merge(values.narrow(axis, 0, count), values.narrow(axis, 1, count))
    return values


def _crossed(negative: Tensor) -> Tensor:
    """Cells with corners on both sides of the surface."""
    return _along_axes(negative, torch.logical_or) & ~_along_axes(negative, torch.logical_and)


def _halved(cells: Tensor) -> Tensor:
    """The cells (2 n, …) of the halved lattice in cells (n, …)."""
    x, y, z = cells.shape
    return cells[:, None, :, None, :, None].expand(x, 2, y, 2, z, 2).reshape(2 * x, 2 * y, 2 * z)


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


def _both_signs(negative: Tensor) -> Tensor:
    """Which cells of the lattice before it was halved have samples on both sides among their 27."""
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
