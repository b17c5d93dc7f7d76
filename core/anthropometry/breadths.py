"""Breadths of the nose: where sections across it are so deep under a line of the profile.

A side wall is steep over many millimetres, so that its inflection slides with the noise. At a fixed depth under the
line from nasion to the tip it does not, and a hump that is taken off moves neither the line nor the wall. Textbooks
judge both breadths by eye: these definitions are our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.rays import Rays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.anthropometry.rays import Search

BRIDGE_WIDTHS = (20, 35, 50)
"""Where the bridge's width is taken, per cent of n–prn from n: from the bones' root to where cartilage begins."""

WALL_SHARE = 1.0 / 6.0
"""Depth of the side walls' points under the line n–prn, as a share of it: half-way down, where walls are steepest."""

TIP_SHARE = 1.0 / 5.0
"""How far behind pronasale the tip's width is taken, as a share of the way there from the alar creases."""

_REACH_MM, _STEP_MM, _MARGIN_MM = 20.0, 0.5, 15.0


def side_walls(percent: int, points: Mapping[str, np.ndarray], axes: np.ndarray) -> Search[np.ndarray]:
    """Left and right point (2, 3) mm of the bridge in the section square to n–prn; NaN where a wall is not met.

    percent : of n–prn, from n; points : landmarks (3,) mm by name; axes : (3, 3), the face's.
    """
    line = points["prn"] - points["n"]
    outward = np.cross(axes[0], line)
    outward *= np.sign(outward @ axes[2]) / max(float(np.linalg.norm(outward)), 1e-12)
    depth = WALL_SHARE * float(np.linalg.norm(line))
    return (yield from _sides(points["n"] + percent / 100.0 * line, axes[0], outward, depth))


def tip_sides(points: Mapping[str, np.ndarray], axes: np.ndarray) -> Search[np.ndarray]:
    """Left and right point (2, 3) mm of the tip in the section along the way from alar creases through pronasale."""
    way, length = projection(points, axes)
    return (yield from _sides(points["prn"], axes[0], way, TIP_SHARE * length))


def projection(points: Mapping[str, np.ndarray], axes: np.ndarray) -> tuple[np.ndarray, float]:
    """The way from the middle of the alar creases to pronasale in the sagittal plane: unit vector (3,), and mm."""
    way = points["prn"] - (points["ac_l"] + points["ac_r"]) / 2.0
    way = way - way @ axes[0] * axes[0]
    length = max(float(np.linalg.norm(way)), 1e-12)
    return way / length, length


def _sides(centre: np.ndarray, left: np.ndarray, outward: np.ndarray, depth: float) -> Search[np.ndarray]:
    """Where the section over a centre (3,) mm, seen against `outward`, first sinks under it by a depth on either side.

    Rays are half a millimetre apart; between two of them the section is straight.
    """
    aside = np.arange(-_REACH_MM, _REACH_MM + _STEP_MM / 2.0, _STEP_MM)
    starts = centre + aside[:, None] * left + _MARGIN_MM * outward
    heights = yield Rays(starts, np.broadcast_to(-outward, starts.shape))
    over = np.where(np.isfinite(heights), _MARGIN_MM - heights, -np.inf) + depth
    middle = len(aside) // 2
    sides = [_crossing(aside[way], over[way]) for way in (slice(middle, None), slice(middle, None, -1))]
    ends: np.ndarray = centre + np.array(sides)[:, None] * left - depth * outward
    return ends


def _crossing(places: np.ndarray, over: np.ndarray) -> float:
    """Where values (n,) first fall through 0, by the line between two places; NaN where they begin under it or do not.

    A place without a surface is taken as the last one that has one.
    """
    below = np.flatnonzero(over < 0.0)
    if not len(below) or below[0] == 0:
        return float("nan")
    last, first = below[0] - 1, below[0]
    share = over[last] / (over[last] - over[first]) if np.isfinite(over[first]) else 0.0
    return float(places[last] + share * (places[first] - places[last]))
