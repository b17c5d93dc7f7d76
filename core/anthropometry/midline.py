"""Landmarks of the midsagittal profile: the middle of a hollow or of a bulge between two of its points.

The deepest point of a flat root slides by millimetres with the least turn of the head. So depth is taken from the chord
between two points of the profile, which no turn changes, and of the part that is nearly as deep the middle is taken,
weighted by depth. Where a profile bends sharply that is the deepest point itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.anthropometry.rays import Rays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.anthropometry.rays import Search

_RAYS, _SHORTEST_MM = 41, 3.0
"""Rays of a bend, as many for every face: a measure must not jump where it is solved for."""

_MARGIN_MM = 8.0
"""How far outside the chord the rays begin."""

_JUMP_MM = 2.5
"""From one ray to the next: there is another sheet."""

_MET = 0.85
"""Share of the rays that meet a surface, where a bend is to be seen."""


class Bend(NamedTuple):
    """A hollow or a bulge of the profile.

    ends : levels of its chord's ends over that of the canthi, mm; sign : +1 for a bulge, −1 for a hollow; share : of
    its greatest depth, what is so near it counts.
    """

    ends: tuple[float, float]
    sign: int
    share: float


ROOT = Bend((-8.0, 26.0), -1, 0.5)
BROW = Bend((10.0, 42.0), 1, 0.5)


class Middle(NamedTuple):
    """The middle of a bend: point (3,) mm; along (3,) the chord's unit direction; depth mm from the chord."""

    point: np.ndarray
    along: np.ndarray
    depth: float


def at_levels(levels: Sequence[float], around: np.ndarray, plane: np.ndarray, axes: np.ndarray) -> Search[np.ndarray]:
    """Where rays from the front meet the profile, (n, 3), at levels, mm along the face's up axis; NaN where none does.

    around : (m, 3) points near the profile, by which the rays know where to begin; plane : (3,), a point of it.
    """
    left, up, front = axes
    heights = around @ up
    order = np.argsort(heights)
    ahead = np.interp(levels, heights[order], (around @ front)[order])
    starts = plane @ left * left + np.outer(levels, up) + np.outer(ahead + 2.0 * _MARGIN_MM, front)
    heights = yield Rays(starts, np.broadcast_to(-front, starts.shape))
    with np.errstate(invalid="ignore"):  # a ray that meets nothing is nowhere: −∞ times 0
        points: np.ndarray = starts - heights[:, None] * front
    return points


def middle(
    first: np.ndarray,
    last: np.ndarray,
    sign: int,
    share: float,
    axes: np.ndarray,
    most: float = np.inf,
    joined: bool = False,
) -> Search[Middle | None]:
    """The middle of the bend between two points (3,) of the profile; None where there is none, or it is met nowhere.

    most : mm, depth counts to there: how far between the lips a scanner sees is no depth of theirs; joined : nothing
    counts that lies beyond a jump in the first half, where the nose may hang over the lip. With d ≥ 0 the
    distance from the chord, it is the mean of places along it, weighted by max(d − (1 − share) max d, 0).
    """
    chord = last - first
    length = float(np.linalg.norm(chord))
    if not np.isfinite(length) or length < _SHORTEST_MM:
        return None
    along = chord / length
    outward = np.cross(axes[0], along)
    ahead = axes[2] - axes[1] if abs(outward @ axes[2]) < 0.3 else axes[2]  # under the chin it is down
    outward = outward * np.sign(outward @ ahead) / np.linalg.norm(outward)
    places = np.linspace(0.0, length, _RAYS)
    depths = np.minimum(sign * (yield from _over(first + places[:, None] * along, outward)), most)
    met = np.isfinite(depths)
    if not met.all():
        if np.isfinite(most):
            depths[~met] = most
        elif met.mean() >= _MET:
            depths = np.interp(places, places[met], depths[met])
    if joined:
        jumps = np.flatnonzero((np.abs(np.diff(depths)) > _JUMP_MM) & (places[1:] < length / 2.0))
        begin = int(jumps[-1]) + 1 if len(jumps) else 0
        places, depths = places[begin:], depths[begin:]
    at = centre(places, depths, share)
    if at is None:
        return None
    height = sign * float(np.interp(at, places, depths))
    if np.isinf(most):
        [height] = (yield from _over(first + at * along[None], outward)).tolist()
    return Middle(first + at * along + height * outward, along, float(np.max(depths))) if np.isfinite(height) else None


def centre(places: np.ndarray, depths: np.ndarray, share: float) -> float | None:
    """The mean of places (n,) weighted by max(d − (1 − share) max d, 0) with depths d (n,); None without a depth."""
    if not np.isfinite(depths).all() or depths.max() <= 0.05:
        return None
    weights = np.maximum(depths - (1.0 - share) * depths.max(), 0.0)
    return float((weights * places).sum() / weights.sum())


def _over(feet: np.ndarray, outward: np.ndarray) -> Search[np.ndarray]:
    """The profile's heights (n,) over feet (n, 3) of a chord, as seen from outside."""
    starts = feet + _MARGIN_MM * outward
    heights = yield Rays(starts, np.broadcast_to(-outward, starts.shape))
    above: np.ndarray = _MARGIN_MM - heights
    return above
