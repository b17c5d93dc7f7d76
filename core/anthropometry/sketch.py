"""Measurements as drawings on the face: what lies between the landmarks, and where the value is written."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.anthropometry.dorsum import BRIDGE, HUMP_ENDS
from facewright.core.anthropometry.landmarks import DORSUM_AT, forward
from facewright.core.anthropometry.measure import horizontal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.anthropometry.measure import Measure

_ARC_SHARE, _LONGEST_ARC_MM, _ARC_POINTS = 0.45, 14.0, 17


class Sketch(NamedTuple):
    """A measurement drawn, mm, head frame.

    points : (n, 3), the landmarks; lines : open polylines (m, 3); anchor : (3,), where the value is written.
    """

    points: np.ndarray
    lines: tuple[np.ndarray, ...]
    anchor: np.ndarray


def sketch(measure: Measure, face: Landmarks) -> Sketch:
    """Draw a measurement of a face that has its landmarks; of those that its surface lacks, what is left."""
    points = np.stack([face.points[name] for name in measure.landmarks])
    met = np.isfinite(points).all(axis=1)
    if not met.all():
        return Sketch(points[met], (), points[met].mean(axis=0) if met.any() else face.points["prn"])
    lines = _LINES.get(measure.key, _along)(measure, face)
    return Sketch(points, lines, _middle(lines[-1]))


def _along(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """From landmark to landmark; three of an angle get an arc at the middle one."""
    line = np.stack([face.points[name] for name in measure.landmarks])
    if measure.unit != "°":
        return (line,)
    return line, _arc(line[1], line[0], line[2])


def _two_lines(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """The first two landmarks joined, and the other two."""
    a, b, c, d = (face.points[name] for name in measure.landmarks)
    return np.stack([a, b]), np.stack([c, d])


def _over_line(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """The line from the first landmark to the last, and the way from it to the middle one, in the sagittal plane."""
    first, point, last = (face.points[name] for name in measure.landmarks)
    ahead = forward(first, last, face.axes)
    return np.stack([first, last]), np.stack([point - (point - first) @ ahead * ahead, point])


def _from_tip(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """Both alae, from crease to tip."""
    left, right, tip = (face.points[name] for name in ("ac_l", "ac_r", "prn"))
    return np.stack([left, tip]), np.stack([right, tip])


def _convexity(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """The line from glabella to subnasale run on, and how far from it the chin lies."""
    top, middle, chin = (face.points[name] for name in measure.landmarks)
    way = middle - top
    on = middle + way / np.linalg.norm(way) * np.linalg.norm(chin - middle)
    return np.stack([top, middle, chin]), np.stack([middle, on]), _arc(middle, on, chin)


def _crease_to_tip(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """From the middle of the alar creases to the tip, and the horizontal below it."""
    tip, crease = face.points["prn"], (face.points["ac_l"] + face.points["ac_r"]) / 2
    ahead = horizontal_of(face)
    level = crease + (tip - crease) @ ahead * ahead
    if measure.unit == "°":
        return np.stack([crease, tip]), np.stack([crease, level]), _arc(crease, level, tip)
    return np.stack([face.points["n"], tip]), np.stack([level, tip]), np.stack([crease, level])


def _dorsum(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """The line from nasion to tip, the dorsum's profile, and the height that is measured; a hump's line is its own."""
    nasion, tip = face.points["n"], face.points["prn"]
    chord, finite = np.stack([nasion, tip]), np.isfinite(face.dorsum).all(axis=1)
    if not finite.any():
        return (chord,)
    outward, dorsum, at = forward(nasion, tip, face.axes), face.dorsum[finite], DORSUM_AT[finite]
    over = (dorsum - nasion) @ outward
    if measure.key == "hump":
        ends = np.interp(HUMP_ENDS, at, over)
        foot_heights = np.interp(at, HUMP_ENDS, ends)
        chord = nasion + np.outer(HUMP_ENDS, tip - nasion) + np.outer(ends, outward)
        inside = (at >= HUMP_ENDS[0]) & (at <= HUMP_ENDS[1])
        furthest = int(np.where(inside, np.abs(over - foot_heights), 0.0).argmax())
        foot = dorsum[furthest] - (over - foot_heights)[furthest] * outward
        return chord, dorsum, np.stack([foot, dorsum[furthest]])
    share = int(measure.key.removeprefix("dorsum_")) / 100.0
    foot = nasion + share * (tip - nasion)
    return chord, dorsum, np.stack([foot, foot + np.interp(share, at, over) * outward])


def _deviation(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """The midline from the eyes over the root to subnasale, and the tip's way to its plane."""
    nasion, base, tip = (face.points[name] for name in ("n", "sn", "prn"))
    eyes = (face.points["en_l"] + face.points["en_r"]) / 2
    normal = np.cross(base - nasion, eyes - nasion)
    normal = normal / max(float(np.linalg.norm(normal)), 1e-9)
    return np.stack([eyes, nasion, base]), np.stack([tip - (tip - nasion) @ normal * normal, tip])


def _show(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """The way from alar crease to tip, the rims, and the columella below the line between them."""
    left, right, columella, *creases, tip = (face.points[name] for name in measure.landmarks)
    crease, rims = (creases[0] + creases[1]) / 2.0, (left + right) / 2.0
    return np.stack([crease, tip]), np.stack([left, right]), np.stack([rims, columella])


def _nostril(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """The nostril's long axis, and the line across the face through its back end."""
    front, back = (face.points[name] for name in measure.landmarks[:2])
    across = face.axes[0] * (1.0 if measure.key.endswith("_r") else -1.0)
    level = back + np.linalg.norm(front - back) * across
    return np.stack([back, level]), np.stack([back, front]), _arc(back, level, front)


def _volume(measure: Measure, face: Landmarks) -> tuple[np.ndarray, ...]:
    """The nose's outline."""
    return _along(measure, face) if face.volume is None or not len(face.volume.outline) else (face.volume.outline,)


_LINES: Mapping[str, Callable[[Measure, Landmarks], tuple[np.ndarray, ...]]] = MappingProxyType(
    {
        "nasofacial_angle": _two_lines,
        "alar_ratio": _two_lines,
        "alar_flare": _two_lines,
        "upper_lip_line": _over_line,
        "lower_lip_line": _over_line,
        "ala_asymmetry": _from_tip,
        "convexity": _convexity,
        "tip_rotation": _crease_to_tip,
        "goode_ratio": _crease_to_tip,
        **{f"dorsum_{percent}": _dorsum for percent in BRIDGE},
        "hump": _dorsum,
        "tip_deviation": _deviation,
        "columellar_show": _show,
        "nostril_axis_l": _nostril,
        "nostril_axis_r": _nostril,
        "nasal_volume": _volume,
    }
)


def _arc(corner: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """An arc about a corner from the way to a to the way to b, (ARC_POINTS, 3)."""
    first, second = a - corner, b - corner
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    radius = min(_ARC_SHARE * float(min(lengths)), _LONGEST_ARC_MM)
    first, second = first / lengths[0], second / lengths[1]
    angle = float(np.arccos(np.clip(first @ second, -1.0, 1.0)))
    at = np.linspace(0.0, 1.0, _ARC_POINTS)[:, None] * angle
    square = second - first @ second * first
    square = square / max(float(np.linalg.norm(square)), 1e-9)
    return corner + radius * (np.cos(at) * first + np.sin(at) * square)


def _middle(line: np.ndarray) -> np.ndarray:
    """The point half way along a polyline."""
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    return np.array([np.interp(steps[-1] / 2, steps, axis) for axis in line.T])
