"""The lids of the topology that ships: their margins in pairs, and points of the eyeballs between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anatomy import bundled_anatomy
from facewright.core.production.eyeballs import Sphere, fitted_sphere

if TYPE_CHECKING:
    from facewright.core.production.topology import Topology

_BETWEEN = (0.2, 0.4, 0.6, 0.8)
_WIDE_MM = 2.0
"""Points are taken where the lids are at least so far apart."""


class Lids:
    """The lids of both eyes, left first.

    upper, lower : for each eye (n,) int64, vertices of the margins, paired from the subject's right to the left;
    margins : both, the upper ones first;
    spheres : the eyeballs of the neutral head; points : (2, m, 3) float64, mm, points of its eyeballs between the lids.
    """

    def __init__(self, topology: Topology) -> None:
        """From the topology's anatomy."""
        neutral = topology.neutral.astype(np.float64)
        openings = [each for each in bundled_anatomy(topology.name).closing.openings if len(each.eyeball)]
        openings.sort(key=lambda each: -neutral[each.upper, 0].mean())
        self.upper = tuple(each.upper for each in openings)
        self.lower = tuple(each.lower for each in openings)
        self.margins = tuple(map(np.concatenate, zip(self.upper, self.lower, strict=True)))
        self.spheres = tuple(fitted_sphere(neutral[each.eyeball]) for each in openings)
        self.points = np.stack(
            [
                _between(neutral[upper], neutral[lower], sphere)
                for upper, lower, sphere in zip(self.upper, self.lower, self.spheres, strict=True)
            ]
        )


def _between(upper: np.ndarray, lower: np.ndarray, sphere: Sphere) -> np.ndarray:
    """Points (m, 3) of a sphere between margins (n, 3)."""
    apart = np.linalg.norm(upper - lower, axis=1) > _WIDE_MM
    lines = np.concatenate([upper[apart] + share * (lower - upper)[apart] for share in _BETWEEN])
    out = lines - sphere.centre
    points: np.ndarray = sphere.centre + sphere.radius * out / np.linalg.norm(out, axis=1, keepdims=True)
    return points
