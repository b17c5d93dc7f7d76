"""How well landmarks repeat, and what that leaves of a measure: its standard deviation over fits of the same face.

The standard deviations are of nine fits of noisy face scans, usual, wide and with noses of patients, against the
definitions evaluated on the true surface (`tests/bench/measure.py`). Where a profile is nearly straight, as at a flat
root, its deepest point is uncertain by millimetres. Of a bifid tip the other dome may be found, which is not in these
figures. Errors of landmarks are taken as independent: what two of them share, of the pose and of the fit, is not told.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.anthropometry.landmarks import Landmarks
    from facewright.core.anthropometry.measure import Measure

REPEATABILITY_MM: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "g": (0.5, 2.5, 0.4), "n": (0.4, 2.6, 0.25), "prn": (0.25, 0.4, 0.3), "sn": (0.35, 2.4, 0.6),
        "c'": (0.3, 0.5, 0.5), "al": (0.3, 1.9, 1.6), "ac": (0.8, 0.9, 0.45), "sbal": (0.7, 0.5, 0.55),
        "ls": (0.5, 1.4, 0.8), "sto": (0.6, 0.8, 3.6), "ch": (1.1, 1.6, 1.15), "pg": (0.65, 3.2, 0.95),
        "gn": (1.2, 1.7, 1.85), "en": (1.3, 0.55, 0.6), "ex": (0.5, 0.95, 0.9), "t": (2.0, 3.8, 2.5),
        "or": (0.8, 1.5, 0.4),
    }
)  # fmt: skip
"""Standard deviation of a landmark's error along the face's axes: left, up, forward."""

_PROFILE_MM = 0.4
"""Of the height of the surface that the bridge is."""

_STEP_MM = 0.1

FRANKFORT = frozenset({"t_l", "t_r", "or_l", "or_r"})
"""The landmarks of the Frankfort horizontal: tragion and orbitale, left and right."""

_LEVELLED = ("tip_rotation", "goode_ratio")
"""The measures that are taken in the horizontal, so that its landmarks' errors are theirs."""


def repeatability(measure: Measure, face: Landmarks) -> float:
    """Standard deviation of a measure, in its unit, by its derivatives in each coordinate of its landmarks.

    NaN where one of them is not in `REPEATABILITY_MM`.
    """
    variance = 0.0
    names = [*measure.landmarks, *(FRANKFORT if measure.key in _LEVELLED else ())]
    for name in names:
        if name not in face.points:
            continue
        deviations = REPEATABILITY_MM.get(name.partition("_")[0])
        if deviations is None:
            return float("nan")
        for axis, deviation in zip(face.axes, deviations, strict=True):
            ends = [measure.formula(_moved(face, name, sign * _STEP_MM * axis)) for sign in (1.0, -1.0)]
            variance += ((ends[0] - ends[1]) / (2.0 * _STEP_MM) * deviation) ** 2
    if measure.key.startswith(("dorsum", "hump")):
        variance += _PROFILE_MM**2
    return float(np.sqrt(variance))


def _moved(face: Landmarks, name: str, step: np.ndarray) -> Landmarks:
    points: Mapping[str, np.ndarray] = {**face.points, name: face.points[name] + step}
    return face._replace(points=points)
