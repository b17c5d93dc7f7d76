"""The extremum of a surface near a point, along a direction: found by rays, so that it needs no derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.ndimage import label, map_coordinates

from facewright.core.anthropometry.rays import Rays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.anthropometry.rays import Search

_STENCIL = 2
"""A quadric is fitted to so many rays on either side of the highest: over three alone it would follow the noise."""


class Extremum(NamedTuple):
    """What is sought: the point furthest along `direction`, within `reach` mm along each of one or two `axes`.

    All are unit vectors; `step` mm lie between the rays. The axes are square to each other and to the direction.
    cap : mm; where it is given, the point is the middle of what is less than that under the highest of all rays,
    weighted by height, rather than the first top uphill from the start. slope : where it is given, the point is the
    highest of where the surface is no steeper, mm a mm: a wall that ends in a crease has no other top.
    """

    direction: Sequence[float] | np.ndarray
    axes: Sequence[Sequence[float]] | np.ndarray
    reach: float
    step: float = 1.0
    cap: float | None = None
    slope: float | None = None


def refine(starts: np.ndarray, extrema: Sequence[Extremum]) -> Search[np.ndarray]:
    """The points (n, 3) of a surface near `starts` (n, 3) that lie furthest along their directions.

    A grid of rays along the direction meets the surface at heights. A quadric is fitted to
    the surroundings of the top that is sought. Where there is no top within
    reach, the start is returned.
    """
    grids = [_grid(extremum) for extremum in extrema]
    inside = [_within(grid, extremum) for grid, extremum in zip(grids, extrema, strict=True)]
    rays = [
        start + grid[near] @ np.asarray(extremum.axes)
        for start, grid, near, extremum in zip(starts, grids, inside, extrema, strict=True)
    ]
    counts = [len(each) for each in rays]
    ways = np.repeat([extremum.direction for extremum in extrema], counts, axis=0)
    met = np.split((yield Rays(np.concatenate(rays), ways, np.zeros(sum(counts)))), np.cumsum(counts)[:-1])
    tops = []
    for grid, near, heights_met, extremum in zip(grids, inside, met, extrema, strict=True):
        heights = np.full(near.shape, -np.inf)
        heights[near] = heights_met
        tops.append(_top(grid, heights, extremum))
    refined = np.array(starts, dtype=np.float64)
    sure = [(index, top) for index, top in enumerate(tops) if top is not None]
    if sure:
        rows = [index for index, _ in sure]
        feet = refined[rows] + [top.offset @ np.asarray(extrema[index].axes) for index, top in sure]
        ways = np.array([extrema[index].direction for index in rows])
        there = yield Rays(feet, ways, np.array([top.height for _, top in sure]))
        on_surface = np.isfinite(there)
        refined[np.array(rows)[on_surface]] = feet[on_surface] + there[on_surface, None] * ways[on_surface]
    return refined


class _Top(NamedTuple):
    """Where a grid of heights is highest: offset (axes,) mm along its axes, and about how high."""

    offset: np.ndarray
    height: float


def _grid(extremum: Extremum) -> np.ndarray:
    """Offsets (…, axes) mm of the rays about a start."""
    ticks = np.arange(-extremum.reach, extremum.reach + extremum.step / 2, extremum.step)
    return np.stack(np.meshgrid(*[ticks] * len(extremum.axes), indexing="ij"), axis=-1)


def _within(grid: np.ndarray, extremum: Extremum) -> np.ndarray:
    """Which offsets (…, axes) of a grid are within reach, (…,) bool."""
    inside: np.ndarray = np.linalg.norm(grid, axis=-1) <= extremum.reach + 1e-9
    return inside


def _top(grid: np.ndarray, heights: np.ndarray, extremum: Extremum) -> _Top | None:
    """The top of a grid with heights (…,), −∞ out of reach; None where it is not within reach."""
    if extremum.slope is not None:
        return _edge(grid, heights, extremum)
    best = _uphill(heights) if extremum.cap is None else _highest(heights)
    if min(best) == 0 or not (np.array(best) + 1 < heights.shape).all():
        return None
    if extremum.cap is not None:
        away = np.linalg.norm(grid, axis=-1)
        rim = _within(grid, extremum) & (away > extremum.reach - extremum.step)
        cap = min(extremum.cap, float(heights[best] - heights[rim].max()))  # of a flatter top there is more outside
        if not cap > 0.0:
            return None
        weights = np.maximum(heights - heights[best] + cap, 0.0)
        at = (weights[..., None] * grid).sum(axis=tuple(range(weights.ndim))) / weights.sum()
        return _Top(at, float(heights[best]))
    return _quadric_top(grid, heights, best, extremum.step)


def _quadric_top(grid: np.ndarray, heights: np.ndarray, best: tuple[int, ...], step: float) -> _Top | None:
    """The summit of the quadric about a grid's place that is higher than its neighbours; None if they are not met."""
    about = np.abs(np.moveaxis(np.indices(heights.shape), 0, -1) - best).max(axis=-1) <= _STENCIL
    about &= np.isfinite(heights)
    offset = _summit(grid[about] - grid[best], heights[about] - heights[best])
    if offset is None or not all(np.isfinite(heights[beside]) for beside in _beside(best)):
        return None
    return _Top(grid[best] + offset.clip(-step, step), float(heights[best]))


def _edge(grid: np.ndarray, heights: np.ndarray, extremum: Extremum) -> _Top | None:
    """The highest place of what is no steeper than the extremum's slope and hangs together with the grid's middle.

    Where that is no top it lies between the grid's places, where the steepness passes the limit.
    """
    assert extremum.slope is not None
    with np.errstate(invalid="ignore"):
        slopes = np.stack(np.gradient(heights, extremum.step), axis=-1)
        steep = np.linalg.norm(slopes, axis=-1)
    level = np.isfinite(steep) & (steep <= extremum.slope)
    pieces, count = label(level, structure=np.ones((3,) * heights.ndim))
    if not count:
        return None
    away = np.where(level, np.linalg.norm(grid, axis=-1), np.inf)
    piece = pieces == pieces[np.unravel_index(int(away.argmin()), away.shape)]
    best = _highest(np.where(piece, heights, -np.inf))
    inner = min(best) > 0 and bool((np.array(best) + 1 < heights.shape).all())
    if inner and all(heights[beside] <= heights[best] for beside in _beside(best)):
        return _quadric_top(grid, heights, best, extremum.step)
    way = slopes[best] / max(float(steep[best]), 1e-9)
    there = float(map_coordinates(np.nan_to_num(steep), (np.array(best) + way)[:, None], order=1, mode="nearest")[0])
    share = np.clip((extremum.slope - steep[best]) / max(there - steep[best], 1e-9), 0.0, 1.0)
    return _Top(grid[best] + share * extremum.step * way, float(heights[best]))


def _highest(heights: np.ndarray) -> tuple[int, ...]:
    """Where a grid is highest."""
    return tuple(int(index) for index in np.unravel_index(int(heights.argmax()), heights.shape))


def _beside(at: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The neighbours of a place of a grid along its axes."""
    steps = np.concatenate([np.eye(len(at), dtype=int), -np.eye(len(at), dtype=int)])
    return [tuple(each) for each in (np.array(at) + steps).tolist()]


def _summit(offsets: np.ndarray, heights: np.ndarray) -> np.ndarray | None:
    """Where the quadric through heights (n,) at offsets (n, axes) is highest; None where it is nowhere."""
    axes = offsets.shape[1]
    pairs = [(i, j) for i in range(axes) for j in range(i, axes)]
    if len(heights) < 1 + axes + len(pairs):
        return None
    columns = [np.ones(len(heights)), *offsets.T, *(offsets[:, i] * offsets[:, j] for i, j in pairs)]
    fit = np.linalg.lstsq(np.stack(columns, axis=1), heights, rcond=None)[0]
    bend = np.zeros((axes, axes))
    for value, (i, j) in zip(fit[1 + axes :], pairs, strict=True):
        bend[i, j] += value
        bend[j, i] += value
    values, ways = np.linalg.eigh(bend)
    slopes = ways.T @ fit[1 : 1 + axes]
    step: np.ndarray = ways @ np.where(values < -1e-6, -slopes / np.minimum(values, -1e-6), 0.0)
    return step


def _uphill(heights: np.ndarray) -> tuple[int, ...]:
    """The first top from the middle of a grid, each step to the highest neighbour along an axis."""
    at = np.array(heights.shape) // 2
    while True:
        steps = [at + sign * unit for unit in np.eye(heights.ndim, dtype=int) for sign in (1, -1)]
        inside = [step for step in steps if (step >= 0).all() and (step < heights.shape).all()]
        best = max(inside, key=lambda step: heights[tuple(step)])
        if not heights[tuple(best)] > heights[tuple(at)]:
            return tuple(at.tolist())
        at = best
