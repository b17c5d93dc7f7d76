"""Measures of the nose's and the lips' contour: signed distances from lines between landmarks, and flares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.dorsum import heights
from facewright.core.anthropometry.landmarks import DORSUM_AT

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.anthropometry.landmarks import Landmarks

SUPRATIP = (0.5, 0.9)
"""The supratip is between these shares of n–prn."""


def over_line(name: str, first: str, last: str) -> Callable[[Landmarks], float]:
    """How far a landmark lies in front of the line between two others, in the sagittal plane, mm; behind it −."""

    def height(face: Landmarks) -> float:
        up, front = face.axes[1:]
        start, end, point = (
            np.array([face.points[each] @ front, face.points[each] @ up]) for each in (first, last, name)
        )
        way = end - start
        ahead = np.array([way[1], -way[0]]) / np.linalg.norm(way)
        return float((point - start) @ ahead * np.sign(ahead[0]))

    return height


def supratip_break(face: Landmarks) -> float:
    """How deep the bridge dips under the line between the ends of `SUPRATIP`, mm, +; how far it bulges over it, −."""
    low, high = SUPRATIP
    inside = (low <= DORSUM_AT) & (high + 1e-9 >= DORSUM_AT)
    heights_above = heights(face)
    line = np.interp(DORSUM_AT[inside], SUPRATIP, np.interp(SUPRATIP, DORSUM_AT, heights_above))
    over = heights_above[inside] - line
    return float(-(over.max() + over.min()))


def alar_flare(face: Landmarks) -> float:
    """How far the alae reach out over their insertions, the mean of both sides, mm."""
    alae, insertions = (np.linalg.norm(face.points[f"{a}_l"] - face.points[f"{a}_r"]) for a in ("al", "ac"))
    return float(alae - insertions) / 2.0
