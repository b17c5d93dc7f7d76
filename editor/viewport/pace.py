"""How many triangles a picture may have to be there in time, learnt from the pictures that were drawn."""

from __future__ import annotations

import numpy as np

_STEP_S = 0.05
"""From a hand's move to the picture of it, where triangles are what takes time."""
_LEAST_S = 0.03
"""What a picture may take in any case, however long its surface was computed."""
_FEWEST = 40_000
"""Triangles below which a head is not known again."""
_FORGOTTEN = 0.9
"""What a picture counts for after another one."""

_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software", "swr ", "gdi generic", "basic render")


def draws_in_software(capabilities: str) -> bool:
    """Whether VTK's report of its OpenGL names a renderer that is a program, not a graphics card."""
    names = [line.lower() for line in capabilities.splitlines() if "renderer string" in line]
    return any(word in name for name in names for word in _SOFTWARE)


class DrawingPace:
    """Fits seconds = a + b · triangles to the last pictures, and says how many triangles fit in a step of a drag."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._moments = np.zeros((2, 2))  # sums of (1, n)ᵀ(1, n), n thousand triangles
        self._times = np.zeros(2)  # and of (1, n)ᵀ t
        self._computing_s = 0.0

    def note_picture(self, triangles: int, seconds: float) -> None:
        """Learn from a picture, how long it took."""
        row = np.array([1.0, triangles / 1000.0])
        self._moments = _FORGOTTEN * self._moments + np.outer(row, row)
        self._times = _FORGOTTEN * self._times + seconds * row

    def note_surface(self, seconds: float) -> None:
        """Learn from a surface, how long computing it took."""
        self._computing_s += (1.0 - _FORGOTTEN) * (seconds - self._computing_s)

    @property
    def triangles(self) -> int | None:
        """How many triangles the next picture may have; None before the first."""
        if not self._moments.any():
            return None
        a, b = self._line()
        time_s = max(_STEP_S - self._computing_s, _LEAST_S)
        return max(_FEWEST, int(1000.0 * (time_s - a) / b))

    def _line(self) -> tuple[float, float]:
        """Seconds of a picture without triangles, and of a thousand; all for the triangles while these hardly vary."""
        count, total = self._moments[0]
        mean, time_s = total / count, self._times[0] / count
        variance = self._moments[1, 1] / count - mean**2
        if variance > (0.1 * mean) ** 2:
            b = (self._times[1] / count - mean * time_s) / variance
            if 0.0 < b * mean <= time_s:
                return time_s - b * mean, b
        return 0.0, max(time_s / max(mean, 1.0), 1e-9)
