"""The bridge of the nose as heights over the line from nasion to the tip: signed, at fixed places, smooth.

The largest distance by size is no measure: its sign flips where a hump and the hollow beside it are alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.landmarks import DORSUM_AT, forward

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.anthropometry.landmarks import Landmarks

BRIDGE = (30, 45, 60)
"""Where heights are taken, per cent of n–prn from n: about the rhinion, the middle and the supratip."""

HUMP_ENDS = (0.2, 0.8)
"""The hump is over the line between the bridge's heights there: below the root's hollow and above the tip."""


def heights(face: Landmarks) -> np.ndarray:
    """Heights (PROFILE,) mm of the dorsum over the line n–prn, outside it +; not finite where it met no surface."""
    nasion, tip = face.points["n"], face.points["prn"]
    above: np.ndarray = (face.dorsum - nasion) @ forward(nasion, tip, face.axes)
    return above


def bridge_height(share: float) -> Callable[[Landmarks], float]:
    """The height at a share of n–prn, by the points on either side; NaN where the profile was not met there."""

    def height(face: Landmarks) -> float:
        return float(np.interp(share, DORSUM_AT, heights(face)))

    return height


def hump(face: Landmarks) -> float:
    """The largest height over the line between the bridge's ends, plus the least, mm; both are 0 at the ends.

    A hump alone gives its own height, a saddle alone its depth with −; it changes smoothly from one to the other.
    """
    all_heights = heights(face)
    low, high = HUMP_ENDS
    inside = (low <= DORSUM_AT) & (high >= DORSUM_AT)
    ends = np.interp(HUMP_ENDS, DORSUM_AT, all_heights)
    over = all_heights[inside] - np.interp(DORSUM_AT[inside], HUMP_ENDS, ends)
    return _peak(over) - _peak(-over)


def _peak(over: np.ndarray) -> float:
    """The greatest of samples (n,), at the top of the parabola through it and its neighbours; at least 0."""
    top = int(np.argmax(over))
    if not np.isfinite(over[top]):
        return float("nan")
    if not 0 < top < len(over) - 1:
        return max(float(over[top]), 0.0)
    left, middle, right = over[top - 1 : top + 2].tolist()
    bend = left - 2.0 * middle + right
    return max(middle - (right - left) ** 2 / (8.0 * bend) if bend < 0.0 else middle, 0.0)
