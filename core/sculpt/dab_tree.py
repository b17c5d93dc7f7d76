"""The brush work of many heads in one table: what lists of dabs begin with alike is kept once.

Each stroke of a session adds dabs to the list of the step before. So the lists are a tree: every dab hangs on the one
before it, and a list is named by its last dab. The table grows with the dabs, not with dabs times steps.
"""

from __future__ import annotations

import itertools

import numpy as np

from facewright.core.archive import TooMuch
from facewright.core.errors import FacewrightError
from facewright.core.sculpt.dabs import MOST_DABS, Dab, checked

_COLUMNS = 8
"""Of a table: the number of the dab before (0 for none), then the dab's place, way and reach."""
_MOST_LISTED = 10_000_000
"""Dabs of all lists together, more than 2,000 steps with as many as a head can have."""


class DabTree:
    """Lists of dabs by number."""

    def __init__(self) -> None:
        """Without any dab."""
        self._numbers: dict[tuple[int, Dab], int] = {}
        self._last: tuple[Dab, ...] = ()
        self._path: list[int] = []

    def __len__(self) -> int:
        """How many dabs there are, which is the number of the last."""
        return len(self._numbers)

    def number(self, dabs: tuple[Dab, ...]) -> int:
        """The number of a list, which is that of its last dab, from 1; 0 for the empty list."""
        shared = len(self._last) if dabs[: len(self._last)] == self._last else 0
        path = self._path[:shared]
        for one in dabs[shared:]:
            before = path[-1] if path else 0
            path.append(self._numbers.setdefault((before, one), len(self._numbers) + 1))
        self._last, self._path = dabs, path
        return path[-1] if path else 0

    def rows(self, first: int = 0) -> list[list[float]]:
        """Of every dab after the number `first`: the number of the dab before, place and way (mm), reach."""
        new = itertools.islice(self._numbers, first, None)
        return [[before, *one.at, *one.way, one.reach] for before, one in new]

    def table(self) -> np.ndarray:
        """All rows, that of number 1 first, (n, 8) float64."""
        return np.array(self.rows(), dtype=np.float64).reshape(-1, _COLUMNS)


class DabLists:
    """The lists that a table of a file holds; equal dabs are one object."""

    def __init__(self, table: np.ndarray) -> None:
        """table : (n, 8) float. Raises ValueError if it is none, or a dab is none of a face."""
        if table.ndim != 2 or table.shape[1] != _COLUMNS or table.dtype.kind != "f":
            raise ValueError("the dabs do not have the columns they should have")
        before = table[:, 0]
        if not ((before >= 0) & (before < np.arange(1, len(table) + 1)) & (before == np.floor(before))).all():
            raise ValueError("a dab is put on one that comes after it")
        self._before, self._dabs = before.astype(np.int64).tolist(), _dabs(table[:, 1:])
        self._lists: dict[int, tuple[Dab, ...]] = {0: ()}
        self._listed = 0

    def of(self, number: int) -> tuple[Dab, ...]:
        """The list of a number.

        Raises ValueError if there is none, or it is longer than a head's; TooMuch once all that were asked for are more
        than any history has.
        """
        if not 0 <= number <= len(self._dabs):
            raise ValueError("a head's dabs are missing")
        path, at = [], number
        while at not in self._lists:
            path.append(self._dabs[at - 1])
            at = self._before[at - 1]
        if path:
            result = self._lists[number] = (*self._lists[at], *reversed(path))
            self._listed += len(result)
            if len(result) > MOST_DABS:
                raise ValueError("there are more dabs than any head has")
            if self._listed > _MOST_LISTED:
                raise TooMuch(f"more than {_MOST_LISTED:,} dabs of the brush")
        return self._lists[number]


def _dabs(rows: np.ndarray) -> list[Dab]:
    """Dabs of rows (n, 7); ValueError if one is none of a face."""
    made: dict[Dab, Dab] = {}
    dabs = [Dab((x, y, z), (across, up, out), reach) for x, y, z, across, up, out, reach in rows.tolist()]
    for one in dabs:
        made.setdefault(one, one)
    try:
        for one in made:
            checked(one)
    except FacewrightError as error:
        raise ValueError(f"a dab is none of a face: {error}") from error
    return [made[one] for one in dabs]
