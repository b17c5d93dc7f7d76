"""What the skin of a production mesh is painted with: its tone, the red of its lips, its brows.

Tones are sRGB, 0 to 1, and no one's in particular.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.anatomy import bundled_anatomy
from facewright.core.production.brows import brow_shade, strokes
from facewright.core.production.topology import SKIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.production.topology import Topology

    Colour = tuple[float, float, float]

_CORNER_MM = 3.5
"""From where lips are welded to the inside of the mouth to where their red ends at the corners."""
_LIP_ENDS = 0.8, 1.05
"""Shares of the way to the edge of the red, `ls` and `li` in the middle, between which it fades."""
_CHIN_MM = 1.0
"""So far below the lower lip's edge nothing is of it, though the fold above the chin lies as near to the mouth."""
_LIP_SHARE, _BROW_SHARE, _HAIR_SHARE = 0.75, 0.4, 0.85
"""Of their colours, so that they are not painted on; and of a brow's hairs."""


class Tone(NamedTuple):
    """One skin: its colour, that of its lips, and that of its brows."""

    skin: Colour
    lips: Colour
    brows: Colour


TONES: Mapping[str, Tone] = MappingProxyType(
    {
        "fair": Tone((0.93, 0.77, 0.69), (0.78, 0.45, 0.44), (0.45, 0.33, 0.24)),
        "light": Tone((0.87, 0.68, 0.57), (0.72, 0.40, 0.38), (0.30, 0.21, 0.15)),
        "tan": Tone((0.76, 0.56, 0.43), (0.62, 0.34, 0.30), (0.18, 0.12, 0.09)),
        "brown": Tone((0.58, 0.39, 0.28), (0.46, 0.25, 0.22), (0.10, 0.07, 0.05)),
        "dark": Tone((0.38, 0.25, 0.18), (0.33, 0.18, 0.16), (0.06, 0.045, 0.04)),
    }
)
"""From light to dark."""

LIGHT = TONES["light"]
"""The tone of heads of which none is told."""


def skin_colours(topology: Topology, points: np.ndarray, tone: Tone, *, hairs: bool) -> np.ndarray:
    """The sRGB (n, 3) float64 of points (n, 3), mm, on the skin of the topology's neutral head.

    hairs : whether those of the brows are painted, too, or drawn over it.
    """
    colours = np.tile(np.asarray(tone.skin), (len(points), 1))
    colours += _LIP_SHARE * lips(topology, points)[:, None] * (np.asarray(tone.lips) - colours)
    colours += _BROW_SHARE * brow_shade(topology, points)[:, None] * (np.asarray(tone.brows) - colours)
    if hairs:
        colours += _HAIR_SHARE * strokes(topology, points)[:, None] * (np.asarray(tone.brows) - colours)
    return colours


def is_painted(topology: Topology, points: np.ndarray) -> np.ndarray:
    """Which of these points are of a lip or a brow, (n,) bool."""
    return (lips(topology, points) > 0.0) | (brow_shade(topology, points) > 0.0)


def lips(topology: Topology, points: np.ndarray) -> np.ndarray:
    """How much each point is of a lip, (n,) from 0 to 1."""
    neutral, landmarks = topology.neutral.astype(np.float64), bundled_anatomy(topology.name).points
    rim = cKDTree(neutral[np.intersect1d(topology.vertices_of(*SKIN), topology.vertices_of("mouth_socket"))])
    upper, lower = (rim.query(neutral[landmarks[name]])[0] for name in ("ls", "li"))
    away, nearest = rim.query(points)
    wide = np.abs(rim.data[:, 0]).max() + _CORNER_MM
    middle = np.clip(1.0 - (points[:, 0] / wide) ** 2, 0.0, 1.0)
    reach = _CORNER_MM + middle * (np.where(points[:, 1] > rim.data[nearest, 1], upper, lower) - _CORNER_MM)
    above_chin = _fading((neutral[landmarks["li"], 1] - points[:, 1]) / _CHIN_MM, 0.0, 1.0)
    return above_chin * _fading(away / reach, *_LIP_ENDS)


def _fading(share: np.ndarray, full: float, gone: float) -> np.ndarray:
    """1 up to `full`, 0 from `gone` on, smooth between."""
    way = ((gone - share) / (gone - full)).clip(0.0, 1.0)
    result: np.ndarray = way * way * (3.0 - 2.0 * way)
    return result
