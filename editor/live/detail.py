"""Levels of detail, and which of them a machine is fast enough for: found by timing every surface."""

from __future__ import annotations

from collections import defaultdict, deque
from statistics import median

VOXELS_MM = (5.0, 3.0, 1.5)
"""Voxel size of each level of detail, coarse to full."""
FULL = len(VOXELS_MM) - 1
FINEST = FULL + 1
"""Beyond full detail: on a CPU the same voxels refined (`LiveSurface.refined`), for a hand that rests; a GPU's surfaces
are refined anyway, and its finest have voxels of `FINEST_MM`."""
FINEST_MM = 1.0

LIVE_S = 2 / 60
"""A surface that takes no longer is shown at once, whatever it costs: two frames."""

PATIENCE_S = 1.0
"""What a click may take to be answered by a head in full detail, rather than at once by a coarse one."""

_REMEMBERED = 5
"""Timings of a level that are kept: the machine may have become busier, or idle."""


def voxel_mm(level: int, on_cpu: bool) -> float:
    """The voxel size of a level of detail."""
    return VOXELS_MM[level] if level <= FULL else VOXELS_MM[FULL] if on_cpu else FINEST_MM


class LevelPace:
    """How long surfaces have taken lately, of whole heads and of one part of them."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._seconds: dict[tuple[int, bool], deque[float]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))

    def note(self, level: int, local: bool, seconds: float) -> None:
        """Learn from a surface."""
        self._seconds[level, local].append(seconds)

    def is_live(self, level: int, local: bool) -> bool:
        """Whether surfaces of a level have taken little enough to be shown while a hand moves."""
        return self.takes_at_most(level, local, LIVE_S)

    def takes_at_most(self, level: int, local: bool, limit: float) -> bool:
        """Whether surfaces of a level have taken no longer than so many seconds; no where that cannot be known.

        Of a level that was not timed itself, those of full detail tell: the work goes as the number of cells.
        """
        own, full = self._seconds[level, local], self._seconds[FULL, local]
        if own:
            return median(own) <= limit
        cells = (VOXELS_MM[FULL] / VOXELS_MM[level]) ** 2 if level < FULL else 0.0
        return bool(full) and level < FULL and cells * median(full) <= limit

    def first_level(self, local_levels: frozenset[int], moving: bool = True) -> int:
        """The level at which a new head is to be shown first: the finest that keeps up with a hand.

        local_levels : those whose last surface differs from this head in one part; of them full detail always keeps up
        well enough. A level without any timing is not tried: it is timed when it refines a surface that rests.
        moving : whether a hand moves the head. Where none does, the last head rather stays for `PATIENCE_S` than that
        one melts.
        """
        if not moving:
            patient = [
                level for level in range(FULL + 1) if self.takes_at_most(level, level in local_levels, PATIENCE_S)
            ]
            if patient:
                return max(patient)
        for level in range(FINEST, 0, -1):
            local = level in local_levels
            if self.is_live(level, local) or (local and level == FULL):
                return level
        return 0
