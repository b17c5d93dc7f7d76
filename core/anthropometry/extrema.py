"""The extremum of a surface near a point, along a direction: found by rays, so that it needs no derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.ndimage import label, map_coordinates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Distance = Callable[[np.ndarray], np.ndarray]
    """Φ (N,) in mm at points (N, 3)."""

_SECANTS = 7
_FIRST_STEP_MM, _LONGEST_STEP_MM, _SHORTEST_STEP_MM = 0.2, 2.0, 1e-3

_SPHERES, _LONGEST_SPHERE_MM = 12, 10.0

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


def refine(distance: Distance, starts: np.ndarray, extrema: Sequence[Extremum]) -> np.ndarray:
    """The points (n, 3) of the zero set of `distance` near `starts` (n, 3) that lie furthest along their directions.

    A grid of rays along the direction meets the surface at heights. A quadric is fitted to
    the surroundings of the top that is sought. Where there is no top within
    reach, the start is returned. All rays are followed together.
    """
    grids = [_grid(extremum) for extremum in extrema]
    rays = [
        start + grid.reshape(-1, len(extremum.axes)) @ np.asarray(extremum.axes)
        for start, grid, extremum in zip(starts, grids, extrema, strict=True)
    ]
    ways = np.repeat([extremum.direction for extremum in extrema], [len(each) for each in rays], axis=0)
    heights = np.split(heights_along(distance, np.concatenate(rays), ways), np.cumsum([len(r) for r in rays])[:-1])
    tops = [_top(grid, each, extremum) for grid, each, extremum in zip(grids, heights, extrema, strict=True)]
    refined = np.array(starts, dtype=np.float64)
    sure = [(index, top) for index, top in enumerate(tops) if top is not None]
    if sure:
        rows = [index for index, _ in sure]
        feet = refined[rows] + [top.offset @ np.asarray(extrema[index].axes) for index, top in sure]
        ways = np.array([extrema[index].direction for index in rows])
        begun = np.array([top.height for _, top in sure])
        heights_there = heights_along(distance, feet, ways, begun)
        met = np.isfinite(heights_there)
        refined[np.array(rows)[met]] = feet[met] + heights_there[met, None] * ways[met]
    return refined


class _Top(NamedTuple):
    """Where a grid of heights is highest: offset (axes,) mm along its axes, and about how high."""

    offset: np.ndarray
    height: float


def _grid(extremum: Extremum) -> np.ndarray:
    """Offsets (…, axes) mm of the rays about a start."""
    ticks = np.arange(-extremum.reach, extremum.reach + extremum.step / 2, extremum.step)
    return np.stack(np.meshgrid(*[ticks] * len(extremum.axes), indexing="ij"), axis=-1)


def _top(grid: np.ndarray, heights: np.ndarray, extremum: Extremum) -> _Top | None:
    """The top of a grid with heights (rays,); None where it is not within reach."""
    heights = heights.reshape(grid.shape[:-1])
    inside = np.linalg.norm(grid, axis=-1) <= extremum.reach + 1e-9
    heights = np.where(inside, heights, -np.inf)
    if extremum.slope is not None:
        return _edge(grid, heights, extremum)
    best = _uphill(heights) if extremum.cap is None else _highest(heights)
    if min(best) == 0 or not (np.array(best) + 1 < heights.shape).all():
        return None
    if extremum.cap is not None:
        rim = inside & (np.linalg.norm(grid, axis=-1) > extremum.reach - extremum.step)
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


def heights_along(
    distance: Distance, rays: np.ndarray, ways: np.ndarray, start: np.ndarray | float = 0.0
) -> np.ndarray:
    """How far along unit `ways` (N, 3) from `rays` (N, 3) the surface is, (N,) mm; −∞ where it is not found.

    The secant method, from heights `start` (N,): it needs no derivatives, so the compiled field serves.
    """
    height = np.broadcast_to(start, len(rays)).astype(np.float64)
    value = distance(rays + height[:, None] * ways)
    step, slope = np.full(len(rays), _FIRST_STEP_MM), np.ones(len(rays))
    for _ in range(_SECANTS):
        before = value
        height = height + step
        value = distance(rays + height[:, None] * ways)
        moved = np.abs(step) > _SHORTEST_STEP_MM  # a shorter step's slope would be rounding alone
        slope[moved] = (value - before)[moved] / step[moved]
        slope = np.where(np.abs(slope) < 0.1, np.copysign(0.1, slope), slope)
        step = (-value / slope).clip(-_LONGEST_STEP_MM, _LONGEST_STEP_MM)
        if (np.abs(step) <= _SHORTEST_STEP_MM).all():
            height = height + step
            break
    return np.where(np.abs(value) < 0.05, height, -np.inf)


def first_heights(distance: Distance, starts: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """How far along unit `ways` (N, 3) from `starts` (N, 3) outside it the surface is first met, (N,); −∞ if nowhere.

    Sphere tracing (Hart 1996), then the secant method.
    """
    height = np.zeros(len(starts))
    for _ in range(_SPHERES):
        step = distance(starts + height[:, None] * ways).clip(-_LONGEST_STEP_MM, _LONGEST_SPHERE_MM)
        height += step
        if (np.abs(step) < _FIRST_STEP_MM).all():
            break
    return heights_along(distance, starts, ways, height)
