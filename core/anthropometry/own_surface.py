"""The patient's own surface as a distance: the fitted head, moved along its normals to where the scan's points are.

A fit keeps the leading shapes of a face and loses a part of a hump. So landmarks are located where the scan is: its
points' distances from the head are smoothed over so much as their noise asks for, and subtracted from the head's own
distance. Smoothing fills corners, as that under the nose; so what it has taken from the points is smoothed and given
back ("twicing": Tukey 1977), over wider neighbourhoods, for it gives noise back as well. Where the scan has no points
the head is left as it is, and `covers` says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.anthropometry.rays import onto

if TYPE_CHECKING:
    from facewright.core.anthropometry.rays import Distance

_REACH_MM = 8.0
"""Points further from the head than this are hair, or the inside of mouth and nostrils."""

_NEIGHBOURS = 24
_AIM_MM, _BANDWIDTH_MM = 0.08, (1.1, 3.4)
"""The noise that is to remain after smoothing, and the limits of the smoothing's standard deviation."""

_AGAIN = float(np.sqrt(4.0 * (1.0 - 2.0 / 3.0 + 1.0 / 8.0)))
"""Root of ∫(2K − K conv K)² over ∫K², of a Gaussian K in the plane: so much more noise is left by smoothing twice."""

_OUTLYING, _OUTLYING_MM, _ROUNDS = 5.0, 2.5, 2
"""Left out is what stands out from its neighbours' median by so many standard deviations, and so many mm."""

_HOLE_MM = 3.0
"""So far from its nearest point, along the surface, a place is not covered; the fit takes over from half of that on."""

_OFF_CENTRE = 0.6
"""A place is at the scan's border where its neighbours' mean is so far aside, in units of their mean distance."""


class OwnSurface:
    """A patient's surface, mm, head frame.

    noise_mm : the standard deviation of the scan's points across its surface; spacing_mm : between neighbours.
    """

    def __init__(self, distance: Distance, points: np.ndarray) -> None:
        """Of a head's signed distance, and points (N, 3) of the scan where they lie on that head.

        Raises ValueError without a point near the head.
        """
        self._distance = distance
        heights = np.asarray(distance(points), dtype=np.float64)
        near = np.isfinite(heights) & (np.abs(heights) < _REACH_MM)
        points, heights = np.asarray(points, dtype=np.float64)[near], heights[near]
        count = min(_NEIGHBOURS, len(points))
        if count < 4:
            raise ValueError("no point of the scan is near the head")
        for _ in range(_ROUNDS):  # what stands out from its neighbours goes: other sheets, spikes
            about = heights[cKDTree(points).query(points, k=count)[1]]
            off = np.abs(heights - np.median(about, axis=1))
            kept = off <= max(_OUTLYING * 1.4826 * float(np.median(off)), _OUTLYING_MM)
            points, heights = points[kept], heights[kept]
            count = min(count, len(points))
        self._points, self._heights, self._count = points, heights, count
        self._tree = cKDTree(points)
        away, about = self._tree.query(points, k=min(7, count))
        self.spacing_mm = float(np.median(away[:, 1:].mean(axis=1)))
        others = about[:, 1:]
        apart = np.abs(heights - heights[others].mean(axis=1)) / np.sqrt(1.0 + 1.0 / others.shape[1])
        self.noise_mm = 1.4826 * float(np.median(apart))
        # A Gaussian of standard deviation s averages 4π s² ρ points of density ρ.
        spread_mm = _AGAIN * self.noise_mm * self.spacing_mm / np.sqrt(4.0 * np.pi)
        self._bandwidth = float(np.clip(spread_mm / _AIM_MM, *_BANDWIDTH_MM))
        self.rest_mm = spread_mm / self._bandwidth
        self._heights = 2.0 * heights - self._smoothed(points)[0]

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Φ (N,) mm of the patient's own surface at points (N, 3)."""
        base = np.asarray(self._distance(points), dtype=np.float64)
        height, nearest = self._smoothed(points)
        aside = np.sqrt(np.maximum(nearest**2 - (base - height) ** 2, 0.0))
        share = np.clip(2.0 - 2.0 * aside / self._hole_mm, 0.0, 1.0)
        result: np.ndarray = base - share * height
        return result

    def _smoothed(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mean height (N,) mm of the scan about points (N, 3), and how far (N,) mm the nearest of it is."""
        away, about = self._tree.query(points, k=self._count)
        nearest = away[:, :1]
        weights = np.exp(-(away**2 - nearest**2) / (2.0 * self._bandwidth**2))
        return (weights * self._heights[about]).sum(axis=1) / weights.sum(axis=1), nearest[:, 0]

    def onto(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) moved onto the surface."""
        return onto(self.distance, points)

    def covers(self, points: np.ndarray) -> np.ndarray:
        """Whether the scan has points about each of points (N, 3) of the surface, (N,) bool."""
        away, about = self._tree.query(points, k=min(12, self._count))
        centre = self._points[about].mean(axis=1)
        aside = np.linalg.norm(centre - points, axis=1) / away.mean(axis=1).clip(min=1e-9)
        covered: np.ndarray = (away[:, 0] < self._hole_mm) & (aside < _OFF_CENTRE)
        return covered

    @property
    def _hole_mm(self) -> float:
        return max(_HOLE_MM, 2.0 * self.spacing_mm)
