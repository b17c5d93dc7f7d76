"""The volume of the nose over a surface that its outline spans.

The outline runs from nasion beside the root, down between side wall and cheek to the alar crease, under the ala and to
subnasale, on either side, as it lies on the face when seen from the front. What spans it are straight chords from side
to side. So the volume is what stands out of the face, nostrils filled; with the outline it is defined for every nose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.anthropometry.rays import Rays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.anthropometry.rays import Search

VOLUME_LANDMARKS = ("n", "en_l", "en_r", "ac_l", "ac_r", "sbal_l", "sbal_r", "sn")

ROOT_SHARE = 0.6
"""Where the outline passes the root, of the way from nasion to the inner corner of the eye."""

CREASE_SHARE = 0.12
"""How far outside of the alar crease it passes, of the crease's way from the midline: there the cheek is seen."""

_ROWS = (6, 22, 8, 6)
"""Chords between nasion, root, crease, subalare and subnasale."""

_ACROSS = 20
_END_MM, _START_MM = 15.0, 40.0
"""How far in front of the outline's straight steps, and of the chords, rays begin."""


_MET = 0.6
"""Share of the rays in a line that must meet the face."""


class NoseVolume(NamedTuple):
    """cc : of the nose, NaN where its outline is not met; outline : (m, 3) mm, closed, for a drawing."""

    cc: float
    outline: np.ndarray


def nose_volume(points: Mapping[str, np.ndarray], axes: np.ndarray) -> Search[NoseVolume]:
    """Of a face with `VOLUME_LANDMARKS` (3,) mm: the integral of heights over the chords, along the front axis."""
    left, right = (_side(side, points, axes) for side in "lr")  # each chord's ends, seen from the front
    front = axes[2]
    starts = np.concatenate([left, right]) + _END_MM * front
    heights = yield Rays(starts, np.broadcast_to(-front, starts.shape))
    depth = _filled(heights.reshape(2, -1).T).T.reshape(-1, 1)
    left, right = np.split(starts - depth * front, 2)
    outline = np.concatenate([left, right[::-1], left[:1]])
    if not np.isfinite(outline).all():
        return NoseVolume(float("nan"), np.empty((0, 3)))
    middles = [(side[1:] + side[:-1]) / 2.0 for side in (right, left)]
    share = (np.arange(_ACROSS) + 0.5)[:, None, None] / _ACROSS
    chords = middles[0] + share * (middles[1] - middles[0])  # (across, rows, 3)
    down = (right[1:] - right[:-1]) + share * ((left[1:] - left[:-1]) - (right[1:] - right[:-1]))
    area = _across(down, middles[1] - middles[0], axes) / _ACROSS
    starts = chords.reshape(-1, 3) + _START_MM * front
    heights = yield Rays(starts, np.broadcast_to(-front, starts.shape))
    over = _filled((_START_MM - heights).reshape(area.shape))
    return NoseVolume(float((over * area).sum()) / 1000.0, outline)


def _side(side: str, points: Mapping[str, np.ndarray], axes: np.ndarray) -> np.ndarray:
    """Ends (rows + 1, 3) mm of the chords on one side, in straight steps between the landmarks."""
    root = points["n"] + ROOT_SHARE * (points[f"en_{side}"] - points["n"])
    crease = points[f"ac_{side}"] + CREASE_SHARE * (points[f"ac_{side}"] - points["sn"]) @ axes[0] * axes[0]
    corners = [points["n"], root, crease, points[f"sbal_{side}"], points["sn"]]
    steps = [
        first + np.arange(count)[:, None] / count * (last - first)
        for first, last, count in zip(corners[:-1], corners[1:], _ROWS, strict=True)
    ]
    return np.concatenate([*steps, corners[-1][None]])


def _filled(over: np.ndarray) -> np.ndarray:
    """Heights (n, rows) with what rays missed, along an edge that they graze, from beside it in its column.

    NaN where a column has too little to fill it from.
    """
    filled = over.copy()
    places = np.arange(len(over))
    for column in filled.T:
        met = np.isfinite(column)
        if met.mean() < _MET:
            column[:] = np.nan
        elif not met.all():
            column[~met] = np.interp(places[~met], places[met], column[met])
    return filled


def _across(down: np.ndarray, aside: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Signed areas (...) mm² of parallelograms seen from the front: + where one way goes down and the other left."""
    area: np.ndarray = (aside @ axes[0]) * -(down @ axes[1]) + (aside @ axes[1]) * (down @ axes[0])
    return area
