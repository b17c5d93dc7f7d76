"""Where rays meet a surface, for many searches at once.

A search is a generator: it yields the rays that it must know next and is sent how far along them the surface is.
Searches that do not wait for each other run side by side, and all their rays are followed in the same evaluations: of
so few points as one search has, an evaluation costs the same as of ten times as many. What a ray meets does not depend
on the rays beside it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Distance = Callable[[np.ndarray], np.ndarray]
    """Φ (N,) in mm at points (N, 3)."""

_SECANTS = 8
_FIRST_STEP_MM, _LONGEST_STEP_MM, _SHORTEST_STEP_MM = 0.2, 2.0, 1e-3
_FLATTEST, _MET_MM = 0.1, 0.05

_SPHERES, _LONGEST_SPHERE_MM = 12, 10.0

_DIFFERENCE_MM = 0.5


class Rays(NamedTuple):
    """Rays from `starts` (n, 3) along unit `ways` (n, 3), mm.

    begun : (n,) mm, about how far along them the surface is; None where the start is outside and the first place is
    wanted at which the surface is met.
    """

    starts: np.ndarray
    ways: np.ndarray
    begun: np.ndarray | None = None


T = TypeVar("T")
Search = Generator[Rays, np.ndarray, T]
"""Yields rays, is sent heights (n,) along them, mm, −∞ where there is no surface, and returns what it was after."""


def together(searches: Iterable[Search[T]]) -> Search[list[T]]:
    """Several searches as one: what each of them returns, in their order."""
    running = list(searches)
    results: dict[int, T] = {}
    waiting: dict[int, Rays] = {}
    heights: dict[int, np.ndarray | None] = dict.fromkeys(range(len(running)))
    while True:
        for index, height in heights.items():
            try:
                waiting[index] = running[index].send(height)  # type: ignore[arg-type]  # None starts a generator
            except StopIteration as done:
                results[index] = done.value
        if not waiting:
            return [results[index] for index in range(len(running))]
        answer = yield _merged(list(waiting.values()))
        ends = np.cumsum([len(rays.starts) for rays in waiting.values()])[:-1]
        heights = dict(zip(waiting, np.split(answer, ends), strict=True))
        waiting = {}


def _merged(all_rays: list[Rays]) -> Rays:
    """Rays one after the other; NaN in `begun` marks those that come from outside."""
    begun = [np.full(len(rays.starts), np.nan) if rays.begun is None else rays.begun for rays in all_rays]
    starts, ways = (np.concatenate([rays[part] for rays in all_rays]) for part in (0, 1))
    return Rays(starts, ways, np.concatenate(begun))


def run(distance: Distance, search: Search[T]) -> T:
    """What a search returns on a surface with the distance Φ."""
    heights = None
    while True:
        try:
            rays = search.send(heights)  # type: ignore[arg-type]  # None starts a generator
        except StopIteration as done:
            result: T = done.value
            return result
        heights = _heights(distance, rays)


def heights_along(
    distance: Distance, rays: np.ndarray, ways: np.ndarray, start: np.ndarray | float = 0.0
) -> np.ndarray:
    """How far along unit `ways` (N, 3) from `rays` (N, 3) the surface is, (N,) mm; −∞ where it is not found.

    The secant method, from heights `start` (N,): it needs no derivatives, so the compiled field serves.
    """
    return _heights(distance, Rays(rays, ways, np.broadcast_to(start, len(rays)).astype(np.float64)))


def onto(distance: Distance, points: np.ndarray) -> np.ndarray:
    """Points (N, 3) moved along the gradient onto the surface: two Newton's steps, by differences."""
    for _ in range(2):
        ends = [distance(points + sign * _DIFFERENCE_MM * axis) for axis in np.eye(3) for sign in (1.0, -1.0)]
        slope = np.stack([ahead - behind for ahead, behind in zip(ends[::2], ends[1::2], strict=True)], axis=1)
        slope /= np.linalg.norm(slope, axis=1, keepdims=True).clip(min=1e-9)
        points = points - distance(points)[:, None] * slope
    return points


def _heights(distance: Distance, rays: Rays) -> np.ndarray:
    """Heights (n,) along rays, of which those with no `begun` are first followed by spheres."""
    count = len(rays.starts)
    height = np.zeros(count) if rays.begun is None else np.nan_to_num(rays.begun)
    outside = np.ones(count, bool) if rays.begun is None else np.isnan(rays.begun)
    value, step, slope = np.zeros(count), np.full(count, _FIRST_STEP_MM), np.ones(count)
    active = np.arange(count)
    for turn in range(_SPHERES):
        now = distance(rays.starts[active] + height[active, None] * rays.ways[active])
        value[active] = now
        tracing = outside[active]
        active, now = active[tracing], now[tracing]
        step[active] = now.clip(-_LONGEST_STEP_MM, _LONGEST_SPHERE_MM)
        slope[active] = -1.0
        active = active[(np.abs(now) >= _FIRST_STEP_MM) & (turn + 1 < _SPHERES)]
        if not len(active):
            break
        height[active] += step[active]
    return _secants(distance, rays, height, value, step, slope)


def _secants(
    distance: Distance, rays: Rays, height: np.ndarray, value: np.ndarray, step: np.ndarray, slope: np.ndarray
) -> np.ndarray:
    """Heights (n,) from heights with Φ `value` and `slope` there, all (n,), of which `step` is the first step."""
    active = np.arange(len(height))
    for _ in range(_SECANTS):
        last, short = step[active], np.abs(step[active]) <= _SHORTEST_STEP_MM
        height[active] += last
        now = distance(rays.starts[active] + height[active, None] * rays.ways[active])
        rise = now - value[active]
        # The slope of a shorter step would be rounding alone.
        tilt = np.where(short, slope[active], rise / np.where(short, 1.0, last))
        tilt = np.where(np.abs(tilt) < _FLATTEST, np.copysign(_FLATTEST, tilt), tilt)
        value[active], slope[active] = now, tilt
        step[active] = (-now / tilt).clip(-_LONGEST_STEP_MM, _LONGEST_STEP_MM)
        close = np.abs(step[active]) <= _SHORTEST_STEP_MM
        height[active[close]] += step[active[close]]
        active = active[~close]
        if not len(active):
            break
    return np.where(np.abs(value) < _MET_MM, height, -np.inf)
