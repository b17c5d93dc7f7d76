"""The anatomy of any head's topology from one mesh and a few picked landmarks: the rest follows.

The landmarks place the head in the head frame and carry it onto ICT-FaceKit's neutral face, where the parts' outlines
(train.anatomy.outlines) say which vertices they hold; or the parts are given, painted. Rims, collars, left-right pairs,
the openings of eyes, mouth and neck and what closes them are found from the faces.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.anatomy import Anatomy, Closing
from facewright.core.errors import FacewrightError
from facewright.core.parts import COMPONENTS
from facewright.train.anatomy.mirror import FLIP, mirror_pairs
from facewright.train.anatomy.openings import find_openings
from facewright.train.anatomy.outlines import OUTLINES
from facewright.train.anatomy.placement import reference_face
from facewright.train.anatomy.skin import Skin, components

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.parts import CodeName
    from facewright.core.rigid import Rigid

MIDLINE = ("n", "prn", "sn", "ls", "li", "gn")
SIDED = ("en", "ex", "al", "ch")
LANDMARKS = (*MIDLINE, *(f"{name}_{side}" for name in SIDED for side in "rl"))
"""Landmarks to pick (Farkas 1981). The right side's are enough where the faces are symmetric."""

MM_PER_UNIT: Mapping[str, float] = {"mm": 1.0, "cm": 10.0, "m": 1000.0}

RELATIVE = "relative"
"""The unit of a data set whose lengths are not real: its heads are scaled so that the face is of common size."""

_PLAUSIBLE_SCALE = (0.65, 1.5)
"""Sizes of a face in a true unit, over the reference's."""

_LARGEST_MISFIT_MM = 12.0
"""Root mean square distance of placed landmarks and the reference's; a face has 2 to 5 mm, other vertices 40."""

_BURIED_MM = 5.0
"""How far a landmark may lie behind a slit's margin."""


@dataclass(frozen=True)
class Topology:
    """One head as it comes from a file.

    positions : (n, 3), the file's unit and frame; polygons : (P, 4) int32, -1 in a triangle's last place; landmarks :
    vertices by name; unit : mm, cm, m or `RELATIVE`; parts : vertices (k,) of painted components by name
    (`core.parts.COMPONENTS`); those not given are drawn by their outlines.
    """

    positions: np.ndarray
    polygons: np.ndarray
    landmarks: Mapping[str, int]
    unit: str
    parts: Mapping[str, np.ndarray] = field(default_factory=dict)


class OneSided(FacewrightError):
    """The faces are not left-right symmetric, and landmarks of the left side are missing."""


def user_anatomy(name: str, head: Topology) -> Anatomy:
    """The anatomy of a head's topology, called `name`.

    Raises FacewrightError if a landmark is missing or they are not a face's, if the unit does not fit, if a part
    holds no vertices or lies in pieces, or if the mesh's openings cannot be told.
    """
    _check(head)
    motion, mm_per_unit = _placed(head)
    skin = _skin(motion(np.asarray(head.positions, dtype=np.float64) * mm_per_unit), head)
    if not _faces_forward(skin, head.landmarks["prn"]):
        raise FacewrightError("The mesh is inside out, its faces run clockwise seen from outside: flip them.")
    twin = mirror_pairs(skin.positions, head.polygons[skin.used[head.polygons[:, 0]]], head.landmarks["prn"])
    if twin is not None:
        even = 0.5 * (skin.positions + skin.positions[twin] * FLIP)
        skin = skin.moved(np.where(skin.used[:, None], even, skin.positions))
    points = _both_sides(skin, head.landmarks, twin)
    insides = _insides(skin, points, head.parts, twin)
    openings, hidden, neck_point, neck_normal = find_openings(skin, head.polygons, insides, points, twin)
    points = _shown(skin, points, hidden, twin)
    places = _Places(skin, points, hidden, twin)
    return Anatomy(
        name=name,
        vertex_count=len(head.positions),
        unit=head.unit,
        mm_per_unit=mm_per_unit,
        true_scale=head.unit != RELATIVE,
        components=components(skin, OUTLINES, insides, hidden),
        landmarks=_stages(points, places),
        points={"sto": places.near("sto"), **points},
        mirror=np.empty(0, dtype=np.int64) if twin is None else twin,
        closing=Closing((0, len(head.positions)), np.flatnonzero(hidden), openings, neck_point, neck_normal),
    )


def _check(head: Topology) -> None:
    """Raise FacewrightError if there is not enough to begin with."""
    if missing := [name for name in LANDMARKS if name not in head.landmarks and not name.endswith("_l")]:
        raise FacewrightError(f"The landmarks {', '.join(missing)} are missing: pick them on the head.")
    if unknown := sorted(set(head.landmarks) - set(reference_face().points)):
        raise FacewrightError(f"{', '.join(unknown)} is no landmark: there are {', '.join(reference_face().points)}.")
    if len(set(head.landmarks.values())) < len(head.landmarks):
        raise FacewrightError("Two landmarks are the same vertex: pick each where it is.")
    names_of_parts = [name for names in COMPONENTS.values() for name in names]
    if unknown := sorted(set(head.parts) - set(names_of_parts)):
        raise FacewrightError(f"{', '.join(unknown)} is no part: paint {', '.join(names_of_parts)}.")
    named = np.concatenate([head.polygons[:, :3].ravel(), list(head.landmarks.values()), *head.parts.values()])
    if named.min() < 0 or max(named.max(), head.polygons.max()) >= len(head.positions):
        raise FacewrightError("The landmarks, parts or faces name vertices that the mesh does not have.")
    if not np.isfinite(head.positions).all():
        raise FacewrightError("The mesh has vertices whose positions are not finite numbers: mend it first.")
    if head.unit not in (*MM_PER_UNIT, RELATIVE):
        raise FacewrightError(f"{head.unit!r} is no unit: write {', '.join(MM_PER_UNIT)} or {RELATIVE}.")


def _placed(head: Topology) -> tuple[Rigid, float]:
    """The motion, in mm, into the head frame, and the millimetres of a unit."""
    at = {name: np.asarray(head.positions[vertex], dtype=np.float64) for name, vertex in head.landmarks.items()}
    motion, scale, misfit = reference_face().placing(at)
    if misfit > _LARGEST_MISFIT_MM:
        raise FacewrightError(
            f"The landmarks lie {misfit:.0f} mm from a face's: check that right and left are the subject's own, and "
            "that they were picked on this very mesh."
        )
    if head.unit == RELATIVE:
        return motion, scale
    declared = MM_PER_UNIT[head.unit]
    if not _PLAUSIBLE_SCALE[0] < declared / scale < _PLAUSIBLE_SCALE[1]:
        raise FacewrightError(
            f"In {head.unit} the face is {declared / scale:.2g} times as large as a face: give another unit, or "
            f"{RELATIVE} where the lengths are not real."
        )
    return reference_face().motion({name: declared * point for name, point in at.items()}), declared


def _skin(positions: np.ndarray, head: Topology) -> Skin:
    """The connected piece that the tip of the nose lies in."""
    whole = Skin(positions, head.polygons)
    own = whole.connected(whole.used, head.landmarks["prn"])
    if stray := sorted(name for name, vertex in head.landmarks.items() if not own[vertex]):
        raise FacewrightError(f"The landmarks {', '.join(stray)} are not on the skin: pick them on the face's surface.")
    return Skin(positions, head.polygons[own[head.polygons[:, 0]]])


def _faces_forward(skin: Skin, tip: int) -> bool:
    """Whether the faces about the tip of the nose look out of the face."""
    a, b, c = skin.positions[skin.faces[(skin.faces == tip).any(axis=1)][:, :3]].transpose(1, 0, 2)
    return float(np.cross(b - a, c - a)[:, 2].sum()) > 0.0


def _both_sides(skin: Skin, landmarks: Mapping[str, int], twin: np.ndarray | None) -> dict[str, int]:
    """All landmarks; where there are pairs the left side's are the right side's twins, the midline's in the middle."""
    points = dict(landmarks)
    if twin is None:
        if missing := [name for name in LANDMARKS if name not in points]:
            raise OneSided(f"The mesh's faces are not symmetric: pick {', '.join(missing)} on the left, too.")
        return points
    middle = np.flatnonzero(skin.used & (twin == np.arange(len(twin))))
    for name, vertex in landmarks.items():
        if name.endswith("_r"):
            points[f"{name[:-2]}_l"] = int(twin[vertex])
        elif name.endswith("_l") and f"{name[:-2]}_r" not in landmarks:
            points[f"{name[:-2]}_r"] = int(twin[vertex])
        elif not name.endswith("_l") and len(middle):
            away = np.linalg.norm(skin.positions[middle] - skin.positions[vertex], axis=1)
            points[name] = int(middle[away.argmin()])
    return points


def _shown(skin: Skin, points: Mapping[str, int], hidden: np.ndarray, twin: np.ndarray | None) -> dict[str, int]:
    """The landmarks, those in the corner of a slit moved to the nearest vertex that is not hidden behind it."""
    shown = np.flatnonzero(skin.used & ~hidden)
    visible = dict(points)
    for name, vertex in points.items():
        away = np.linalg.norm(skin.positions[shown] - skin.positions[vertex], axis=1)
        if away.min() > _BURIED_MM:
            raise FacewrightError(f"The landmark {name} lies where nobody sees it: pick it on the face's surface.")
        visible[name] = int(shown[away.argmin()])
    if twin is not None:
        visible |= {f"{name[:-2]}_l": int(twin[vertex]) for name, vertex in visible.items() if name.endswith("_r")}
    return visible


def _insides(
    skin: Skin, points: Mapping[str, int], painted: Mapping[str, np.ndarray], twin: np.ndarray | None
) -> dict[str, np.ndarray]:
    """Each component's vertices (n,) bool: painted, or what its outline holds on the reference face."""
    onto = reference_face().warp({name: skin.positions[vertex] for name, vertex in points.items()}, onto_face=True)
    there = onto(skin.positions)
    insides: dict[str, np.ndarray] = {}
    for outline in OUTLINES:
        if outline.name in painted:
            chosen = np.zeros(len(skin.positions), dtype=bool)
            chosen[painted[outline.name]] = True
            insides[outline.name] = _whole(outline.name, skin, chosen & skin.used, there)
        else:
            insides[outline.name] = skin.inside(outline, there)
    if twin is not None:
        insides["nose"] |= insides["nose"][twin]
        insides["mouth"] |= insides["mouth"][twin]
        if "eye_left" in painted and "eye_right" not in painted:
            insides["eye_right"] = insides["eye_left"][twin]
        insides["eye_left"] = insides["eye_right"][twin]
    for name, inside in insides.items():
        if not inside.any():
            raise FacewrightError(f"{name} holds no vertices: the mesh is too coarse there, or its landmarks wrong.")
    if (np.sum(list(insides.values()), axis=0) > 1).any():
        raise FacewrightError("Two parts share vertices: paint them apart.")
    return insides


def _whole(name: str, skin: Skin, painted: np.ndarray, there: np.ndarray) -> np.ndarray:
    """A painted component (n,) bool with the pockets behind it; there : (n, 3) mm, the skin on the reference face."""
    if painted.any() and not skin.connected(painted, int(painted.argmax()))[painted].all():
        raise FacewrightError(f"{name} is painted in several pieces: join them, or take all but one away.")
    return skin.filled(painted, there)


class _Places:
    """Vertices of the visible skin by where the reference face has them, picked landmarks apart."""

    def __init__(self, skin: Skin, points: Mapping[str, int], hidden: np.ndarray, twin: np.ndarray | None) -> None:
        self._positions, self._twin = skin.positions, twin
        free = skin.used & ~hidden
        free[list(points.values())] = False
        self._shown = np.flatnonzero(free)
        from_face = reference_face().warp({n: skin.positions[v] for n, v in points.items()}, onto_face=False)
        near = {name: reference_face().points[name] for name in ("sto",)}
        near["bridge"] = reference_face().extra["bridge"]
        self._at = dict(zip(near, from_face(np.stack(list(near.values()))), strict=True))
        far = (name for name in reference_face().extra if name != "bridge")  # beyond the warp's reach
        self._at |= {name: reference_face().extra[name] for name in far}

    def near(self, name: str) -> int:
        """The vertex nearest to a place, in the middle if the place is and the faces are symmetric."""
        candidates, at = self._shown, self._at[name]
        if self._twin is not None and not name.endswith("_r"):
            middle = candidates[self._twin[candidates] == candidates]
            candidates = middle if len(middle) else candidates
        return int(candidates[np.linalg.norm(self._positions[candidates] - at, axis=1).argmin()])

    def pair(self, name: str) -> tuple[int, int]:
        """The vertices nearest to a place on the right and on the left."""
        right = self.near(f"{name}_r")
        return right, int(self._twin[right]) if self._twin is not None else self.near(f"{name}_l")


def _stages(points: Mapping[str, int], places: _Places) -> dict[CodeName, tuple[int, ...]]:
    """Five vertices for each stage, as `train.anatomy.landmarks.stage_landmarks` has them."""
    named: dict[CodeName, tuple[int, ...]] = {
        "expression": tuple(points[name] for name in ("prn", "ex_r", "ex_l", "ch_r", "ch_l")),
        "nose": tuple(points[name] for name in ("n", "prn", "al_r", "al_l", "sn")),
        "eyes": (points["ex_r"], points["en_r"], places.near("bridge"), points["en_l"], points["ex_l"]),
        "mouth": (points["ch_r"], points["ls"], points.get("sto", places.near("sto")), points["li"], points["ch_l"]),
        "remainder": (places.near("forehead"), points["gn"], *places.pair("ear"), places.near("occiput")),
    }
    for stage, vertices in named.items():
        if len(set(vertices)) < len(vertices):
            raise FacewrightError(f"The mesh is too coarse to tell the {stage}'s landmarks apart: give a finer one.")
    return named
