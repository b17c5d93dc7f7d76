"""Outlines of the parts on ICT-FaceKit's neutral head: smooth closed curves that anyone can move.

Each outline goes round a centre, in the plane square to the direction in which the part faces. So every part is
star-shaped about its centre seen along that direction, and none of them touch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.parts import CodeName


@dataclass(frozen=True)
class Outline:
    """A part's outline: a closed smooth curve round `centre` (mm) in the plane square to `outward`.

    points : (x, y) in mm from the centre along the plane's right (the subject's left) and up, counter-clockwise.
    """

    name: str
    part: CodeName
    centre: tuple[float, float, float]
    outward: tuple[float, float, float]
    points: tuple[tuple[float, float], ...]

    def mirrored(self, name: str) -> Outline:
        """The outline across x = 0."""
        flip = (-1.0, 1.0, 1.0)
        centre = tuple(a * b for a, b in zip(self.centre, flip, strict=True))
        outward = tuple(a * b for a, b in zip(self.outward, flip, strict=True))
        return Outline(name, self.part, centre, outward, tuple((-x, y) for x, y in self.points[::-1]))  # type: ignore[arg-type]

    def axes(self) -> np.ndarray:
        """The plane's right, up and outward unit vectors, (3, 3) by rows."""
        forward = np.array(self.outward) / np.linalg.norm(self.outward)
        right = np.cross([0.0, 1.0, 0.0], forward)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward])

    def project(self, positions: np.ndarray) -> np.ndarray:
        """Positions (n, 3) mm as (n, 3): right, up and height over the outline's plane, mm."""
        projected: np.ndarray = (positions - np.array(self.centre)) @ self.axes().T
        return projected

    def radius(self, angle: np.ndarray) -> np.ndarray:
        """Radius of the outline (n,) in mm at angles (n,) in radians: a periodic cubic spline through its points."""
        from scipy.interpolate import CubicSpline  # late, as trimesh in core.mesh

        points = np.array(self.points)
        angles = np.arctan2(points[:, 1], points[:, 0]) % (2 * np.pi)
        order = np.argsort(angles)
        angles, radii = angles[order], np.linalg.norm(points, axis=1)[order]
        spline = CubicSpline([*angles, angles[0] + 2 * np.pi], [*radii, radii[0]], bc_type="periodic")
        radius: np.ndarray = spline((angle - angles[0]) % (2 * np.pi) + angles[0])
        return radius

    def curve(self, count: int = 200) -> tuple[np.ndarray, np.ndarray]:
        """Points (count, 3) mm of the outline in its plane, ending where it began, and outward directions."""
        angle = np.linspace(0.0, 2.0 * np.pi, count)
        radius = self.radius(angle)
        right, up, forward = self.axes()
        across = np.outer(radius * np.cos(angle), right) + np.outer(radius * np.sin(angle), up)
        return np.array(self.centre) + across, np.tile(forward, (count, 1))

    def holds(self, positions: np.ndarray) -> np.ndarray:
        """Which positions (n, 3) mm lie inside the outline, as (n,) bool."""
        x, y, _ = self.project(positions).T
        return np.hypot(x, y) < self.radius(np.arctan2(y, x))


def _symmetric(half: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """An outline from its points with x ≥ 0, bottom to top."""
    return (*half, *((-x, y) for x, y in half[::-1] if x > 0))


NOSE = Outline(
    "nose",
    "nose",
    (0.0, 5.0, 110.0),
    (0.0, 0.0, 1.0),
    _symmetric(
        (
            (0, -19.0),
            (8, -19.0),
            (15.5, -18.5),
            (21.0, -13.5),
            (23.0, -6),
            (20.5, 3),
            (16, 12),
            (12, 22),
            (9.5, 31),
            (6.5, 37),
            (0, 39.5),
        )
    ),
)
EYE_LEFT = Outline(
    "eye_left",
    "eyes",
    (32.5, 36.0, 92.0),
    (0.30, 0.0, 1.0),
    (
        (22, -2),
        (21, 8),
        (15, 15.5),
        (6, 18.5),
        (-5, 18.5),
        (-14, 15),
        (-18.5, 7),
        (-20, -2),
        (-17.5, -10),
        (-10, -15),
        (0, -17),
        (10, -15.5),
        (18, -10),
    ),
)
MOUTH = Outline(
    "mouth",
    "mouth",
    (0.0, -35.0, 110.0),
    (0.0, 0.0, 1.0),
    _symmetric(
        ((0, -16.5), (10, -15.5), (19.5, -12.5), (28, -7.5), (32.5, 0), (29, 7.5), (20, 13), (10, 16), (0, 16.2))
    ),
)
OUTLINES = (NOSE, EYE_LEFT.mirrored("eye_right"), EYE_LEFT, MOUTH)
