"""How large a face is, over an adult's, whatever the mean head of the model: by its five landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.landmarks import FIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZES = (0.5, 1.35)
"""A person's: newborns to large adults, in any expression, of the heads that the model of all ages is trained with
(Anny's and ICT-FaceKit's wide draws) measured 0.53 to 1.31."""

_ADULT_MM = 38.9
"""Root mean square distance of the landmarks from their mean, of ICT-FaceKit's mean head."""


def face_size(landmarks: Mapping[str, np.ndarray]) -> float:
    """Of a face with the landmarks of `FIVE`, (3,) mm each, over an adult's."""
    return spread(np.stack([landmarks[name] for name in FIVE])) / _ADULT_MM


def spread(points: np.ndarray) -> float:
    """Root mean square distance of points (N, 3) from their mean."""
    return float(np.sqrt(np.square(points - points.mean(axis=0)).sum(axis=1).mean()))


def times(size: float) -> str:
    """A size in a sentence, to two digits."""
    return np.format_float_positional(size, 2, fractional=False, trim="-")
