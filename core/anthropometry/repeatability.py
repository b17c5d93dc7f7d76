"""How well landmarks repeat, and what that leaves of a measure: its standard deviation over fits of the same face.

On the scan, standard deviations are of 78 fits of noisy face scans, usual, wide and with noses of patients, against the
definitions evaluated on the true surface (`tests/bench/measure.py --heads 20`, seeds 71, 83, 97 and 113); on the head
alone they are of the first 39 of these. Where the shape of the whole face tells a landmark, those faces are of the very
heads that it was learnt from, and err by a third of what is stated: patients vary in ways that no model knows. Stated
is what they err by where forty of ICT-FaceKit's hundred shapes were not learnt (`train/data/make_face_shape.py
--identities 60`), or, where that is more, on other people (`measure.py --others`). Where nobody like the patient is
known (`own_face`), and where the fitted head alone has a landmark, deviations are those on the head.
Errors of landmarks are taken as independent: what two of them share, of the pose and of the fit, is not told.
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
        "g": (0.15, 0.60, 0.20), "n": (0.15, 0.35, 0.20), "prn": (0.25, 0.25, 0.15), "sn": (0.10, 0.30, 0.20),
        "c'": (0.10, 0.20, 0.25), "al": (0.45, 0.80, 1.55), "ac": (0.40, 0.45, 0.50), "sbal": (0.40, 0.45, 0.45),
        "ls": (0.10, 0.30, 0.20), "li": (0.20, 0.50, 0.20), "sto": (0.15, 0.55, 0.60), "ch": (0.80, 0.45, 0.50),
        "pg": (0.15, 0.60, 0.30), "gn": (0.15, 0.60, 1.05), "en": (0.60, 0.50, 0.35), "ex": (0.70, 0.60, 0.90),
        "t": (1.65, 3.90, 5.20), "or": (0.85, 0.65, 0.30),
    }
)  # fmt: skip
"""Standard deviation of a landmark's error along the face's axes, left, up, forward, where it lies on the scan."""

REPEATABILITY_MM: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "g": (0.30, 1.20, 0.40), "n": (0.25, 0.50, 0.25), "prn": (0.30, 0.40, 0.30), "sn": (0.25, 0.65, 0.40),
        "c'": (0.30, 0.35, 0.55), "al": (0.30, 0.85, 2.25), "ac": (0.65, 0.75, 0.60), "sbal": (0.55, 0.45, 0.45),
        "ls": (0.40, 0.30, 0.20), "li": (0.60, 0.60, 0.25), "sto": (0.40, 0.60, 0.75), "ch": (1.00, 0.55, 0.60),
        "pg": (0.55, 0.90, 0.50), "gn": (0.55, 1.25, 1.45), "en": (0.55, 0.45, 0.50), "ex": (0.90, 0.55, 1.30),
        "t": (1.95, 4.00, 5.20), "or": (0.85, 1.15, 0.45),
    }
)  # fmt: skip
"""The same where it lies on the fitted head alone."""

OF_SHAPE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "bony_width_20": (0.45, 0.6), "bony_width_35": (0.35, 0.6), "bony_width_50": (0.35, 0.5),
        "tip_breadth": (0.40, 0.65), "columellar_show": (0.25, 0.35), "nostril_axis_l": (5.0, 7.0),
        "nostril_axis_r": (5.0, 7.0), "nasal_volume": (0.70, 1.6),
    }
)  # fmt: skip
"""Standard deviation of a measure that is of sections or of the whole nose, by key: on the scan, on the head alone.

What their landmarks' errors leave of them is in it. `_MARGIN` is not."""

_PROFILE_MM = 0.3
"""Of the height of the surface that the bridge is, on the fitted head."""

_SMOOTHED_MM = 0.2
"""Of the same on the scan, beside what its noise leaves: what smoothing takes from a hump."""

_MARGIN = 1.3
"""Errors have long tails: what is stated is so many times what those fits had."""

_STEP_MM = 0.1

FRANKFORT = frozenset({"t_l", "t_r", "or_l", "or_r"})
"""The landmarks of the Frankfort horizontal: tragion and orbitale, left and right."""

LEVELLED = ("tip_rotation", "goode_ratio", "chin_projection")
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
        on_scan = face.coverage is not None and face.coverage.told and name in face.coverage.names
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
    if measure.key not in LEVELLED:
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
