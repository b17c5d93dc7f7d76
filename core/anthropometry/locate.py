"""Landmarks located by their definitions on the surface of a face, in a frame that is the face's own.

The template's places, carried to the face, slide along its surface by half a millimetre and more; they are only where
the search begins. Definitions after Farkas (1981): nasion, glabella and pogonion are the deepest and the most anterior
points of the midsagittal profile, pronasale and alare the outermost of tip and ala, subnasale the apex of the angle
between columella and upper lip, c' the columella's point at the level of the nostrils' tops.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.extrema import Extremum, heights_along, refine
from facewright.core.rigid import rigid

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from facewright.core.anthropometry.extrema import Distance

FRAME = ("en_l", "en_r", "ex_l", "ex_r", "or_l", "or_r", "ac_l", "ac_r")
"""The landmarks that hold a face's frame: corners of the lids, orbits and alar bases, which neither a nose's change nor
an open mouth turns, and which a scan of the face alone has."""

_TOPS = "nostrils' top"

NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"c'": ("sn", "prn", "ls"), "sn": ("c'", "prn", "ls"), "n": ("en_l", "en_r"), "g": ("en_l", "en_r")}
)
"""Landmarks that others are located by."""

_TOP_SHARE = 0.53
"""How far up the line from subnasale to the tip of the nose the nostrils end, on the mean head."""

_PROFILE_MM, _TIP_MM, _ALA_MM, _CORNER_MM = 9.0, 6.0, 4.0, 5.0
"""How far from where it begins a search goes."""

_ROUNDS = 3
"""c' and sn are sought by one another so many times."""


def face_axes(template: Mapping[str, np.ndarray], points: Mapping[str, np.ndarray]) -> np.ndarray:
    """Unit rows (3, 3) to the left, up and out of a face with landmarks `points`, (3,) mm.

    They are the head frame's, turned as the landmarks of `FRAME` are from where they lie on the template: Kabsch's
    rotation (1976). The head frame itself where fewer than four are there.
    """
    names = [name for name in FRAME if name in template and name in points]
    if len(names) < 4:
        return np.eye(3)
    here, there = (np.stack([np.asarray(each[name], float) for name in names]) for each in (points, template))
    axes: np.ndarray = rigid(here, there).rotation
    return axes


def nostrils_top(places: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The place (3,) on the template between the tops of the nostrils, where subnasale and tip have one."""
    if not {"sn", "prn"} <= places.keys():
        return {}
    return {_TOPS: places["sn"] + _TOP_SHARE * (places["prn"] - places["sn"])}


def locate(
    distance: Distance, carried: Mapping[str, np.ndarray], axes: np.ndarray, held: Collection[str] = ()
) -> dict[str, np.ndarray]:
    """The landmarks (3,) mm of the face Φ = 0 near where the template's places were carried.

    axes : as `face_axes` gives them; held : those that a person has placed, which are left.
    """
    points = {name: np.asarray(point, dtype=np.float64) for name, point in carried.items()}
    sought = {name: extremum for name, extremum in _extrema(axes).items() if name in points and name not in held}
    if sought:
        starts = np.stack([_start(name, points, axes) for name in sought])
        points.update(zip(sought, refine(distance, starts, list(sought.values())), strict=True))
    if {"sn", "c'", "prn", "ls", _TOPS} <= points.keys():
        for _ in range(_ROUNDS):
            if "c'" not in held:
                points["c'"] = _columella(distance, points, axes)
            if "sn" not in held:
                points["sn"] = _subnasale(distance, points, axes)
    return points


def _extrema(axes: np.ndarray) -> dict[str, Extremum]:
    """What is outermost along an axis of the face."""
    left, up, front = axes
    return {
        "g": Extremum(front, up[None], _PROFILE_MM),
        "n": Extremum(-front, up[None], _PROFILE_MM, nearest=False),
        "pg": Extremum(front, up[None], _PROFILE_MM),
        "prn": Extremum(front, axes[:2], _TIP_MM),
        "al_l": Extremum(left, axes[1:], _ALA_MM),
        "al_r": Extremum(-left, axes[1:], _ALA_MM),
    }


def _start(name: str, points: Mapping[str, np.ndarray], axes: np.ndarray) -> np.ndarray:
    """Where a search begins: at the carried place, that of root and brow in the plane between the eyes."""
    start = points[name]
    if name in ("n", "g") and {"en_l", "en_r"} <= points.keys():
        start = start + ((points["en_l"] + points["en_r"]) / 2.0 - start) @ axes[0] * axes[0]
    return start


def _columella(distance: Distance, points: Mapping[str, np.ndarray], axes: np.ndarray) -> np.ndarray:
    """c': where the columella is at the level of the nostrils' tops, along the line from subnasale to the tip."""
    base = points["sn"]
    way = _in_plane(points["prn"] - base, axes)
    below = np.cross(axes[0], way)
    below = below if below @ axes[1] < 0.0 else -below
    foot = base + (points[_TOPS] - base) @ way * way
    height = heights_along(distance, foot[None], below[None])[0]
    return foot + height * below if np.isfinite(height) else points["c'"]


def _subnasale(distance: Distance, points: Mapping[str, np.ndarray], axes: np.ndarray) -> np.ndarray:
    """sn: the profile's point deepest in the angle between columella and upper lip."""
    base = points["sn"]
    inward = -_in_plane(_in_plane(points["c'"] - base, axes) + _in_plane(points["ls"] - base, axes), axes)
    return refine(distance, base[None], [Extremum(inward, np.cross(inward, axes[0])[None], _CORNER_MM, 0.5)])[0]


def _in_plane(way: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """The unit vector (3,) along a way's part in the sagittal plane."""
    flat = way - way @ axes[0] * axes[0]
    unit: np.ndarray = flat / max(float(np.linalg.norm(flat)), 1e-12)
    return unit
