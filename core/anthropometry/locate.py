"""Landmarks located by their definitions on the surface of a face, in a frame that is the face's own.

The template's places, carried to the face, slide along its surface by half a millimetre and more; they are only where
the search begins. Definitions after Farkas (1981), made such that noise and a turned head move no point far: nasion,
glabella and pogonion are the middles of root, brow and chin in the midsagittal profile, subnasale that of the corner
between columella and upper lip (`facewright.core.anthropometry.midline`), pronasale that of the tip's cap, alare the
outermost of the ala, c' the columella's point at the level of the nostrils' tops.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anthropometry.extrema import Extremum, first_heights, heights_along, refine
from facewright.core.anthropometry.midline import BROW, ROOT, at_levels, middle
from facewright.core.rigid import rigid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from facewright.core.anthropometry.extrema import Distance
    from facewright.core.anthropometry.midline import Bend

FRAME = ("en_l", "en_r", "ex_l", "ex_r", "or_l", "or_r", "ac_l", "ac_r")
"""The landmarks that hold a face's frame: corners of the lids, orbits and alar bases, which neither a nose's change nor
an open mouth turns, and which a scan of the face alone has."""

_TOPS = "nostrils' top"

NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "n": ("en_l", "en_r", "ex_l", "ex_r"),
        "g": ("en_l", "en_r", "ex_l", "ex_r"),
        "c'": ("sn", "prn", "ls"),
        "sn": ("prn", "ls"),
        "sto": ("ls", "li"),
        "ls": ("sn", "sto"),
        "li": ("sto", "gn"),
        "pg": ("sto", "gn"),
        "gn": (),
    }
)
"""Landmarks that others are located by."""

_TOP_SHARE = 0.53
"""How far up the line from subnasale to the tip of the nose the nostrils end, on the mean head."""

_TIP_MM, _ALA_MM = 8.0, 5.0
"""How far from where it begins a search goes."""

_TIP_CAP_MM = 1.0
"""So much of the tip of the nose is its cap, whose middle pronasale is: one of two domes is not chosen by the noise."""

_ALA_SLOPE = float(np.tan(np.radians(25.0)))
"""Where a wing without a bulge turns so far from the side, it is the cheek."""

_CANTHI = ("en_l", "en_r", "ex_l", "ex_r")
_MIDLINE = ("g", "n", "prn", "sn", "ls", "li", "pg", "gn")

_CORNER, _LIPS, _LIP, _CHIN = 0.12, 0.3, 0.3, 0.5
"""What counts of the depth of the corner under the nose, between the lips, of a lip and of the chin."""

_LIPS_MM = 4.0
"""How deep between the lips a profile is followed."""

_CHIN_ENDS = (0.42, 0.95)
"""Where the chin's chord ends, of the way from sto down to gn: in the fold under the lip, above the lower border."""

_UNDER_MM, _UNDER = (14.0, 18.0), 0.3
"""gn is the middle of the contour between a place so far above it and one so far behind it."""

_FURTHEST_MM = 11.0
"""What lies further from where the template's place was carried is another bend."""

_ROUNDS = 3


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
        starts = np.stack([points[name] for name in sought])
        points.update(zip(sought, refine(distance, starts, list(sought.values())), strict=True))
    bends: tuple[tuple[str, Callable[[], np.ndarray | None]], ...] = (
        ("n", lambda: _between_levels(distance, points, ROOT, axes)),
        ("g", lambda: _between_levels(distance, points, BROW, axes)),
        ("sn", lambda: _between(distance, points, ("sn", "prn", "ls"), (-1, _CORNER), axes)),
        ("sto", lambda: _between(distance, points, ("sto", "ls", "li"), (-1, _LIPS, _LIPS_MM), axes)),
        ("ls", lambda: _between(distance, points, ("ls", "sn", "sto"), (1, _LIP), axes)),
        ("sn", lambda: _between(distance, points, ("sn", "prn", "ls"), (-1, _CORNER), axes)),
        *(("gn", lambda: _gnathion(distance, points, axes)) for _ in range(_ROUNDS)),
        ("li", lambda: _chin(distance, points, "li", (0.0, _CHIN_ENDS[0]), _LIP, axes)),
        ("pg", lambda: _chin(distance, points, "pg", _CHIN_ENDS, _CHIN, axes)),
        ("c'", lambda: _columella(distance, points, axes)),
    )
    for name, bend in bends:
        if name in points and name not in held and points.keys() >= set(NEEDED[name]):
            point = _or(bend(), points[name])
            near = np.linalg.norm(point - carried[name]) <= _FURTHEST_MM
            points[name] = point if near else np.asarray(carried[name], dtype=np.float64)
    return points


def _extrema(axes: np.ndarray) -> dict[str, Extremum]:
    """What is outermost along an axis of the face."""
    left, _, front = axes
    return {
        "prn": Extremum(front, axes[:2], _TIP_MM, cap=_TIP_CAP_MM),
        "al_l": Extremum(left, axes[1:], _ALA_MM, 0.5, slope=_ALA_SLOPE),
        "al_r": Extremum(-left, axes[1:], _ALA_MM, 0.5, slope=_ALA_SLOPE),
    }


def _or(point: np.ndarray | None, otherwise: np.ndarray) -> np.ndarray:
    """A point that was found, if it was."""
    return otherwise if point is None else point


def _between_levels(
    distance: Distance, points: Mapping[str, np.ndarray], bend: Bend, axes: np.ndarray
) -> np.ndarray | None:
    """n and g: the middle of the root's hollow and of the brow's bulge, in the plane between the eyes."""
    canthi = np.mean([points[name] for name in _CANTHI], axis=0)
    around = np.stack([points[name] for name in _MIDLINE if name in points])
    low, high = np.array(bend.ends) + canthi @ axes[1]
    last, first = at_levels(distance, (low, high), around, canthi, axes)
    bend_middle = middle(distance, first, last, bend.sign, bend.share, axes)
    return bend_middle.point if bend_middle else None


def _between(
    distance: Distance,
    points: Mapping[str, np.ndarray],
    names: tuple[str, str, str],
    bend: tuple[int, float] | tuple[int, float, float],
    axes: np.ndarray,
) -> np.ndarray | None:
    """The middle of the bend between two landmarks, in the sagittal plane of the one that is sought, named first."""
    name, *ends = names
    first, last = (points[end] + (points[name] - points[end]) @ axes[0] * axes[0] for end in ends)
    sign, share, *most = bend
    bend_middle = middle(distance, first, last, sign, share, axes, *most)
    return bend_middle.point if bend_middle else None


def _chin(
    distance: Distance,
    points: Mapping[str, np.ndarray],
    name: str,
    ends: tuple[float, float],
    share: float,
    axes: np.ndarray,
) -> np.ndarray | None:
    """li and pg: the middle of the profile's bulge between two places on the way from sto down to gn."""
    around = np.stack([points[each] for each in _MIDLINE if each in points])
    top, bottom = (points[each] @ axes[1] for each in ("sto", "gn"))
    first, last = at_levels(distance, [top + end * (bottom - top) for end in ends], around, points[name], axes)
    if not ends[0]:
        first = points["sto"] + (points[name] - points["sto"]) @ axes[0] * axes[0]
    bulge = middle(distance, first, last, 1, share, axes)
    return bulge.point if bulge else None


def _gnathion(distance: Distance, points: Mapping[str, np.ndarray], axes: np.ndarray) -> np.ndarray | None:
    """gn: the middle of the chin's lower contour, between places above and behind where it was thought to be."""
    _, up, front = axes
    above, behind = _UNDER_MM
    start = points["gn"]
    around = np.stack([points[each] for each in _MIDLINE if each in points])
    [first] = at_levels(distance, [start @ up + above], around, start, axes)
    under = start - behind * front - above * up
    last = under + first_heights(distance, under[None], up[None])[0] * up
    bulge = middle(distance, first, last, 1, _UNDER, axes)
    return bulge.point if bulge else None


def _columella(distance: Distance, points: Mapping[str, np.ndarray], axes: np.ndarray) -> np.ndarray | None:
    """c': where the columella is at the level of the nostrils' tops, along the line from subnasale to the tip."""
    if _TOPS not in points:
        return None
    base = points["sn"]
    way = _in_plane(points["prn"] - base, axes)
    below = np.cross(axes[0], way)
    below = below if below @ axes[1] < 0.0 else -below
    foot = base + (points[_TOPS] - base) @ way * way
    height = heights_along(distance, foot[None], below[None])[0]
    return foot + height * below if np.isfinite(height) else None


def _in_plane(way: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """The unit vector (3,) along a way's part in the sagittal plane."""
    flat = way - way @ axes[0] * axes[0]
    unit: np.ndarray = flat / max(float(np.linalg.norm(flat)), 1e-12)
    return unit
