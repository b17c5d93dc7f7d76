"""Landmarks located by their definitions on the surface of a face, in a frame that is the face's own.

The template's places, carried to the face, slide along its surface by half a millimetre and more; they are only where
the search begins. Definitions after Farkas (1981), made such that noise and a turned head move no point far: nasion,
glabella and pogonion are the middles of root, brow and chin in the midsagittal profile, subnasale that of the corner
between columella and upper lip (`facewright.core.anthropometry.midline`), pronasale that of the tip's cap, alare the
outermost of the ala, c' the columella's point at the level of the nostrils' tops.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.anthropometry.extrema import Extremum, refine
from facewright.core.anthropometry.midline import BROW, ROOT, at_levels, middle
from facewright.core.anthropometry.rays import Rays, onto, run, together
from facewright.core.rigid import rigid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from facewright.core.anthropometry.midline import Bend, Middle
    from facewright.core.anthropometry.rays import Distance, Search

FRAME = ("en_l", "en_r", "ex_l", "ex_r", "or_l", "or_r", "ac_l", "ac_r")
"""The landmarks that hold a face's frame: corners of the lids, orbits and alar bases, which neither a nose's change nor
an open mouth turns, and which a scan of the face alone has."""

TOPS = "nostrils' top"
"""The place between them, by which c' is located."""

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

_COLUMELLA_MM = 12.0
"""How far below the line from subnasale to the tip of the nose what looks for the columella is outside."""

_TOP_SHARE = 0.53
"""How far up the line from subnasale to the tip of the nose the nostrils end, on the mean head."""

_TIP_MM, _ALA_MM = 8.0, 5.0
"""How far from where it begins a search goes."""

_TIP_CAP_MM = 1.0
"""So much of the tip of the nose is its cap, whose middle pronasale is: one of two domes is not chosen by the noise."""

_ALA_SLOPE = float(np.tan(np.radians(25.0)))
"""Where a wing without a bulge turns so far from the side, it is the cheek."""

_CANTHI = ("en_l", "en_r", "ex_l", "ex_r")
MIDLINE = ("g", "n", "prn", "sn", "ls", "li", "pg", "gn")
"""What tells between which heights the profile is."""

_CORNER, _LIPS, _LIP, _CHIN = 0.12, 0.3, 0.3, 0.5
"""What counts of the depth of the corner under the nose, between the lips, of a lip and of the chin."""

_LIPS_MM = 4.0
"""How deep between the lips a profile is followed."""

_CHIN_ENDS = (0.42, 0.95)
"""Where the chin's chord ends, of the way from sto down to gn: in the fold under the lip, above the lower border."""

_UNDER_MM, _UNDER = (10.0, 18.0), 0.3
"""gn is the middle of the contour between a place so far above it and one so far behind it."""

_FURTHEST_MM, _CHIN_FURTHEST_MM = 11.0, 20.0
"""What lies further from where the template's place was carried is another bend; the chin has but one."""

_ROUNDS, _SETTLED_MM, _AHEAD = 8, 0.05, 1.8
"""gn is where it would be looked for again; each round goes on by so much of its step, for they shrink by half."""


class Slide(NamedTuple):
    """A place (3,) mm, and how far from it a landmark may lie along each of the face's axes, (3,) mm."""

    place: np.ndarray
    most: np.ndarray


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
    return {TOPS: places["sn"] + _TOP_SHARE * (places["prn"] - places["sn"])}


def locate(
    distance: Distance,
    carried: Mapping[str, np.ndarray],
    axes: np.ndarray,
    held: Collection[str] = (),
    slides: Mapping[str, Slide] = MappingProxyType({}),
) -> dict[str, np.ndarray]:
    """The landmarks (3,) mm of the face Φ = 0 near where the template's places were carried.

    carried : (3,) mm by name; axes : (3, 3) as `face_axes` gives them; held : those that a person has placed, which
    are left; slides : by name, where and how far about it a landmark may be located; none where it may be anywhere.
    """
    face = _Face(carried, axes, held, slides)
    run(distance, face.landmarks())
    if face.stopped:  # off the surface, which is lower or higher there than where they were going
        names = sorted(face.stopped)
        face.points.update(zip(names, onto(distance, np.stack([face.points[name] for name in names])), strict=True))
    return face.points


class _Face:
    """Landmarks (3,) mm by name on their way from where they were carried to where they are; methods are searches.

    stopped : those that would slide further than they may.
    """

    def __init__(
        self,
        carried: Mapping[str, np.ndarray],
        axes: np.ndarray,
        held: Collection[str],
        slides: Mapping[str, Slide],
    ) -> None:
        self._carried, self._axes, self._slides = carried, axes, slides
        fixed = {name: slide.place for name, slide in slides.items() if not slide.most.any()}
        self._held = {*held, *fixed}
        self.stopped: set[str] = set()
        self.points = {name: np.asarray(point, dtype=np.float64) for name, point in {**carried, **fixed}.items()}

    def landmarks(self) -> Search[None]:
        """All of them; those that others do not need side by side."""
        yield from self._settled("sto", lambda: self._between("sto", "ls", "li", -1, _LIPS, _LIPS_MM))
        root = self._settled("n", lambda: self._between_levels(ROOT))
        brow = self._settled("g", lambda: self._between_levels(BROW))
        yield from together([root, brow, self._nose(), self._chin()])

    def _nose(self) -> Search[None]:
        """Tip and alae, then the corner under the nose with the upper lip and the columella."""
        extrema = _extrema(self._axes)
        sought = [name for name in extrema if name in self.points and name not in self._held]
        if sought:
            starts = np.stack([self.points[name] for name in sought])
            there = yield from refine(starts, [extrema[name] for name in sought])
            self.points.update({name: self._slid(name, point) for name, point in zip(sought, there, strict=True)})
        yield from self._settled("sn", lambda: self._between("sn", "prn", "ls", -1, _CORNER))
        yield from self._settled("ls", lambda: self._between("ls", "sn", "sto", 1, _LIP, joined=True))
        yield from self._settled("sn", lambda: self._between("sn", "prn", "ls", -1, _CORNER))
        yield from self._settled("c'", self._columella)

    def _chin(self) -> Search[None]:
        yield from self._settled("gn", self._gnathion, _CHIN_FURTHEST_MM)
        lip = self._settled("li", lambda: self._under_the_lips("li", (0.0, _CHIN_ENDS[0]), _LIP))
        bulge = self._settled("pg", lambda: self._under_the_lips("pg", _CHIN_ENDS, _CHIN))
        yield from together([lip, bulge])

    def _settled(
        self, name: str, search: Callable[[], Search[np.ndarray | None]], furthest: float = _FURTHEST_MM
    ) -> Search[None]:
        """Put a landmark where a search finds it, if it is wanted and has what it is located by."""
        if name not in self.points or name in self._held or not self.points.keys() >= set(NEEDED[name]):
            return
        point = yield from search()
        if point is None:
            point = self.points[name]
        near = np.linalg.norm(point - self._carried[name]) <= furthest
        self.points[name] = self._slid(name, point if near else np.asarray(self._carried[name], dtype=np.float64))

    def _slid(self, name: str, point: np.ndarray) -> np.ndarray:
        """A landmark's point (3,), or so far towards it as the landmark may slide."""
        if name not in self._slides:
            return point
        place, most = self._slides[name]
        way = self._axes @ (point - place)
        allowed = np.clip(way, -most, most)
        if (allowed == way).all():
            self.stopped.discard(name)
        else:
            self.stopped.add(name)
        slid: np.ndarray = place + allowed @ self._axes
        return slid

    def _between_levels(self, bend: Bend) -> Search[np.ndarray | None]:
        """n and g: the middle of the root's hollow and of the brow's bulge, in the plane between the eyes."""
        canthi = np.mean([self.points[name] for name in _CANTHI], axis=0)
        low, high = np.array(bend.ends) + canthi @ self._axes[1]
        last, first = yield from self._at_levels((low, high), canthi)
        return (yield from _point(middle(first, last, bend.sign, bend.share, self._axes)))

    def _between(
        self, name: str, start: str, end: str, sign: int, share: float, most: float = np.inf, joined: bool = False
    ) -> Search[np.ndarray | None]:
        """The middle of the bend between two landmarks, in the sagittal plane of the one that is sought."""
        first, last = (self._beside(self.points[each], self.points[name]) for each in (start, end))
        return (yield from _point(middle(first, last, sign, share, self._axes, most, joined)))

    def _under_the_lips(self, name: str, ends: tuple[float, float], share: float) -> Search[np.ndarray | None]:
        """li and pg: the middle of the profile's bulge between two places on the way from sto down to gn."""
        top, bottom = (self.points[each] @ self._axes[1] for each in ("sto", "gn"))
        levels = [top + end * (bottom - top) for end in ends]
        first, last = yield from self._at_levels(levels, self.points[name])
        if not ends[0]:
            first = self._beside(self.points["sto"], self.points[name])
        return (yield from _point(middle(first, last, 1, share, self._axes)))

    def _gnathion(self) -> Search[np.ndarray | None]:
        """gn: the middle of the chin's lower contour, between places that are above and behind that middle itself."""
        _, up, front = self._axes
        above, behind = _UNDER_MM
        thought = self.points["gn"]
        for _ in range(_ROUNDS):
            under = thought - behind * front - above * up
            ends = together([self._at_levels([thought @ up + above], thought), _upwards(under, up)])
            [first], last = yield from ends
            found = yield from _point(middle(first, last, 1, _UNDER, self._axes))
            if found is None or np.linalg.norm(found - thought) < _SETTLED_MM:
                break
            thought = thought + _AHEAD * (found - thought)
        return found

    def _columella(self) -> Search[np.ndarray | None]:
        """c': where the columella is at the level of the nostrils' tops, along the line from subnasale to the tip."""
        if TOPS not in self.points:
            return None
        base = self.points["sn"]
        way = _in_plane(self.points["prn"] - base, self._axes)
        below = np.cross(self._axes[0], way)
        below = below if below @ self._axes[1] < 0.0 else -below
        foot = base + (self.points[TOPS] - base) @ way * way
        [height] = yield Rays(foot[None], below[None], np.zeros(1))
        if not np.isfinite(height):  # from within, a nostril may catch it
            [left] = yield Rays((foot + _COLUMELLA_MM * below)[None], -below[None])
            height = _COLUMELLA_MM - left
        return foot + height * below if np.isfinite(height) else None

    def _at_levels(self, levels: Sequence[float], plane: np.ndarray) -> Search[np.ndarray]:
        around = np.stack([self.points[name] for name in MIDLINE if name in self.points])
        return at_levels(levels, around, plane, self._axes)

    def _beside(self, point: np.ndarray, plane: np.ndarray) -> np.ndarray:
        """A point (3,) moved across the face into the sagittal plane of another."""
        moved: np.ndarray = point + (plane - point) @ self._axes[0] * self._axes[0]
        return moved


def _extrema(axes: np.ndarray) -> dict[str, Extremum]:
    """What is outermost along an axis of the face."""
    left, _, front = axes
    return {
        "prn": Extremum(front, axes[:2], _TIP_MM, cap=_TIP_CAP_MM),
        "al_l": Extremum(left, axes[1:], _ALA_MM, 0.5, slope=_ALA_SLOPE),
        "al_r": Extremum(-left, axes[1:], _ALA_MM, 0.5, slope=_ALA_SLOPE),
    }


def _point(search: Search[Middle | None]) -> Search[np.ndarray | None]:
    """Where the middle of a bend is, if there is one."""
    bend = yield from search
    return bend.point if bend else None


def _upwards(start: np.ndarray, up: np.ndarray) -> Search[np.ndarray]:
    """Where a ray from below first meets the surface, (3,)."""
    [height] = yield Rays(start[None], up[None])
    with np.errstate(invalid="ignore"):
        point: np.ndarray = start + height * up
    return point


def _in_plane(way: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """The unit vector (3,) along a way's part in the sagittal plane."""
    flat = way - way @ axes[0] * axes[0]
    unit: np.ndarray = flat / max(float(np.linalg.norm(flat)), 1e-12)
    return unit
