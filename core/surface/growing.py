"""Arrays on the host of which every surface of a drag shares the beginning: only the end is written anew."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPARE = 1.25
"""How much longer than what it begins with an array is made, and than what it holds when it must grow."""


class Growing:
    """Rows (N, 3) that begin with what they are given.

    An array that was handed out is never written to again while anyone still looks at it: its memory is used for the
    next one when nobody does. While a surface is shown and the next one made, two or three take turns.
    """

    def __init__(self, beginning: NDArray[Any]) -> None:
        """Nothing is handed out yet."""
        self._beginning = beginning
        self._free: list[NDArray[Any]] = []

    def ending_with(self, rows: NDArray[Any]) -> NDArray[Any]:
        """The beginning and then `rows` (M, 3), in one array that is the caller's for as long as they want it."""
        kept = len(self._beginning)
        length = kept + len(rows)
        memory = self._memory(length)
        memory[kept:length] = rows
        lease = _Lease(memory)
        weakref.finalize(lease, self._free.append, memory)
        return np.asarray(lease)[:length]

    def _memory(self, length: int) -> NDArray[Any]:
        """An array of that many rows or more with the beginning in place."""
        while self._free:
            memory = self._free.pop()
            if len(memory) >= length:
                return memory
        memory = np.empty((int(length * _SPARE), 3), self._beginning.dtype)
        memory[: len(self._beginning)] = self._beginning
        return memory


class _Lease:
    """What an array and all views of it hold on to, and let go of when the last of them goes."""

    def __init__(self, memory: NDArray[Any]) -> None:
        self.__array_interface__ = memory.__array_interface__
        self._memory = memory
