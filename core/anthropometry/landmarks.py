"""Where the landmarks of a head lie: the anthropometric ones, and those of the stages that carry the local fields.

An anthropometric landmark (names and definitions: Farkas 1981) rides: it is the point of the head that the cascade
carries to the landmark's place on the template. One that is an extremum by definition is then moved to the extremum
of the present surface near by, so that it stays true when the shape changes. All points are in mm, head frame.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.errors import FacewrightError
from facewright.core.parts import CODES
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName

    Distance = Callable[[np.ndarray], np.ndarray]
    """Φ (N,) in mm at points (N, 3)."""

FIVE = ("en_r", "en_l", "prn", "ch_r", "ch_l")
"""The landmarks by which a person places a scan: inner eye corners, tip of the nose, mouth corners."""

TITLES = MappingProxyType(
    {
        "g": "glabella, most prominent between the brows",
        "n": "nasion, deepest of the nasal root",
        "prn": "pronasale, most protruded of the tip",
        "sn": "subnasale, where columella and upper lip meet",
        "c'": "columella point, most anterior at the nostrils' top",
        "al": "alare, most lateral of the ala",
        "ac": "alar curvature, the alar base's insertion",
        "sbal": "subalare, where alar base and upper lip meet",
        "ls": "labiale superius, border of the upper lip",
        "sto": "stomion, where the lips meet",
        "ch": "cheilion, corner of the mouth",
        "pg": "pogonion, most anterior of the chin",
        "gn": "gnathion, lowest of the chin",
        "en": "endocanthion, inner eye corner",
        "ex": "exocanthion, outer eye corner",
        "t": "tragion, notch above the tragus",
        "or": "orbitale, lowest of the orbit's rim",
    }
)
"""What the landmarks that measurements need are, by their names without side."""

PROFILE = 33
"""Points of the dorsum's profile."""

_PROFILE_ENDS = (0.1, 0.9)
"""The dorsum lies between these shares of the line n–prn: the hollow of the root and the dome of the tip are not it."""

_STEP_MM = 1.0
_SECANTS = 7
_FIRST_STEP_MM, _LONGEST_STEP_MM, _SHORTEST_STEP_MM = 0.2, 2.0, 1e-3

_UNDOING_STEPS = 30
_CLOSE_MM = 0.01


class Extremum(NamedTuple):
    """Where a landmark is sought: furthest along `direction`, within `reach` mm along each of `axes`."""

    direction: tuple[float, float, float]
    axes: tuple[tuple[float, float, float], ...]
    reach: float


_X, _Y, _FRONT, _BACK = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0)

_EXTREMA = MappingProxyType(
    {
        "g": Extremum(_FRONT, (_Y,), 6.0),
        "n": Extremum(_BACK, (_Y,), 6.0),
        "prn": Extremum(_FRONT, (_X, _Y), 4.0),
        "pg": Extremum(_FRONT, (_Y,), 6.0),
        "al_l": Extremum(_X, (_Y, _FRONT), 4.0),
        "al_r": Extremum((-1.0, 0.0, 0.0), (_Y, _FRONT), 4.0),
    }
)


class Landmarks(NamedTuple):
    """Where a head's landmarks are, mm, head frame.

    points : (3,) float64 by name; dorsum : (PROFILE, 3) float64, the midline profile of the nose from n to prn; rows
    that met no surface are not finite.
    """

    points: Mapping[str, np.ndarray]
    dorsum: np.ndarray


def find_landmarks(
    model: HeadModel,
    parameters: Parameters,
    template: Mapping[str, np.ndarray] | None = None,
    names: Collection[str] | None = None,
    near: Mapping[str, np.ndarray] | None = None,
) -> Landmarks:
    """The landmarks of a head.

    template : (3,) mm by name, places on the template that replace the model's own: landmarks that a person has
    corrected (see `corrected`). Those ride there and are not sought as extrema. names : which are wanted, all if not
    given; the dorsum is empty without n and prn. near : (3,) mm by name, where they are on a head much like this one:
    they are found sooner from there.
    Raises FacewrightError if the model file does not tell where landmarks are.
    """
    template = template or {}
    places = {**model.points, **template}
    if not places:
        raise FacewrightError("This model file holds no landmarks: train it again, or open a newer one, to measure.")
    places = {name: place for name, place in places.items() if names is None or name in names}
    start = np.stack([(near or {}).get(name, place) for name, place in places.items()])
    riding = Cascade(model, parameters).from_template(np.stack(list(places.values())), start).astype(np.float64)
    points = dict(zip(places, riding, strict=True))
    distance = model.field(parameters).distance
    sought = {name: extremum for name, extremum in _EXTREMA.items() if name in points and name not in template}
    if sought:
        found = refine(distance, np.stack([points[name] for name in sought]), list(sought.values()))
        points.update(zip(sought, found, strict=True))
    dorsum = np.empty((0, 3))
    if {"n", "prn"} <= set(points):
        dorsum = profile(distance, points["n"], points["prn"])
    return Landmarks(MappingProxyType(points), dorsum)


def title(name: str) -> str:
    """A landmark's name and what it is, with its side."""
    stem, _, side = name.partition("_")
    sided = {"l": ", left", "r": ", right"}.get(side, "")
    return f"{stem}{sided}: {TITLES[stem]}" if stem in TITLES else name


def corrected(model: HeadModel, parameters: Parameters, point: np.ndarray) -> np.ndarray:
    """The place (3,) on the template of a point (3,) of a head: where a landmark that was dragged there rides."""
    return Cascade(model, parameters).to_template(np.asarray(point, dtype=np.float32)[None])[0]


def corrected_along(
    model: HeadModel, parameters: Parameters, point: np.ndarray, direction: np.ndarray
) -> np.ndarray | None:
    """The same of where the line through point (3,) along a unit direction (3,) meets the head; None if it does not."""
    height = _heights(model.field(parameters).distance, point[None], direction[None])
    return corrected(model, parameters, point + height[0] * direction) if np.isfinite(height[0]) else None


@torch.inference_mode()
def stage_landmarks(model: HeadModel, parameters: Parameters) -> dict[CodeName, np.ndarray]:
    """The landmarks (5, 3) float32 of every stage on a head, mm, head frame, as the model predicts them.

    A stage's landmarks lie in the space that it reads; the stages before it are undone by fixed-point iteration
    on p = goal − (states(p) − p), which converges since they move neighbouring points alike. It ends within a
    hundredth of a millimetre, or after 30 steps.
    """
    field = model.field(parameters)
    predicted = model.network.landmarks(model.codes(parameters))
    landmarks = {}
    for code in CODES:
        goal = model.frame.to_head(predicted[code][0].cpu().numpy())
        points = goal
        for _ in range(_UNDOING_STEPS):
            residual = goal - model.frame.to_head(field.states(points, code))
            points = points + residual
            if abs(residual).max() < _CLOSE_MM:
                break
        landmarks[code] = points
    return landmarks


def refine(distance: Distance, starts: np.ndarray, extrema: Sequence[Extremum]) -> np.ndarray:
    """The points (n, 3) of the zero set of `distance` near `starts` (n, 3) that lie furthest along their directions.

    A grid of rays along the direction meets the surface at heights; from the middle the way leads uphill to the
    first top, to which and its neighbours a parabola is fitted along each axis. Where the way leads to the grid's
    border there is no extremum within reach, and the start is returned. All rays are followed together.
    """
    grids = [_grid(extremum) for extremum in extrema]
    rays = [
        start + grid.reshape(-1, len(extremum.axes)) @ np.asarray(extremum.axes)
        for start, grid, extremum in zip(starts, grids, extrema, strict=True)
    ]
    ways = np.repeat([extremum.direction for extremum in extrema], [len(each) for each in rays], axis=0)
    heights = np.split(_heights(distance, np.concatenate(rays), ways), np.cumsum([len(each) for each in rays])[:-1])
    tops = [_top(grid, each, extremum) for grid, each, extremum in zip(grids, heights, extrema, strict=True)]
    found = np.array(starts, dtype=np.float64)
    sure = [index for index, top in enumerate(tops) if top is not None]
    if sure:
        feet = found[sure] + [tops[index].offset @ np.asarray(extrema[index].axes) for index in sure]  # type: ignore[union-attr]
        ways = np.array([extrema[index].direction for index in sure])
        begun = np.array([tops[index].height for index in sure])  # type: ignore[union-attr]
        found[sure] = feet + _heights(distance, feet, ways, begun)[:, None] * ways
    return found


class _Top(NamedTuple):
    """Where a grid of heights is highest: offset (axes,) mm along its axes, and about how high."""

    offset: np.ndarray
    height: float


def _grid(extremum: Extremum) -> np.ndarray:
    """Offsets (…, axes) mm of the rays about a start."""
    ticks = np.arange(-extremum.reach, extremum.reach + _STEP_MM / 2, _STEP_MM)
    return np.stack(np.meshgrid(*[ticks] * len(extremum.axes), indexing="ij"), axis=-1)


def _top(grid: np.ndarray, heights: np.ndarray, extremum: Extremum) -> _Top | None:
    """The first top uphill from the middle of a grid with heights (rays,); None where it is not within reach."""
    heights = heights.reshape(grid.shape[:-1])
    heights[np.linalg.norm(grid, axis=-1) > extremum.reach + 1e-9] = -np.inf
    best = _uphill(heights)
    offset = grid[best].copy()
    for axis in range(heights.ndim):
        behind, ahead = list(best), list(best)
        behind[axis], ahead[axis] = best[axis] - 1, best[axis] + 1
        if min(behind) < 0 or ahead[axis] >= heights.shape[axis]:
            return None
        low, mid, high = heights[tuple(behind)], heights[best], heights[tuple(ahead)]
        if not np.isfinite([low, mid, high]).all():
            return None
        bend = low - 2.0 * mid + high
        offset[axis] += _STEP_MM * 0.5 * (low - high) / bend if bend < 0.0 else 0.0
    return _Top(offset, float(heights[best]))


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


def profile(distance: Distance, nasion: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """The dorsum (PROFILE, 3): where rays from the line n–prn, square to it in the sagittal plane, meet the surface."""
    along = np.linspace(*_PROFILE_ENDS, PROFILE)[:, None]
    line = nasion + along * (tip - nasion)
    direction = forward(nasion, tip)
    heights = _heights(distance, line, np.broadcast_to(direction, line.shape))
    with np.errstate(invalid="ignore"):  # a ray that meets nothing is nowhere: −∞ times 0
        return line + heights[:, None] * direction


def forward(nasion: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """The unit vector (3,) square to the line n–prn in the sagittal plane, out of the face."""
    direction = np.cross([1.0, 0.0, 0.0], tip - nasion)
    direction = direction * np.sign(direction[2])
    return direction / max(float(np.linalg.norm(direction)), np.finfo(float).tiny)


def _heights(distance: Distance, rays: np.ndarray, ways: np.ndarray, start: np.ndarray | float = 0.0) -> np.ndarray:
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
        known = np.abs(step) > _SHORTEST_STEP_MM  # a shorter step's slope would be rounding alone
        slope[known] = (value - before)[known] / step[known]
        slope = np.where(np.abs(slope) < 0.1, np.copysign(0.1, slope), slope)
        step = (-value / slope).clip(-_LONGEST_STEP_MM, _LONGEST_STEP_MM)
    return np.where(np.abs(value) < 0.05, height, -np.inf)
