"""The displacements that carry operations out: smooth, known exactly, and exactly 0 beyond the part's window.

Those of `facewright.core.anthropometry.nose_fields` where they leave columella base, lip and nasion in place; the
others are made of the same pieces. Coordinates are of the nose (u across, v from subnasale to nasion, w forward) or, of
lip and chin, mm along the face's axes. A strength is about what the operation's landmark moves, mm or °.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.nose_fields import BY_KEY as NOSE_FIELDS
from facewright.core.anthropometry.nose_fields import (
    FORWARD,
    NoseField,
    NoseFrame,
    bump,
    components,
    rotated,
    step,
    trapezoid,
    vector,
)
from facewright.core.errors import FacewrightError
from facewright.core.surgery.frame import frame_of
from facewright.core.warp import Warp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.surgery.frame import SurgicalFrame
    from facewright.core.surgery.plan import SurgicalPlan

    Shift = Callable[[SurgicalFrame, float, np.ndarray], np.ndarray]
    """The displacement (..., 3) mm of points (..., 3) mm at a strength."""


def _named(name: str) -> Callable[[NoseFrame], np.ndarray]:
    return lambda nose: nose.at[name]


def _at(u: float, v: float, w: float = 0.5) -> Callable[[NoseFrame], np.ndarray]:
    """Coordinates with u over half the alar width and w over the tip's."""
    return lambda nose: np.array([u * nose.half, v, w * nose.tip])


def lobule(nose: NoseFrame, at: np.ndarray) -> np.ndarray:
    """What follows the tip of the nose, (...,) from 0 to 1, at coordinates (..., 3) of it.

    0 at subnasale, alae and half-way up the dorsum, 1 at the tip.
    """
    _, v, w = components(at)
    tip, base = nose.at["prn"], nose.at["sn"]
    forward = step((w - base[2]) / (0.75 * (tip[2] - base[2])))
    return forward * (1.0 - step((v - tip[1] - 0.02) / 0.5))


def _radix(frame: SurgicalFrame, strength: float, points: np.ndarray) -> np.ndarray:
    """The root out of the face: flat about nasion, so that this stays the deepest point as long as it can."""
    nose = frame.nose
    u, v, w = components(nose.coordinates(points))
    above = 0.26
    if "g" in frame.landmarks:
        above = min(above, 0.95 * float(nose.coordinates(frame.landmarks["g"])[1] - 1.0))
    t = np.where(v > 1.0, (v - 1.0) / max(above, 0.1), (1.0 - v) / 0.42)
    share = (1.0 - step((t - 0.12) / 0.88)) * bump(u / (0.66 * nose.half)) * trapezoid(w / nose.tip, FORWARD)
    shift: np.ndarray = strength * share[..., None] * frame.axes[2]
    return shift


def _aside(centre: float, reach: float, whole: float, end: float, height: float) -> Shift:
    """The bridge to the left about v at a centre: all of it within `whole` half alar widths, nothing from `end` on.

    It leans from the cheeks up: nothing moves at the level of the alar bases, all from `height` of the tip's on.
    """

    def shift(frame: SurgicalFrame, strength: float, points: np.ndarray) -> np.ndarray:
        nose = frame.nose
        u, v, w = components(nose.coordinates(points))
        last = end * nose.half
        if "en_l" in frame.landmarks and "en_r" in frame.landmarks:
            last = min(last, 0.95 * min(abs(nose.coordinates(frame.landmarks[name])[0]) for name in ("en_l", "en_r")))
        first = min(whole * nose.half, 0.6 * last)
        share = bump((v - centre) / reach) * (1.0 - step((np.abs(u) - first) / (last - first)))
        share = share * step(w / (height * nose.tip)) * trapezoid(w / nose.tip, FORWARD)
        moved: np.ndarray = strength * share[..., None] * nose.axes[0]
        return moved

    return shift


def _tip_aside(nose: NoseFrame, at: np.ndarray) -> np.ndarray:
    return vector(lobule(nose, at), 0.0, 0.0)


def _projected(nose: NoseFrame, at: np.ndarray) -> np.ndarray:
    way = nose.at["prn"] - (nose.at["ac_l"] + nose.at["ac_r"]) / 2.0
    up, forward = way[1] * nose.length, way[2]
    share = lobule(nose, at) / np.hypot(up, forward)
    return vector(0.0, share * up, share * forward)


def _turned(frame: SurgicalFrame, strength: float, points: np.ndarray) -> np.ndarray:
    nose = frame.nose
    at = nose.coordinates(points)
    return rotated(nose, at, lobule(nose, at) * nose.window(at), strength) @ nose.axes


def _walls(frame: SurgicalFrame, strength: float, points: np.ndarray) -> np.ndarray:
    """Both side walls of the bone apart, alike wherever they stand: flat from their usual place to the cheek."""
    nose = frame.nose
    u, v, w = components(nose.coordinates(points))
    last = nose.half
    if "en_l" in frame.landmarks and "en_r" in frame.landmarks:
        last = min(last, 0.95 * min(abs(nose.coordinates(frame.landmarks[name])[0]) for name in ("en_l", "en_r")))
    first = min(0.55 * nose.half, 0.6 * last)
    s = np.minimum(np.abs(u) / (0.42 * nose.half), 1.0)
    rise = s * (15.0 - 10.0 * s**2 + 3.0 * s**4) / 8.0  # odd in u, and level with its first two derivatives at 1
    share = np.sign(u) * rise * (1.0 - step((np.abs(u) - first) / (last - first)))
    share = share * bump((v - 0.76) / 0.38) * trapezoid(w / nose.tip, FORWARD)
    shift: np.ndarray = strength * share[..., None] * nose.axes[0]
    return shift


def _alae(frame: SurgicalFrame, strength: float, points: np.ndarray) -> np.ndarray:
    """Both alar bases apart: alae and their insertions alike, wherever between crease and rim they stand out most."""
    nose = frame.nose
    u, v, w = components(nose.coordinates(points))
    t = np.abs(u) / nose.half
    along = (1.0 - step((np.abs(v - nose.at["al_l"][1]) - 0.1) / 0.32)) * step((v + 0.2) / 0.2)
    share = np.sign(u) * step((t - 0.3) / 0.6) * (1.0 - step((t - 1.08) / 0.5)) * along
    share = share * trapezoid(w / nose.tip, FORWARD)
    shift: np.ndarray = strength * share[..., None] * nose.axes[0]
    return shift


def _tip_wide(nose: NoseFrame, at: np.ndarray) -> np.ndarray:
    """Both sides of the tip apart, about the tip wherever it is."""
    return NOSE_FIELDS["tip_width"].shape(nose, at - _tip_across(nose))


def _domes(nose: NoseFrame, at: np.ndarray) -> np.ndarray:
    u, v, w = components(at - _tip_across(nose))
    side = u / (0.3 * nose.half)
    along = bump((v - nose.at["prn"][1]) / 0.26) * step((w / nose.tip - 0.5) / 0.35)
    return vector(side * bump(side * 0.3 / 0.62) * along, 0.0, 0.0)


def _tip_across(nose: NoseFrame) -> np.ndarray:
    """How far aside the tip is, as a step (3,) of the nose's coordinates."""
    return nose.at["prn"] * [1.0, 0.0, 0.0]


def _beside_tip(u: float, v: float, w: float) -> Callable[[NoseFrame], np.ndarray]:
    """`_at`, but from the tip on."""
    return lambda nose: _at(u, v, w)(nose) + _tip_across(nose)


def _hanging(nose: NoseFrame, at: np.ndarray) -> np.ndarray:
    """The columella away from the line from subnasale to the tip, square to it in the sagittal plane; not the tip."""
    u, v, w = components(at)
    mark, base, tip = nose.at["c'"], nose.at["sn"], nose.at["prn"]
    up, forward = (tip - base)[1:] * [nose.length, 1.0]
    reach = 0.95 * np.linalg.norm((tip - mark)[1:] * [nose.length, 1.0])
    share = bump((v - mark[1]) / 0.22) * bump((w - mark[2]) / (0.85 * (mark[2] - base[2])))
    share = share * (1.0 - bump(np.hypot((v - tip[1]) * nose.length, w - tip[2]) / reach))
    share = share * bump(u / (0.42 * nose.half)) / np.hypot(up, forward)
    return vector(0.0, -share * forward, share * up)


def _new(landmark: Callable[[NoseFrame], np.ndarray], shape: Callable[..., np.ndarray]) -> NoseField:
    return NoseField("", "", "", "", "mm", 0.0, landmark, shape)


def _ball(frame: SurgicalFrame, centre: np.ndarray, reach: np.ndarray, points: np.ndarray) -> np.ndarray:
    """1 at a centre (3,) mm, 0 beyond an ellipsoid with half axes (3,) mm along the face's axes; (...,)."""
    return bump(np.linalg.norm(frame.along(points - centre) / reach, axis=-1))


def _chin(axis: int, sign: float) -> Shift:
    """Pogonion and gnathion moved along an axis of the face, with the chin below the lip's crease."""

    def shift(frame: SurgicalFrame, strength: float, points: np.ndarray) -> np.ndarray:
        marks = frame.landmarks
        centre = (marks["pg"] + marks["gn"]) / 2.0
        height = frame.along(marks["sto"] - centre)[1]
        reach = np.array([0.7, 0.66, 0.85]) * [np.linalg.norm(marks["ch_l"] - marks["ch_r"]), height, height]
        away = [float(np.linalg.norm(frame.along(marks[each] - centre) / reach)) for each in ("pg", "gn")]
        whole = min(max(away) + 0.1, 0.5)  # the bone moves whole: pogonion slides on it
        share = 1.0 - step((np.linalg.norm(frame.along(points - centre) / reach, axis=-1) - whole) / (1.0 - whole))
        return strength * sign * share[..., None] * frame.axes[axis]

    return shift


def _lip(axis: int, sign: float) -> Shift:
    """Labiale superius moved along an axis of the face, with the upper lip below subnasale."""

    def shift(frame: SurgicalFrame, strength: float, points: np.ndarray) -> np.ndarray:
        marks = frame.landmarks
        height = frame.along(marks["sn"] - marks["ls"])[1]
        reach = np.array([0.42 * np.linalg.norm(marks["ch_l"] - marks["ch_r"]), 0.78 * height, 1.3 * height])
        share = _ball(frame, marks["ls"], reach, points)
        return strength * sign * share[..., None] * frame.axes[axis]

    return shift


SHIFTS: Mapping[str, NoseField | Shift] = MappingProxyType(
    {
        "radix": _radix,
        "dorsum": NOSE_FIELDS["dorsum"],
        "bony_deviation": _aside(0.76, 0.27, 0.4, 1.0, 0.45),
        "cartilage_deviation": _aside(0.45, 0.3, 0.55, 1.2, 0.75),
        "tip_deviation": _new(_named("prn"), _tip_aside),
        "bony_width": _walls,
        "tip_rotation": _turned,
        "tip_projection": _new(_named("prn"), _projected),
        "tip_width": _new(_beside_tip(0.45, 0.17, 0.8), _tip_wide),
        "tip_definition": _new(_beside_tip(0.3, 0.2, 0.93), _domes),
        "alar_base": _alae,
        "alar_rim": NOSE_FIELDS["alar_rim"],
        "columella": _new(_named("c'"), _hanging),
        "chin_projection": _chin(2, 1.0),
        "chin_height": _chin(1, -1.0),
        "lip_projection": _lip(2, 1.0),
        "lip_height": _lip(1, -1.0),
    }
)
"""The displacement of each operation by its key."""


@dataclass(frozen=True, eq=False)
class PlanWarp(Warp):
    """Displacements of several operations, added up; exactly 0 outside of the parts' windows.

    frame : of the face as it was; strengths : by key, mm or °.
    """

    frame: SurgicalFrame
    strengths: Mapping[str, float]

    @property
    def is_still(self) -> bool:
        """Whether no operation moves anything."""
        return not self._active

    def shift(self, points: np.ndarray) -> np.ndarray:
        """The displacement (N, 3) float64, mm, of points (N, 3), mm."""
        points = np.asarray(points, dtype=np.float64)
        total = np.zeros(points.shape)
        if self.is_still:
            return total
        near = np.flatnonzero(np.abs(points - self._centre).max(axis=1) < self._reach)
        for shift, strength in self._others:
            total[near] += shift(self.frame, strength, points[near])
        if self._of_nose:
            nose = self.frame.nose
            at = nose.coordinates(points[near])
            window = nose.window(at)
            inside = np.flatnonzero(window)
            at, window = at[inside], window[inside, None]
            shape = sum(scale * field.shape(nose, at) for field, scale in self._of_nose)
            total[near[inside]] += (window * shape) @ nose.axes
        return total

    @cached_property
    def _active(self) -> dict[str, float]:
        return {key: strength for key, strength in self.strengths.items() if strength != 0.0}

    @cached_property
    def _of_nose(self) -> list[tuple[NoseField, float]]:
        """The fields of the nose that add up within its window, and what each is scaled by."""
        pairs = ((SHIFTS[key], strength) for key, strength in self._active.items())
        return [(f, f.scale(self.frame.nose, strength)) for f, strength in pairs if isinstance(f, NoseField)]

    @cached_property
    def _others(self) -> list[tuple[Shift, float]]:
        pairs = ((SHIFTS[key], strength) for key, strength in self._active.items())
        return [(shift, strength) for shift, strength in pairs if not isinstance(shift, NoseField)]

    @cached_property
    def _centre(self) -> np.ndarray:
        return np.asarray(self.frame.landmarks["sn"])

    @cached_property
    def _reach(self) -> float:
        """Beyond which there is certainly nothing, mm."""
        marks = self.frame.landmarks
        far = [marks[name] for name in ("n", "gn") if name in marks]
        return 1.5 * max(float(np.linalg.norm(point - self._centre)) for point in far)


@lru_cache(maxsize=64)
def plan_warp(plan: SurgicalPlan) -> PlanWarp:
    """The displacement that a plan holds."""
    return PlanWarp(frame_of(plan), dict(plan.strengths))


def tried(plan: SurgicalPlan) -> SurgicalPlan:
    """The same plan, once what it holds is known to carry it out.

    Raises ValueError if it does not: an operation is none that there is, landmarks or axes are missing or no face's.
    """
    if unknown := {each.key for each in plan.operations} - set(SHIFTS):
        raise ValueError(f"there is no operation {min(unknown)!r}")
    _try(replace(plan, operations=(), strengths=tuple((key, 1.0) for key, _ in plan.strengths)))
    return plan


@lru_cache(maxsize=64)
def _try(plan: SurgicalPlan) -> None:
    """Carry it out about its landmarks; a history has thousands of plans of one face that differ in their amounts."""
    try:
        with np.errstate(all="ignore"):
            moved = plan_warp(plan).shift(np.array([place for _, place in plan.landmarks]))
    except (LookupError, FacewrightError) as error:
        raise ValueError("operations lack landmarks or axes of a face") from error
    if not np.isfinite(moved).all():
        raise ValueError("operations move the face nowhere")
