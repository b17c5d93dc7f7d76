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

from core.cascade import Cascade
from core.errors import FacewrightError
from core.parts import CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from core.head_model import HeadModel
    from core.parameters import Parameters
    from core.parts import CodeName

    Distance = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

FIVE = ("en_r", "en_l", "prn", "ch_r", "ch_l")
"""The landmarks by which a person places a scan: inner eye corners, tip of the nose, mouth corners."""

PROFILE = 33
"""Points of the dorsum's profile."""

_PROFILE_ENDS = (0.1, 0.9)
"""The dorsum lies between these shares of the line n–prn: the hollow of the root and the dome of the tip are not it."""

_STEP_MM = 1.0
_NEWTON = 6
_LONGEST_STEP_MM = 2.0

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
) -> Landmarks:
    """The landmarks of a head.

    template : (3,) mm by name, places on the template that replace the model's own: landmarks that a person has
    corrected (see `corrected`). Those ride there and are not sought as extrema. names : which are wanted, all if not
    given; the dorsum is empty without n and prn.
    Raises FacewrightError if the model file does not tell where landmarks are.
    """
    template = template or {}
    places = {**model.points, **template}
    if not places:
        raise FacewrightError("This model file holds no landmarks: train it again, or open a newer one, to measure.")
    places = {name: place for name, place in places.items() if names is None or name in names}
    cascade = Cascade(model, parameters)
    start = np.stack(list(places.values()))
    riding = cascade.from_template(start, start).astype(np.float64)
    points = dict(zip(places, riding, strict=True))
    for name, extremum in _EXTREMA.items():
        if name in points and name not in template:
            points[name] = refine(cascade.signed_distance, points[name], extremum)
    dorsum = np.empty((0, 3))
    if {"n", "prn"} <= set(points):
        dorsum = profile(cascade.signed_distance, points["n"], points["prn"])
    return Landmarks(MappingProxyType(points), dorsum)


def corrected(model: HeadModel, parameters: Parameters, point: np.ndarray) -> np.ndarray:
    """The place (3,) on the template of a point (3,) of a head: where a landmark that was dragged there rides."""
    return Cascade(model, parameters).to_template(np.asarray(point, dtype=np.float32)[None])[0]


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


def refine(distance: Distance, start: np.ndarray, extremum: Extremum) -> np.ndarray:
    """The point (3,) of the zero set of `distance` near `start` (3,) that lies furthest along a direction.

    A grid of rays along the direction meets the surface at heights; from the middle the way leads uphill to the
    first top, to which and its neighbours a parabola is fitted along each axis. Where the way leads to the grid's
    border there is no extremum within reach, and `start` is returned.
    """
    ticks = np.arange(-extremum.reach, extremum.reach + _STEP_MM / 2, _STEP_MM)
    axes = np.asarray(extremum.axes)
    grid = np.stack(np.meshgrid(*[ticks] * len(axes), indexing="ij"), axis=-1)
    direction = np.asarray(extremum.direction)
    rays = start + grid.reshape(-1, len(axes)) @ axes
    heights = _heights(distance, rays, direction).reshape(grid.shape[:-1])
    heights[np.linalg.norm(grid, axis=-1) > extremum.reach + 1e-9] = -np.inf
    best = _uphill(heights)
    offset = grid[best].copy()
    for axis in range(len(axes)):
        behind, ahead = list(best), list(best)
        behind[axis], ahead[axis] = best[axis] - 1, best[axis] + 1
        if min(behind) < 0 or ahead[axis] >= len(ticks):
            return start
        low, mid, high = heights[tuple(behind)], heights[best], heights[tuple(ahead)]
        if not np.isfinite([low, mid, high]).all():
            return start
        bend = low - 2.0 * mid + high
        offset[axis] += _STEP_MM * 0.5 * (low - high) / bend if bend < 0.0 else 0.0
    foot = start + offset @ axes
    return foot + _heights(distance, foot[None], direction, float(heights[best])) * direction


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
    return line + _heights(distance, line, direction)[:, None] * direction


def forward(nasion: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """The unit vector (3,) square to the line n–prn in the sagittal plane, out of the face."""
    direction = np.cross([1.0, 0.0, 0.0], tip - nasion)
    direction = direction * np.sign(direction[2])
    return direction / np.linalg.norm(direction)


def _heights(distance: Distance, rays: np.ndarray, direction: np.ndarray, start: float = 0.0) -> np.ndarray:
    """How far along `direction` from `rays` (N, 3) the surface is, (N,) mm, by Newton's method; −∞ where it is not."""
    height = np.full(len(rays), start)
    for _ in range(_NEWTON):
        value, gradient = distance(rays + height[:, None] * direction)
        slope = gradient @ direction
        slope = np.where(np.abs(slope) < 0.1, np.copysign(0.1, slope), slope)
        height = height - (value / slope).clip(-_LONGEST_STEP_MM, _LONGEST_STEP_MM)
    value, _ = distance(rays + height[:, None] * direction)
    return np.where(np.abs(value) < 0.05, height, -np.inf)
