"""Changes of a nose as surgeons name them: smooth displacements of space, known exactly and defined by landmarks.

Each field is one product of polynomials in the coordinates of the nose: u across, v from subnasale (0) to nasion (1), w
forward of the alar bases, in mm but for v. All end within the nose's window, beyond which nothing moves, and are twice
continuously differentiable. A strength is what the field's landmark moves, exactly: mm, or ° about the alar bases.
Fields of several changes add up. Left and right are the subject's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import FacewrightError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LANDMARKS = ("n", "prn", "sn", "al_l", "al_r")
"""What a nose is known by: see `facewright.core.anthropometry.landmarks.TITLES`."""

FINER = ("c'", "ac_l", "ac_r")
"""Landmarks that make it more exact; those that are missing are placed by the others."""

_ACROSS = (0.85, 1.3)
"""Half the window's width, from where it narrows to where it ends, over the alar width's half at the base."""

_ROOT_WIDTH = 0.52
"""Of the window at the root, over that at the base."""

_ALONG = (-0.07, 0.03, 0.95, 1.12)
FORWARD = (-0.45, -0.1, 1.8, 2.6)
"""Where the window begins, is whole, narrows and ends: in v, and in w over the tip's."""


@dataclass(frozen=True)
class NoseFrame:
    """A nose's coordinates, from its landmarks in mm.

    origin : (3,), between the alar bases at the height of subnasale's v = 0; axes : (3, 3), rows across to the left,
    up along the nose, forward; length : from sn to n along it; half : half the alar width; tip : prn's w; at :
    coordinates (u, v, w) of the landmarks.
    """

    origin: np.ndarray
    axes: np.ndarray
    length: float
    half: float
    tip: float
    at: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, landmarks: Mapping[str, np.ndarray], left: np.ndarray | None = None) -> NoseFrame:
        """The frame of a head with `LANDMARKS` and, better, `FINER`, each (3,) mm.

        left : (3,) unit vector, the face's own: where one ala is higher than the other, the line between them, which is
        across if it is not given, would lean the nose over. Raises FacewrightError if a landmark is missing or they are
        no nose.
        """
        if missing := [name for name in LANDMARKS if name not in landmarks]:
            raise FacewrightError(
                f"The landmark {missing[0]} is needed to change a nose: name it in the anatomy, or use another model."
            )
        points = {name: np.asarray(landmarks[name], dtype=np.float64) for name in LANDMARKS}
        points = _finer(points) | {name: np.asarray(landmarks[name]) for name in FINER if name in landmarks} | points
        across = _unit(points["al_l"] - points["al_r"]) if left is None else left
        up = points["n"] - points["sn"]
        up = _unit(up - (up @ across) * across)
        axes = np.stack([across, up, np.cross(across, up)])
        base = (points["ac_l"] + points["ac_r"]) / 2.0
        middle = (points["al_l"] + points["al_r"]) / 2.0
        origin = np.array([middle @ axes[0], points["sn"] @ axes[1], base @ axes[2]]) @ axes
        length = float((points["n"] - points["sn"]) @ axes[1])
        half = float((points["al_l"] - points["al_r"]) @ axes[0]) / 2.0
        tip = float((points["prn"] - base) @ axes[2])
        if not min(length, half, tip) > 0.0:
            raise FacewrightError("The landmarks of the nose are not where a nose has them: correct them.")
        frame = cls(origin, axes, length, half, tip, {})
        return cls(origin, axes, length, half, tip, {name: frame.coordinates(at) for name, at in points.items()})

    def coordinates(self, points: np.ndarray) -> np.ndarray:
        """(u, v, w) of points (..., 3), mm."""
        local: np.ndarray = (points - self.origin) @ self.axes.T
        local[..., 1] /= self.length
        return local

    def point(self, at: np.ndarray) -> np.ndarray:
        """The point (..., 3), mm, of coordinates (..., 3)."""
        there: np.ndarray = self.origin + (at * [1.0, self.length, 1.0]) @ self.axes
        return there

    def window(self, at: np.ndarray) -> np.ndarray:
        """1 on the nose, 0 beyond its surroundings, smooth in between, at coordinates (..., 3)."""
        u, v, w = components(at)
        half = self.half * (1.0 - (1.0 - _ROOT_WIDTH) * step((v - 0.2) / 0.6))
        across = 1.0 - step((np.abs(u) / half - _ACROSS[0]) / (_ACROSS[1] - _ACROSS[0]))
        return across * trapezoid(v, _ALONG) * trapezoid(w / self.tip, FORWARD)


@dataclass(frozen=True)
class NoseField:
    """One change.

    key : its name in files; title : for people; positive, negative : what either sign is, the latter empty where there
    is none; unit : of its strength, mm or °; most : the strength within which noses of patients lie; landmark : the
    coordinates (u, v, w) of the point that moves by the strength; shape : displacements (..., 3) along the nose's axes
    at coordinates (..., 3), before they are made to be exact there.
    """

    key: str
    title: str
    positive: str
    negative: str
    unit: str
    most: float
    landmark: Callable[[NoseFrame], np.ndarray]
    shape: Callable[[NoseFrame, np.ndarray], np.ndarray]

    def moved(self, frame: NoseFrame, strength: float, points: np.ndarray) -> np.ndarray:
        """The displacement (..., 3) float64, mm, of points (..., 3), mm."""
        at = frame.coordinates(np.asarray(points, dtype=np.float64))
        if self.unit == "°":
            return rotated(frame, at, self.shape(frame, at)[..., 0] * frame.window(at), strength) @ frame.axes
        shift: np.ndarray = self.scale(frame, strength) * self.shape(frame, at) * frame.window(at)[..., None]
        return shift @ frame.axes

    def scale(self, frame: NoseFrame, strength: float) -> float:
        """What the shape is multiplied by for a strength in mm."""
        mark = self.landmark(frame)
        return strength / float(np.linalg.norm(self.shape(frame, mark) * frame.window(mark)))


def displacement(strengths: Mapping[str, float], landmarks: Mapping[str, np.ndarray], points: np.ndarray) -> np.ndarray:
    """The displacement (..., 3) float64, mm, of points (..., 3), mm, by fields of these strengths by their keys.

    landmarks : those of the head as it is before, each (3,), mm. Raises FacewrightError if there is no field of
    a key, or as `NoseFrame.of` does.
    """
    frame = NoseFrame.of(landmarks)
    shift = np.zeros(np.shape(points))
    for key, strength in strengths.items():
        if key not in BY_KEY:
            raise FacewrightError(f"There is no change of the nose called {key}: choose one of {', '.join(BY_KEY)}.")
        shift += BY_KEY[key].moved(frame, strength, points)
    return shift


def _finer(points: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Where `FINER` landmarks of a head with `LANDMARKS` are about, (3,) mm."""
    up, forward = points["n"] - points["sn"], points["prn"] - (points["al_l"] + points["al_r"]) / 2.0
    base = -0.09 * up - 0.19 * forward
    return {
        "c'": points["sn"] + 0.3 * (points["prn"] - points["sn"]),
        "ac_l": points["al_l"] + base,
        "ac_r": points["al_r"] + base,
    }


def _unit(vector: np.ndarray) -> np.ndarray:
    """The vector (3,) with length 1."""
    unit: np.ndarray = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return unit


def components(at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three components (...,) of vectors (..., 3)."""
    return at[..., 0], at[..., 1], at[..., 2]


def bump(t: np.ndarray) -> np.ndarray:
    """Of t (...): 1 at 0, 0 from ±1 on, twice continuously differentiable."""
    inside = np.maximum(1.0 - t * t, 0.0)
    bump: np.ndarray = inside * inside * inside
    return bump


def step(t: np.ndarray) -> np.ndarray:
    """Of t (...): 0 up to 0, 1 from 1 on, twice continuously differentiable."""
    t = np.minimum(np.maximum(t, 0.0), 1.0)
    step: np.ndarray = t * t * t * (10.0 - 15.0 * t + 6.0 * t * t)
    return step


def trapezoid(t: np.ndarray, ends: tuple[float, float, float, float]) -> np.ndarray:
    """Of t (...): rises from 0 to 1 between the first two ends, falls between the last two."""
    first, whole, narrows, last = ends
    return step((t - first) / (whole - first)) * (1.0 - step((t - narrows) / (last - narrows)))


def vector(across: np.ndarray | float, up: np.ndarray | float, forward: np.ndarray | float) -> np.ndarray:
    """Components as vectors (..., 3)."""
    shape = np.broadcast_shapes(np.shape(across), np.shape(up), np.shape(forward))
    vectors = np.empty((*shape, 3))
    vectors[..., 0], vectors[..., 1], vectors[..., 2] = across, up, forward
    return vectors


def rotated(frame: NoseFrame, at: np.ndarray, share: np.ndarray, degrees: float) -> np.ndarray:
    """The displacement (..., 3), mm along the nose's axes, of points turned up about the line through the alar bases.

    at : (..., 3), the points' coordinates; share : (...,) of the turn, which each point goes; degrees : of a whole one.
    """
    pivot = (frame.at["ac_l"] + frame.at["ac_r"]) / 2.0
    up, forward = (at[..., 1] - pivot[1]) * frame.length, at[..., 2] - pivot[2]
    angle = np.radians(degrees) * share
    cos, sin = np.cos(angle), np.sin(angle)
    return vector(0.0, cos * up + sin * forward - up, cos * forward - sin * up - forward)


def _at(u: float, v: float, w: float = 0.5) -> Callable[[NoseFrame], np.ndarray]:
    """Coordinates with u over half the alar width and w over the tip's."""
    return lambda frame: np.array([u * frame.half, v, w * frame.tip])


def _named(name: str) -> Callable[[NoseFrame], np.ndarray]:
    return lambda frame: frame.at[name]


def _front(frame: NoseFrame, w: np.ndarray) -> np.ndarray:
    """0 at the alar bases, 1 from six tenths of the tip's height on."""
    return step(w / (0.6 * frame.tip))


def _hump(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    u, v, _ = components(at)
    return vector(0.0, 0.0, bump((v - 0.62) / 0.36) * bump(u / (0.75 * frame.half)))


def _c_shaped(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    _, v, w = components(at)
    return vector(bump((v - 0.58) / 0.42) * step(w / (0.4 * frame.tip) + 0.3), 0.0, 0.0)


def _s_shaped(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    _, v, w = components(at)
    along = bump((v - 0.7) / 0.3) - bump((v - 0.3) / 0.3)
    return vector(along * step(w / (0.4 * frame.tip) + 0.3), 0.0, 0.0)


def _tip_aside(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    _, v, w = components(at)
    return vector(bump((v - frame.at["prn"][1]) / 0.5) * _front(frame, w), 0.0, 0.0)


def _tip_turned(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    _, v, w = components(at)
    return vector((1.0 - step((v - frame.at["prn"][1] - 0.02) / 0.5)) * _front(frame, w), 0.0, 0.0)


def _apart(centre: float, reach: float, width: float, wall: float) -> Callable[[NoseFrame, np.ndarray], np.ndarray]:
    """Both sides moved apart, most at `wall` half alar widths, at v about a centre; half of the strength each."""

    def shape(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
        u, v, _ = components(at)
        side = u / (wall * frame.half)
        return vector(side * bump(side * wall / width) * bump((v - centre) / reach), 0.0, 0.0)

    return shape


def _tip_wide(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    u, v, w = components(at)
    side = u / (0.45 * frame.half)
    along = bump((v - frame.at["prn"][1]) / 0.34)
    return vector(side * bump(side * 0.45 / 1.1) * along * _front(frame, w), 0.0, 0.0)


def _bulb(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    centre = frame.at["prn"] - [0.0, 0.0, 0.45 * frame.tip]
    away = (at - centre) * [1.0, frame.length, 1.0]
    distance = np.linalg.norm(away, axis=-1, keepdims=True)
    reach = 0.95 * frame.tip
    # About linear at the centre, so that it is smooth there: t(1 − t²)³ over t's own length.
    return away / (0.35 * reach) * bump(distance / reach)


def _bifid(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    u, v, w = components(at)
    t = u / frame.half
    groove = 0.35 * (bump((t - 0.36) / 0.3) + bump((t + 0.36) / 0.3)) - bump(t / 0.34)
    return vector(0.0, 0.0, groove * bump((v - frame.at["prn"][1] + 0.02) / 0.26) * _front(frame, w))


def _alae_apart(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    u, v, _ = components(at)
    side = np.sign(u) * step((np.abs(u) / frame.half - 0.3) / 0.6)
    return vector(side * bump((v - frame.at["al_l"][1]) / 0.4), 0.0, 0.0)


def _flare(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    u, v, w = components(at)
    side = np.sign(u) * step((np.abs(u) / frame.half - 0.4) / 0.55)
    mark = frame.at["al_l"]
    return vector(
        side * bump((v - mark[1]) / 0.26) * bump((w - mark[2] - 0.1 * frame.tip) / (0.5 * frame.tip)), 0.0, 0.0
    )


def _retraction(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    u, v, w = components(at)
    mark = _rim(frame)
    along = bump((v - mark[1]) / 0.3) * bump((w - mark[2]) / (0.55 * frame.tip))
    return vector(0.0, along * bump((np.abs(u) / frame.half - 0.72) / 0.5), 0.0)


def _rim(frame: NoseFrame) -> np.ndarray:
    """Half-way along the rim of the left nostril."""
    rim: np.ndarray = 0.6 * frame.at["al_l"] + 0.4 * frame.at["c'"]
    return np.array([0.72 * frame.half, rim[1], rim[2]])


def _hanging(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    u, v, w = components(at)
    mark = frame.at["c'"]
    along = bump((v - mark[1]) / 0.3) * bump((w - mark[2]) / (0.7 * frame.tip))
    return vector(0.0, -along * bump(u / (0.42 * frame.half)), 0.0)


def _collapse(frame: NoseFrame, at: np.ndarray) -> np.ndarray:
    u, v, _ = components(at)
    wall = bump((u / frame.half - 0.6) / 0.5) * bump((v - 0.42) / 0.32)
    return vector(-0.8 * wall, 0.0, -0.6 * wall)


FIELDS: tuple[NoseField, ...] = (
    NoseField("dorsum", "Dorsum", "hump", "saddle", "mm", 4.0, _at(0.0, 0.62), _hump),
    NoseField(
        "bridge_deviation", "Bridge, C-shaped", "to its left", "to its right", "mm", 6.0, _at(0.0, 0.58), _c_shaped,
    ),
    NoseField(
        "s_deviation", "Bridge and tip, S-shaped", "bridge to its left", "bridge to its right", "mm", 6.0,
        _at(0.0, 0.7), _s_shaped,
    ),
    NoseField("tip_deviation", "Tip aside", "to its left", "to its right", "mm", 6.0, _named("prn"), _tip_aside),
    NoseField("tip_rotation", "Tip turned", "up", "down", "°", 15.0, _named("prn"), _tip_turned),
    NoseField("tip_width", "Tip's width, each side", "wide", "narrow", "mm", 2.5, _at(0.45, 0.17, 0.8), _tip_wide),
    NoseField("tip_bulb", "Bulbous tip", "bulbous", "refined", "mm", 3.0, _named("prn"), _bulb),
    NoseField("tip_bifid", "Bifid tip", "bifid", "", "mm", 2.5, _named("prn"), _bifid),
    NoseField("alar_base", "Alar base, each side", "wide", "narrow", "mm", 3.0, _named("al_l"), _alae_apart),
    NoseField("alar_flare", "Alar flare, each side", "flared", "pinched", "mm", 2.5, _named("al_l"), _flare),
    NoseField("alar_rim", "Alar rim", "retracted", "hooded", "mm", 3.0, _rim, _retraction),
    NoseField("columella", "Columella", "hanging", "retracted", "mm", 3.5, _named("c'"), _hanging),
    NoseField(
        "bony_width", "Bony dorsum, each side", "broad", "narrow", "mm", 2.5, _at(0.42, 0.76),
        _apart(0.76, 0.38, 0.95, 0.42),
    ),
    NoseField(
        "collapse_left", "Left sidewall", "collapsed", "", "mm", 4.0, _at(0.6, 0.42), _collapse,
    ),
    NoseField(
        "collapse_right", "Right sidewall", "collapsed", "", "mm", 4.0, _at(-0.6, 0.42),
        lambda frame, at: _collapse(frame, at * [-1.0, 1.0, 1.0]) * [-1.0, 1.0, 1.0],
    ),
)  # fmt: skip
"""All changes, from the root down and outwards."""

BY_KEY = {field.key: field for field in FIELDS}
