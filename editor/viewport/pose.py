"""Where the camera stands: standard views, and how a hand moves it from there. Plain geometry, no graphics."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

ViewName = Literal["front", "left", "right", "three-quarter", "basal", "top", "back"]

VIEW_ANGLE = 20.0
"""Vertical opening of the lens in degrees: a portrait lens, so that noses keep their size."""

UP = np.array([0.0, 1.0, 0.0])
_SPREAD = math.tan(math.radians(VIEW_ANGLE / 2))
_MARGIN = 1.1
_STEEPEST = 89.0
_DISTANCES_MM = (60.0, 6000.0)


@dataclass(frozen=True)
class View:
    """A direction to look from, in degrees: azimuth from the front towards the subject's left, elevation up."""

    azimuth: float
    elevation: float

    @property
    def direction(self) -> np.ndarray:
        """Unit vector (3,) from the head to the camera, head frame."""
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        return np.array(
            [
                math.cos(elevation) * math.sin(azimuth),
                math.sin(elevation),
                math.cos(elevation) * math.cos(azimuth),
            ]
        )


VIEWS: Mapping[ViewName, View] = MappingProxyType(
    {
        "front": View(0, 0),
        "left": View(90, 0),
        "right": View(-90, 0),
        "three-quarter": View(35, 4),
        "basal": View(0, -50),
        "top": View(0, 75),
        "back": View(180, 0),
    }
)


STANDARD_VIEWS: tuple[tuple[ViewName, str, str], ...] = (
    ("front", "Front", "Look straight at the face."),
    ("left", "Left", "Look at the subject's left side."),
    ("right", "Right", "Look at the subject's right side."),
    ("three-quarter", "Three-Quarter", "Look from between the front and the left."),
    ("basal", "Basal", "Look up from below, at the base of the nose."),
    ("top", "Top", "Look down on the head."),
    ("back", "Back", "Look at the back of the head."),
)
"""Where to look from, with their titles and tips."""


@dataclass(frozen=True)
class Pose:
    """A camera that stands upright.

    view : where it looks from; focus : (x, y, z), mm, head frame, what it looks at; distance : mm, from there to it.
    """

    view: View
    focus: tuple[float, float, float]
    distance: float

    @property
    def axes(self) -> np.ndarray:
        """What is right, up and backward for the camera: unit rows (3, 3), head frame."""
        backward = self.view.direction
        right = np.cross(UP, backward)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(backward, right), backward])

    @property
    def position(self) -> np.ndarray:
        """Where the camera is, (3,) mm, head frame."""
        return np.asarray(self.focus) + self.distance * self.view.direction

    @property
    def height_mm(self) -> float:
        """How much of the plane through the focus is seen from top to bottom."""
        return 2.0 * self.distance * _SPREAD

    @classmethod
    def of_record(cls, record: object) -> Pose | None:
        """The pose that a project's file tells, as `dataclasses.asdict` wrote it; None if it tells none that can be."""
        try:
            view, focus, distance = (record[key] for key in ("view", "focus", "distance"))  # type: ignore[index]
            numbers = [float(value) for value in (view["azimuth"], view["elevation"], *focus, distance)]
        except (TypeError, KeyError, ValueError):
            return None
        if len(numbers) != 6 or not np.isfinite(numbers).all():
            return None
        azimuth, elevation, x, y, z, distance = numbers
        if not _DISTANCES_MM[0] <= distance <= _DISTANCES_MM[1]:
            return None
        return cls(View(azimuth, float(np.clip(elevation, -_STEEPEST, _STEEPEST))), (x, y, z), distance)

    def across(self, point: np.ndarray, right: float, up: float) -> np.ndarray:
        """What a hand's way of (right, up), in shares of the picture's height, is at point (3,): a way (3,) in mm."""
        depth = float((self.position - point) @ self.view.direction)
        way: np.ndarray = 2.0 * depth * _SPREAD * (right * self.axes[0] + up * self.axes[1])
        return way

    def orbited(self, azimuth: float, elevation: float, pivot: np.ndarray | None = None) -> Pose:
        """The camera carried round `pivot` (3,) mm, or its focus, by so many degrees; never past the poles."""
        steep = float(np.clip(self.view.elevation + elevation, -_STEEPEST, _STEEPEST))
        turned = replace(self, view=View((self.view.azimuth + azimuth + 180.0) % 360.0 - 180.0, steep))
        if pivot is None:
            return turned
        offset = self.axes @ (np.asarray(self.focus) - pivot)  # what the camera sees stays where it sees it
        return replace(turned, focus=_triple(pivot + offset @ turned.axes))

    def panned(self, right: float, up: float) -> Pose:
        """The camera moved so that what it looks at moves by shares of the picture's height."""
        shift = -self.height_mm * (right * self.axes[0] + up * self.axes[1])
        return replace(self, focus=_triple(np.asarray(self.focus) + shift))

    def zoomed(self, factor: float, right: float = 0.0, up: float = 0.0) -> Pose:
        """The camera so many times nearer; what is at (right, up) from the middle, in heights, stays there."""
        distance = float(np.clip(self.distance / factor, *_DISTANCES_MM))
        nearer = replace(self, distance=distance)
        share = 1.0 - self.distance / distance
        return nearer.panned(right * share, up * share)


def framed(view: View, points: np.ndarray, aspect: float) -> Pose:
    """The pose from which all points (V, 3), mm, head frame, fill a picture of that width over height."""
    axes = Pose(view, (0.0, 0.0, 0.0), 1.0).axes
    seen = points @ axes.T  # (V, 3): right, up and towards the camera, in mm
    low, high = seen.min(axis=0), seen.max(axis=0)
    half_width, half_height, half_depth = (high - low) / 2
    half = _MARGIN * max(half_height, half_width / max(aspect, 1e-3))
    return Pose(view, _triple((low + high) / 2 @ axes), float(half / _SPREAD + half_depth))


def _triple(point: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in point)
    return x, y, z
