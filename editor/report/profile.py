"""The profile before and after, to scale: one geometry for every kind of page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from facewright.editor.report.study import Study

GRID_MM = 10.0
BEFORE, AFTER = "#8a8f98", "#c2410c"
"""Colours of the two outlines: they differ in lightness as well."""

_ABOVE_MM, _BELOW_MM = 10.0, 4.0
_IN_FRONT_MM, _BEHIND_MM = 8.0, 34.0


@dataclass(frozen=True, eq=False)
class Profile:
    """The outlines within a frame whose upper left corner is the origin, right is out of the face, mm.

    width, height : of the frame; before, after : polylines (n, 2) of (right, down); columns, lines : where the grid's
    lines are.
    """

    width: float
    height: float
    before: list[np.ndarray]
    after: list[np.ndarray]
    columns: list[float]
    lines: list[float]


def profile_of(study: Study) -> Profile:
    """The profile of both heads from above the glabella to the chin."""
    face = study.landmarks_before.points
    tip = max(float(points["prn"][2]) for points in (face, study.landmarks_after.points))
    top, bottom = float(face["g"][1]) + _ABOVE_MM, float(face["pg"][1]) - _BELOW_MM
    left, right = float(face["g"][2]) - _BEHIND_MM, tip + _IN_FRONT_MM
    origin = np.array([left, top])
    before, after = (
        [(line - origin) * (1.0, -1.0) for line in outlines]
        for outlines in (study.outlines_before, study.outlines_after)
    )
    return Profile(
        right - left,
        top - bottom,
        before,
        after,
        (np.arange(np.ceil(left / GRID_MM), right / GRID_MM) * GRID_MM - left).tolist(),
        (top - np.arange(np.ceil(bottom / GRID_MM), top / GRID_MM) * GRID_MM).tolist(),
    )
