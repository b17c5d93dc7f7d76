"""Brows: where they are, how dense, and the hairs of each, which lie on the skin from its inner end to its tail.

Hairs stand nearly upright at the inner end, lean outwards from there on, and those of the upper edge come down to meet
the others. A brow has some 250 of them, 4 to 8 mm long. Places are mm of the neutral head, seen from the front.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.polynomial.polynomial import polyvander
from scipy.spatial import cKDTree

from facewright.core.anatomy import bundled_anatomy
from facewright.core.production.ribbons import LEVELS, THIN, Ribbons
from facewright.core.production.topology import SKIN

if TYPE_CHECKING:
    from facewright.core.production.topology import Topology

_SIDES = (("l", 1.0), ("r", -1.0))

_HALF_MM = 3.6
"""Half the height of a brow where it is highest."""

_HEIGHT = (0.0, 0.25, 0.6, 1.0), (0.75, 1.0, 0.75, 0.25)
_DENSITY = (0.0, 0.2, 0.8, 1.0), (0.35, 1.0, 1.0, 0.5)
"""Shares of its height and of its hairs, at shares of the way from its inner end to its tail."""

_BEHIND_MM = 25.0
"""Skin that lies further behind the inner corner of an eye has no brow."""

_HAIRS = 250
"""Of a brow."""

_LEAN = (0.0, 0.12, 0.35, 0.7, 1.0), (78.0, 62.0, 34.0, 16.0, 4.0)
"""Degrees by which hairs rise over the way to the tail, at shares of it."""

_DOWN_DEG, _UP_DEG, _ANY_DEG = 42.0, 14.0, 8.0
"""How much less they rise at the brow's upper edge, and more at its lower; and the standard deviation of any hair's."""

_BENDS = 0.45
"""Share of its rise that a hair loses on its way."""

_LENGTH_MM = (0.0, 0.2, 0.6, 1.0), (4.5, 7.0, 7.0, 4.5)
_HALF_WIDTH_MM = 0.075
"""At the root."""

_FADES_MM = 0.1
"""Over which an image's strokes end at their edges."""

_TABLE = np.linspace(0.0, 1.0, 200)


class _Brow(NamedTuple):
    """One brow: its middle line (200, 2) mm, half its height (200,) mm, and how far its skin may lie back, z in mm."""

    middle: np.ndarray
    half: np.ndarray
    back: float


def _brow(topology: Topology, side: str, sign: float) -> _Brow:
    landmarks, neutral = bundled_anatomy(topology.name).points, topology.neutral.astype(np.float64)
    inner, top, outer = (neutral[landmarks[f"{name}_{side}"]] for name in ("en", "sci", "ex"))
    ends = [[inner[0] - sign * 2.0, top[1] - 4.0], [top[0], top[1] - 1.0], [outer[0] + sign * 5.0, top[1] - 5.0]]
    middle = polyvander(_TABLE, 2) @ np.linalg.solve(polyvander([0.0, 0.6, 1.0], 2), ends)
    return _Brow(middle, _HALF_MM * np.interp(_TABLE, *_HEIGHT), float(inner[2]) - _BEHIND_MM)


def brow_shade(topology: Topology, points: np.ndarray) -> np.ndarray:
    """How dark each of points (n, 3), mm, is between the hairs of a brow, (n,) from 0 to 1."""
    shade = np.zeros(len(points))
    for side, sign in _SIDES:
        brow = _brow(topology, side, sign)
        off, place = cKDTree(brow.middle).query(points[:, :2])
        way = ((1.4 - off / brow.half[place]) / 1.1).clip(0.0, 1.0)
        own = np.interp(_TABLE, *_DENSITY)[place] ** 2 * way * way * (3.0 - 2.0 * way)
        shade = np.maximum(shade, np.where(points[:, 2] > brow.back, own, 0.0))
    return shade


@lru_cache(maxsize=1)
def brow_hairs(topology: Topology) -> np.ndarray:
    """The hairs of both brows, (H, `LEVELS`, 2) mm from root to tip."""
    return np.concatenate([_grown(_brow(topology, side, sign), sign) for side, sign in _SIDES])


def _grown(brow: _Brow, sign: float) -> np.ndarray:
    rng = np.random.default_rng(1)  # the same on both sides
    sown = np.cumsum(np.interp(_TABLE, *_DENSITY) * brow.half)
    place = np.interp((np.arange(_HAIRS) + rng.uniform(0.0, 1.0, _HAIRS)) / _HAIRS, sown / sown[-1], _TABLE)
    height = rng.normal(0.0, 0.5, _HAIRS).clip(-1.0, 1.0)
    tangent = np.gradient(brow.middle, axis=0) * (sign, 1.0)
    slope = np.interp(place, _TABLE, np.arctan2(tangent[:, 1], tangent[:, 0]))
    rise = np.interp(place, *_LEAN) - _DOWN_DEG * height.clip(min=0.0) * np.minimum(3.0 * place, 1.0)
    rise = np.radians(rise - _UP_DEG * height.clip(max=0.0) + rng.normal(0.0, _ANY_DEG, _HAIRS))
    length = np.interp(place, *_LENGTH_MM) * rng.uniform(0.7, 1.1, _HAIRS)
    root = np.stack([np.interp(place, _TABLE, axis) for axis in brow.middle.T], axis=1)
    reach = height * np.interp(place, _TABLE, brow.half)
    root += np.stack([-sign * np.sin(slope), np.cos(slope)], axis=1) * reach[:, None]
    root -= 0.35 * length[:, None] * _ways(slope + rise, sign)  # a hair's middle is where the brow is
    middles = (LEVELS[1:] + LEVELS[:-1]) / 2.0
    steps = np.diff(LEVELS) * length[:, None]
    ways = _ways(slope[:, None] + rise[:, None] * (1.0 - _BENDS * middles), sign)
    hairs: np.ndarray = np.concatenate(
        [root[:, None], root[:, None] + np.cumsum(steps[..., None] * ways, axis=1)], axis=1
    )
    return hairs


def _ways(angles: np.ndarray, sign: float) -> np.ndarray:
    """Unit vectors (..., 2) at angles over the way outwards."""
    return np.stack([sign * np.cos(angles), np.sin(angles)], axis=-1)


def strokes(topology: Topology, points: np.ndarray) -> np.ndarray:
    """How much of each of points (n, 3), mm, a hair of a brow covers, (n,) from 0 to 1."""
    hairs = brow_hairs(topology)
    fine = np.linspace(0.0, 1.0, 40)
    lines = np.stack([[np.interp(fine, LEVELS, axis) for axis in hair.T] for hair in hairs]).swapaxes(1, 2)
    half = np.tile(_half_width(fine), len(hairs))
    off, nearest = cKDTree(lines.reshape(-1, 2)).query(points[:, :2])
    back = min(_brow(topology, *side).back for side in _SIDES)
    covered: np.ndarray = ((half[nearest] + _FADES_MM - off) / _FADES_MM).clip(0.0, 1.0) * (points[:, 2] > back)
    return covered


def _half_width(along: np.ndarray) -> np.ndarray:
    """Half a hair's width, mm, at shares of the way to its tip."""
    half: np.ndarray = _HALF_WIDTH_MM * (1.0 - along).clip(min=THIN) ** 0.5
    return half


@lru_cache(maxsize=1)
def brow_ribbons(topology: Topology) -> Ribbons:
    """The hairs as ribbons on the skin."""
    hairs = brow_hairs(topology)
    ways = np.gradient(hairs, axis=1)
    aside = np.stack([-ways[..., 1], ways[..., 0]], axis=-1) / np.linalg.norm(ways, axis=-1, keepdims=True)
    neutral = topology.neutral.astype(np.float64)
    faces = topology.triangles[np.isin(topology.triangles, topology.vertices_of(*SKIN)).all(axis=1)]
    corners = neutral[faces]
    low, high = hairs.min(axis=(0, 1)), hairs.max(axis=(0, 1))
    ahead = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] > 0.0
    back = min(_brow(topology, *side).back for side in _SIDES)
    about = (corners[..., :2].max(axis=1) > low).all(axis=1) & (corners[..., :2].min(axis=1) < high).all(axis=1)
    own = about & ahead & (corners[..., 2].min(axis=1) > back)
    return Ribbons.of(
        hairs, hairs + aside * _half_width(LEVELS)[:, None], corners[own][..., :2], faces[own], len(neutral)
    )
