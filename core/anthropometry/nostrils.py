"""The nostrils as seen from below: the alar rims, the columella that hangs below them, and the openings' long axes.

Below is square to the way from the alar creases to the tip, in the sagittal plane. The columella's show is its distance
from the alar rim as it is seen from the side (Gunter, Rohrich and Friedman 1996); a nostril's axis is the long one of
its opening (Farkas 1981).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.anthropometry.breadths import projection
from facewright.core.anthropometry.rays import Rays

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.anthropometry.rays import Distance, Search

RIM_SHARE = 0.5
"""Where rim and columella are compared, of the way from the alar creases to the tip."""

_START_MM = 12.0
"""How far below the way from crease to tip the rays begin."""

_RIM = (0.5, 1.2)
"""Where the rim of a nostril is, over half the nose's width; its outline from the side is the lowest of that."""

_RIM_RAYS, _COLUMELLA_MM = 33, 1.5

_ALONG, _ALA, _INNER = (0.15, 0.8), (0.4, 1.2), 0.1
"""Where an opening is: along, over the way from the creases to the tip; its outer rim and its inner end across, over
half the nose's width."""

_ROWS, _ALA_RAYS, _ACROSS = 20, 18, 16
"""Places of that, as many for every nose: a measure must not jump where it is solved for."""

_OUTSIDE_MM = 6.0
"""Beside the nose the face is so far over its base."""

_DEPTH_MM, _SOFT_MM = 2.0, 0.5
"""Where over the rim an opening is cut, and over how much of the distance from a wall that is told."""

_SIGHT_MM, _SIGHTS = 10.0, 6
"""From how far below an opening is looked into, and at how many places of each line of sight."""

_SMALLEST_MM2 = 6.0


class Base(NamedTuple):
    """The base of a nose and its axes.

    origin : (3,) mm, between the alar creases in the midplane; left, way, below : (3,) unit vectors, way to the tip;
    length : mm of that; half : mm, half of the nose's width.
    """

    origin: np.ndarray
    left: np.ndarray
    way: np.ndarray
    below: np.ndarray
    length: float
    half: float

    @classmethod
    def of(cls, points: Mapping[str, np.ndarray], axes: np.ndarray) -> Base:
        """Of a face's landmarks (3,) mm and axes (3, 3)."""
        way, length = projection(points, axes)
        middle = (points["ac_l"] + points["ac_r"]) / 2.0
        midline = (points["sn"] + points["prn"]) / 2.0
        origin = middle + (midline - middle) @ axes[0] * axes[0]
        below = np.cross(axes[0], way)
        below = below * -np.sign(below @ axes[1])
        half = abs(float((points["al_l"] - points["al_r"]) @ axes[0])) / 2.0
        return cls(origin, axes[0], way, below, length, half)

    def heights(self, across: np.ndarray, along: np.ndarray | float) -> Search[np.ndarray]:
        """How far below the origin the surface first is, (n,) mm, at places across and along; −∞ if nowhere."""
        starts = self.point(across, along, _START_MM)
        heights = yield Rays(starts, np.broadcast_to(-self.below, starts.shape))
        outside = np.isfinite(heights) & (heights > 0.0)  # or a ray began within the lip
        below: np.ndarray = np.where(outside, _START_MM - heights, -np.inf)
        return below

    def point(
        self, across: np.ndarray | float, along: np.ndarray | float, below: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """Points (..., 3) mm."""
        shape = np.broadcast_shapes(np.shape(across), np.shape(along), np.shape(below))
        coordinates = np.stack([np.broadcast_to(each, shape) for each in (across, along, below)], axis=-1)
        there: np.ndarray = self.origin + coordinates @ np.stack([self.left, self.way, self.below])
        return there


def rims_and_columella(base: Base) -> Search[np.ndarray]:
    """Left rim, right rim and columella (3, 3) mm at `RIM_SHARE`: the lowest of each; NaN where it is not met."""
    along = RIM_SHARE * base.length
    rim = np.linspace(*_RIM, _RIM_RAYS) * base.half
    middle = np.linspace(-_COLUMELLA_MM, _COLUMELLA_MM, 7)
    heights = yield from base.heights(np.concatenate([rim, -rim, middle]), along)
    parts = np.split(heights, [_RIM_RAYS, 2 * _RIM_RAYS])
    lowest = [_lowest(places, height) for places, height in zip((rim, -rim, middle), parts, strict=True)]
    return np.stack([base.point(place, along, height) for place, height in lowest])


def _lowest(places: np.ndarray, heights: np.ndarray) -> tuple[float, float]:
    """The place where heights (n,) are greatest, and that height, by the parabola through it and its neighbours."""
    best = int(heights.argmax())
    if not np.isfinite(heights[best]):
        return float("nan"), float("nan")
    if 0 < best < len(heights) - 1:
        before, top, after = heights[best - 1 : best + 2].tolist()
        bend = before - 2.0 * top + after
        if np.isfinite(bend) and bend < 0.0:
            step = (before - after) / (2.0 * bend)
            pitch = float(places[1] - places[0])
            return float(places[best]) + step * pitch, top - (before - after) ** 2 / (8.0 * bend)
    return float(places[best]), float(heights[best])


def outer_rim(side: float, base: Base) -> Search[np.ndarray]:
    """Heights (rows, n) mm below the base of the ala on one side, +1 for the left: rows along, from the midline out."""
    places = np.stack(np.meshgrid(*_rim_grid(base), indexing="ij"), axis=-1).reshape(-1, 2)
    heights = yield from base.heights(side * places[:, 1], places[:, 0])
    return heights.reshape(_ROWS, _ALA_RAYS)


def _rim_grid(base: Base) -> tuple[np.ndarray, np.ndarray]:
    """Places along and across, mm."""
    return np.linspace(*_ALONG, _ROWS) * base.length, np.linspace(*_ALA, _ALA_RAYS) * base.half


def nostril_axis(distance: Distance, side: float, base: Base, heights: np.ndarray) -> np.ndarray:
    """Front and back end (2, 3) mm of a nostril's long axis, side +1 for the left; NaN where there is no opening.

    heights : as `outer_rim` gives them. The opening is what can be seen from below at `_DEPTH_MM` over the rim's
    outline, between that and the midline, with no face Φ = `distance` before it. Its axis is that of the ellipse with
    its second moments.
    """
    along, outside = _rim_grid(base)
    crests = [_crest(row) for row in heights]
    level = heights[np.arange(_ROWS), crests]
    nowhere = np.full((2, 3), np.nan)
    if not np.isfinite(level).all():
        return nowhere
    share = (np.arange(_ACROSS) + 0.5) / _ACROSS
    across = _INNER * base.half + share * (outside[crests] - _INNER * base.half)[:, None]  # (rows, n)
    sight = (level - _DEPTH_MM)[:, None] + np.linspace(0.0, _SIGHT_MM, _SIGHTS)[:, None, None]
    points = base.point(side * across, along[:, None], sight)
    clearance = distance(points.reshape(-1, 3)).reshape(_SIGHTS, *across.shape).min(axis=0)
    free = np.clip(clearance / _SOFT_MM + 0.5, 0.0, 1.0)
    weights = (free * (outside[crests] - _INNER * base.half).clip(min=0.0)[:, None]).ravel()
    if weights.sum() * base.length / _ROWS / _ACROSS < _SMALLEST_MM2:
        return nowhere
    flat = np.stack([np.broadcast_to(along[:, None], across.shape), across], axis=-1).reshape(-1, 2)
    centre = np.average(flat, axis=0, weights=weights)
    values, ways = np.linalg.eigh(np.cov(flat.T, aweights=weights, ddof=0))
    axis = ways[:, 1] * np.sign(ways[0, 1]) * 2.0 * np.sqrt(values[1])
    (front, out), (back, into) = centre + axis, centre - axis
    below = float(np.interp(centre[0], along, level))
    return np.stack([base.point(side * out, front, below), base.point(side * into, back, below)])


def _crest(heights: np.ndarray) -> int:
    """The rim's outline in a row (n,) from the midline out: the first top from outside."""
    on_nose = np.flatnonzero(heights > -_OUTSIDE_MM)
    at = int(on_nose[-1]) if len(on_nose) else 0
    while at > 0 and heights[at - 1] >= heights[at]:
        at -= 1
    return at


def columellar_show(face: Landmarks) -> float:
    """How far the columella is below the rims, the mean of both sides, mm."""
    way, _ = projection(face.points, face.axes)
    below = np.cross(face.axes[0], way)
    below = below * -np.sign(below @ face.axes[1])
    points = face.points
    return float((points["columella"] - (points["rim_l"] + points["rim_r"]) / 2.0) @ below)


def axis_angle(side: str) -> Callable[[Landmarks], float]:
    """The angle of a nostril's long axis against the line across the face, degrees; 90 is straight ahead."""
    inward = -1.0 if side == "l" else 1.0

    def angle(face: Landmarks) -> float:
        way, _ = projection(face.points, face.axes)
        axis = face.points[f"nostrilfront_{side}"] - face.points[f"nostrilback_{side}"]
        return float(np.degrees(np.arctan2(axis @ way, inward * axis @ face.axes[0])))

    return angle
