"""Where eyes look at rest: out of the middle of their lids, both alike.

What eyeballs do over people says little of heads unlike those; irises half under the upper lids, or turned apart, are
seen at once. So each pupil lies between the lids where the topology's neutral head has it, the eyes look up or down by
the mean of both, and apart as on the neutral head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from facewright.core.production.similarity import similarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.production.lids import Lids

_DISC_MM = 6.0
"""What of an iris' material lies no further behind its front is its disc."""


class RestingGaze:
    """Of one topology."""

    def __init__(self, neutral: np.ndarray, irises: Sequence[np.ndarray], lids: Lids) -> None:
        """neutral : (V, 3), mm; irises : vertices (n,) of the left iris and of the right one."""
        self._lids, self._neutral = lids, neutral
        self._pupils = [_pupil(neutral[iris]) for iris in irises]
        ahead = np.stack(self._pupils) - [sphere.centre for sphere in lids.spheres]
        self._up, self._left = _angles(ahead)

    def rotations(self, placed: np.ndarray, centres: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The rotations (3, 3) of the left eyeball and of the right one, from the neutral head's.

        placed : (V, 3), mm, a head of which the lids are known; centres : of its eyeballs.
        """
        pupils = [
            similarity(self._neutral[margin], placed[margin])(pupil)
            for margin, pupil in zip(self._lids.margins, self._pupils, strict=True)
        ]
        up, left = (angles.mean() for angles in _angles(np.stack(pupils) - np.stack(centres)))
        apart = self._left - self._left.mean()
        return [
            (_turn(up, left + own) * _turn(rest_up, rest_left).inv()).as_matrix()
            for own, rest_up, rest_left in zip(apart, self._up, self._left, strict=True)
        ]


def _pupil(iris: np.ndarray) -> np.ndarray:
    """The middle (3,) of an iris' disc, of its vertices (n, 3) with what lies behind it."""
    middle: np.ndarray = iris[iris[:, 2] > iris[:, 2].max() - _DISC_MM].mean(axis=0)
    return middle


def _angles(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of directions (n, 3), radians: how far up (n,), and how far to the subject's left (n,)."""
    x, y, z = directions.T
    return np.arctan2(y, np.hypot(x, z)), np.arctan2(x, z)


def _turn(up: float, left: float) -> Rotation:
    """What turns the z axis so far up, and then to the subject's left."""
    return Rotation.from_euler("YX", [left, -up])
