"""A function of points over any number of them, in pieces of few sizes, so that each can be captured once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from facewright.core.errors import Cancelled
from facewright.core.surface.on_device.captured import Captured

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    Function = Callable[[Tensor], tuple[Tensor, ...]]
    """(n, 3) float32 → tensors (n, …)."""


class InPieces:
    """A function of points (N, 3) float32 whose every row depends on its own point alone."""

    def __init__(self, function: Function, sizes: Sequence[int], device: torch.device, pool: Any) -> None:
        """`sizes` are the rows of a piece, ascending; what is left over is padded to the smallest."""
        self._pieces = [_Piece(function, size, device, pool) for size in sizes]

    def __call__(self, points: Tensor, cancelled: Callable[[], bool] | None = None) -> tuple[Tensor, ...]:
        """What the function gives for points (N, 3), N > 0; raises Cancelled once `cancelled` answers true."""
        outputs_of: list[tuple[Tensor, ...]] = []
        start = 0
        while start < len(points):
            if cancelled is not None and cancelled():
                raise Cancelled
            piece = self._fitting(len(points) - start)
            outputs_of.append(piece(points[start : start + piece.size]))
            start += piece.size
        return tuple(torch.cat(outputs) for outputs in zip(*outputs_of, strict=True))

    def _fitting(self, count: int) -> _Piece:
        """The largest piece that is at least half full, or else the smallest."""
        return next((piece for piece in reversed(self._pieces) if 2 * count > piece.size), self._pieces[0])


class _Piece:
    """The function at one size, from one tensor that stays where it is into others."""

    def __init__(self, function: Function, size: int, device: torch.device, pool: Any) -> None:
        self.size = size
        self._function = function
        self._points = torch.zeros(size, 3, device=device)
        self._outputs: tuple[Tensor, ...] = ()
        self._run = Captured(self._evaluate, device, pool)

    def __call__(self, points: Tensor) -> tuple[Tensor, ...]:
        """Outputs for up to `size` points."""
        if not self._outputs:  # made outside the capture: they are read after other captures have run
            with torch.no_grad():
                self._outputs = tuple(torch.zeros_like(output) for output in self._function(self._points))
        self._points[: len(points)] = points
        self._run()
        return tuple(output[: len(points)].clone() for output in self._outputs)

    def _evaluate(self) -> None:
        for held, output in zip(self._outputs, self._function(self._points), strict=True):
            held.copy_(output)
