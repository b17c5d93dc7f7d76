"""What the fields of operations are defined by: the landmarks and axes of a face as it was."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.nose_fields import LANDMARKS, NoseFrame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.surgery.plan import SurgicalPlan

NEEDED = (*LANDMARKS, "c'", "ac_l", "ac_r")
"""The landmarks that operations of the nose are defined by."""


@dataclass(frozen=True, eq=False)
class SurgicalFrame:
    """A face as it was: landmarks (3,) mm by name, axes (3, 3) with rows to the left, up and out of it."""

    landmarks: Mapping[str, np.ndarray]
    axes: np.ndarray

    @cached_property
    def nose(self) -> NoseFrame:
        """The coordinates of the nose; FacewrightError if landmarks are missing or are not where a nose has them."""
        return NoseFrame.of(self.landmarks, self.axes[0])

    def along(self, points: np.ndarray) -> np.ndarray:
        """Coordinates (..., 3) mm of points (..., 3) to the left, up and out of the face."""
        local: np.ndarray = points @ self.axes.T
        return local


@lru_cache(maxsize=64)
def frame_of(plan: SurgicalPlan) -> SurgicalFrame:
    """The frame that a plan holds."""
    landmarks = MappingProxyType({name: np.array(place) for name, place in plan.landmarks})
    return SurgicalFrame(landmarks, np.array(plan.axes, dtype=np.float64).reshape(-1, 3))
