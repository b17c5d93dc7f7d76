"""How well landmarks repeat, and what that leaves of a measure: its standard deviation over fits of the same face.

On the scan, standard deviations are of seventeen fits of noisy face scans, usual, wide and with noses of patients,
against the definitions evaluated on the true surface (`tests/bench/measure.py --heads 6`, seeds 17, 23 and 31), but for
the chins of two wide draws that fits have lost; on the head alone they are of ten fits by an earlier model. They are
smaller where the scan itself has the landmark than where the fitted head alone has it. Errors of landmarks are taken as
independent: what two of them share, of the pose and of the fit, is not told.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.landmarks import FACIAL_PLANE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.anthropometry.measure import Measure

ON_SCAN_MM: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "g": (0.40, 1.20, 0.25), "n": (0.25, 0.45, 0.20), "prn": (0.40, 0.35, 0.15), "sn": (0.20, 0.25, 0.20),
        "c'": (0.20, 0.50, 0.55), "al": (0.30, 0.65, 1.15), "ac": (0.65, 0.65, 0.45), "sbal": (0.55, 0.30, 0.45),
        "ls": (0.25, 0.40, 0.20), "li": (0.45, 0.40, 0.25), "sto": (0.30, 0.55, 0.75), "ch": (0.80, 0.35, 0.45),
        "pg": (0.40, 1.00, 0.35), "gn": (0.55, 1.05, 1.45), "en": (0.60, 0.30, 0.45), "ex": (0.80, 0.50, 1.00),
        "t": (1.35, 3.90, 5.20), "or": (0.85, 0.65, 0.30),
    }
)  # fmt: skip
"""Standard deviation of a landmark's error along the face's axes, left, up, forward, where it lies on the scan."""

REPEATABILITY_MM: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "g": (0.50, 2.00, 0.55), "n": (0.40, 0.75, 0.20), "prn": (0.50, 0.50, 0.20), "sn": (0.45, 0.75, 0.20),
        "c'": (0.45, 0.80, 1.25), "al": (0.45, 1.25, 2.90), "ac": (0.90, 0.70, 0.65), "sbal": (0.60, 0.55, 0.60),
        "ls": (0.50, 1.75, 0.65), "li": (0.75, 0.65, 0.65), "sto": (0.55, 0.95, 0.75), "ch": (1.60, 0.55, 2.50),
        "pg": (0.60, 2.55, 1.35), "gn": (1.10, 1.50, 1.75), "en": (0.85, 0.40, 0.60), "ex": (1.05, 0.65, 1.15),
        "t": (1.95, 4.00, 5.20), "or": (0.85, 1.20, 0.40),
    }
)  # fmt: skip
"""The same where it lies on the fitted head alone."""

OF_SHAPE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "bony_width_20": (0.35, 0.7), "bony_width_35": (0.35, 0.8), "bony_width_50": (0.35, 0.7),
        "tip_breadth": (0.55, 1.0), "columellar_show": (0.25, 0.3), "nostril_axis_l": (6.5, 9.5),
        "nostril_axis_r": (6.5, 9.5), "nasal_volume": (1.1, 1.3),
    }
)  # fmt: skip
"""Standard deviation of a measure that is of sections or of the whole nose, by key: on the scan, on the head alone.

What their landmarks' errors leave of them is in it. `_MARGIN` is not."""

_PROFILE_MM = 0.3
"""Of the height of the surface that the bridge is, on the fitted head."""

_SMOOTHED_MM = 0.2
"""Of the same on the scan, beside what its noise leaves: what smoothing takes from a hump."""

_MARGIN = 1.3
"""Seventeen faces are few, and errors have long tails: what is stated is so many times what they had."""

_STEP_MM = 0.1

FRANKFORT = frozenset({"t_l", "t_r", "or_l", "or_r"})
"""The landmarks of the Frankfort horizontal: tragion and orbitale, left and right."""

_LEVELLED = ("tip_rotation", "goode_ratio", "chin_projection")
"""The measures that are taken in the horizontal, so that its landmarks' errors are theirs."""

_NEED_EARS = ("chin_projection",)
"""Of them what the facial plane tells nothing of, for it runs through the chin."""


def repeatability(measure: Measure, face: Landmarks) -> float:
    """Standard deviation of a measure, in its unit, by its derivatives in each coordinate of its landmarks.

    NaN where one of them is not in `REPEATABILITY_MM`.
    """
    if measure.key in OF_SHAPE:
        on_scan, fitted = OF_SHAPE[measure.key]
        return _MARGIN * (on_scan if face.coverage is not None and not uncovered(measure, face) else fitted)
    variance = 0.0
    names = [*measure.landmarks, *_horizontal(measure, face)]
    for name in names:
        if name not in face.points:
            continue
        on_scan = face.coverage is not None and name in face.coverage.names
        deviations = (ON_SCAN_MM if on_scan else REPEATABILITY_MM).get(name.partition("_")[0])
        if deviations is None:
            return float("nan")
        for axis, deviation in zip(face.axes, deviations, strict=True):
            ends = [measure.formula(_moved(face, name, sign * _STEP_MM * axis)) for sign in (1.0, -1.0)]
            variance += ((ends[0] - ends[1]) / (2.0 * _STEP_MM) * deviation) ** 2
    if measure.key.startswith(("dorsum", "hump", "supratip")):
        on_scan = face.coverage is not None and bool(face.coverage.dorsum.all())
        variance += face.coverage.rest_mm**2 + _SMOOTHED_MM**2 if face.coverage and on_scan else _PROFILE_MM**2
    return _MARGIN * float(np.sqrt(variance))


def _moved(face: Landmarks, name: str, step: np.ndarray) -> Landmarks:
    points: Mapping[str, np.ndarray] = {**face.points, name: face.points[name] + step}
    plane = face.facial_plane
    if plane is not None and name in FACIAL_PLANE:
        plane = plane + np.outer([name == "g", name == "pg"], step)
    return face._replace(points=points, facial_plane=plane)


def _horizontal(measure: Measure, face: Landmarks) -> tuple[str, ...]:
    """The landmarks of the horizontal that a measure is taken in; none where it needs none."""
    if measure.key not in _LEVELLED:
        return ()
    names = FRANKFORT if face.facial_plane is None or measure.key in _NEED_EARS else FACIAL_PLANE
    return tuple(sorted(names))


def uncovered(measure: Measure, face: Landmarks) -> tuple[str, ...]:
    """The landmarks of a measure that the scan does not cover, and "dorsum" for the profile; none without a scan."""
    if face.coverage is None:
        return ()
    names = measure.landmarks + _horizontal(measure, face)
    missing = tuple(name for name in names if name in face.points and name not in face.coverage.names)
    if measure.key.startswith(("dorsum", "hump", "supratip")) and not face.coverage.dorsum.all():
        missing += ("dorsum",)
    return missing
