"""Profiles in the sagittal plane, to scale: one geometry for every kind of page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.anthropometry.landmarks import Landmarks

GRID_MM = 10
BEFORE, AFTER, LATER = "#8a8f98", "#c2410c", "#1d4ed8"
"""Colours of the outlines: they differ in lightness as well."""

RULER_MM = 6.0
"""Room for a ruler beside the drawing."""

_ABOVE_MM, _BELOW_MM = 10.0, 4.0
_IN_FRONT_MM, _BEHIND_MM = 8.0, 34.0
_SPECK_MM = 4.0
"""A line that is shorter is none of a face's."""


@dataclass(frozen=True, eq=False)
class Outline:
    """A head's profile: what it is called, its colour, the pen's width in tenths of a mm, and polylines (n, 2), mm."""

    name: str
    colour: str
    width: float
    lines: Sequence[np.ndarray]


@dataclass(frozen=True, eq=False)
class Profile:
    """Outlines within a frame whose upper left corner is the origin, right is out of the face, mm.

    width, height : of the frame; outlines : with polylines (n, 2) of (right, down); columns, lines : where the grid's
    lines are.
    """

    width: float
    height: float
    outlines: Sequence[Outline]
    columns: list[float]
    lines: list[float]


def profile_of(faces: Sequence[Landmarks], outlines: Sequence[Outline]) -> Profile:
    """Profiles from above the glabella to the chin.

    faces : the landmarks of the heads, the first of them places the frame; outlines : with polylines (n, 2) of (z, y),
    mm, head frame; specks, such as noise makes in a nostril, are left out.
    """
    face = faces[0].points
    tip = max(float(each.points["prn"][2]) for each in faces)
    top, bottom = float(face["g"][1]) + _ABOVE_MM, float(face["pg"][1]) - _BELOW_MM
    left, right = float(face["g"][2]) - _BEHIND_MM, tip + _IN_FRONT_MM
    origin = np.array([left, top])
    placed = [
        Outline(
            each.name, each.colour, each.width, [(line - origin) * (1.0, -1.0) for line in each.lines if _is_seen(line)]
        )
        for each in outlines
    ]
    columns, lines = (np.arange(0.0, length, GRID_MM).tolist() for length in (right - left, top - bottom))
    return Profile(right - left, top - bottom, placed, columns, lines)


def _is_seen(line: np.ndarray) -> bool:
    return bool(np.ptp(line, axis=0).max() >= _SPECK_MM)


def tick_mm(at: int) -> float:
    """How long a ruler's tick is at so many mm."""
    return 2.4 if at % GRID_MM == 0 else 1.7 if at % (GRID_MM // 2) == 0 else 1.0
