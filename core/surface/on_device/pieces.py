"""A function of points, or samples, over any number of them, in pieces of few sizes that can each be captured once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from facewright.core.errors import Cancelled
from facewright.core.surface.on_device.captured import Captured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    Function = Callable[[Tensor], tuple[Tensor, ...]]
    """(n, …) → tensors (n, …)."""


class InPieces:
    """A function of rows (N, …), such as points, whose every row depends on that row alone; 0 is one that it takes."""

    def __init__(self, function: Function, sizes: Sequence[int], device: torch.device, pool: Any) -> None:
        """`sizes` are the rows of a piece, ascending; what is left over is padded to the smallest."""
        self._pieces = [_Piece(function, size, device, pool) for size in sizes]

    def __call__(self, rows: Tensor, cancelled: Callable[[], bool] | None = None) -> tuple[Tensor, ...]:
        """What the function gives for rows (N, …), N > 0; raises Cancelled once `cancelled` answers true."""
        outputs: tuple[Tensor, ...] = ()
        for start, piece in self._split(len(rows)):
            if cancelled is not None and cancelled():
                raise Cancelled
            some = slice(start, start + piece.size)
            held = piece(rows[some])
            outputs = outputs or tuple(output.new_empty(len(rows), *output.shape[1:]) for output in held)
            for output, values in zip(outputs, held, strict=True):
                output[some] = values
        return outputs

    def _split(self, count: int) -> Iterator[tuple[int, _Piece]]:
        """Where pieces for so many rows begin, and which they are."""
        start = 0
        while start < count:
            piece = self._fitting(count - start)
            yield start, piece
            start += piece.size

    def _fitting(self, count: int) -> _Piece:
        """The largest piece that is at least half full, or else the smallest."""
        return next((piece for piece in reversed(self._pieces) if 2 * count > piece.size), self._pieces[0])


class _Piece:
    """The function at one size, from one tensor that stays where it is into others."""

    def __init__(self, function: Function, size: int, device: torch.device, pool: Any) -> None:
        self.size = size
        self._function = function
        self._rows = torch.empty(0)
        self._outputs: tuple[Tensor, ...] = ()
        self._run = Captured(self._evaluate, device, pool)

    def __call__(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Outputs for up to `size` rows, where they stay until the next are asked for."""
        if not self._outputs:  # made outside the capture: they are read after other captures have run
            self._rows = rows.new_zeros(self.size, *rows.shape[1:])
            with torch.no_grad():
                self._outputs = tuple(torch.zeros_like(output) for output in self._function(self._rows))
        self._rows[: len(rows)] = rows
        self._run()
        return tuple(output[: len(rows)] for output in self._outputs)

    def _evaluate(self) -> None:
        for held, output in zip(self._outputs, self._function(self._rows), strict=True):
            held.copy_(output)
