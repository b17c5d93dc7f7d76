"""Make the anatomy of ICT-FaceKit's topology: python -m train.make_anatomy ict:FOLDER [--out FILE].

Nothing is listed by hand. A part is what its smooth outline (train.outlines) holds of the skin in front; landmarks
are extrema of the neutral surface near the data set's 68 standard ones (train.landmarks); margins of lids and lips
are edge loops counted from the skin's openings. `python -m editor.anatomy_picture` draws what came of it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tyro
from scipy import sparse
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from core.anatomy import Anatomy, Closing, Component, Opening
from core.errors import FacewrightError
from train.caps import boundary_loops, fit_sphere, margins
from train.heads import ict_folder
from train.ict_facekit import MM_PER_UNIT, VERTICES, read_neutral
from train.landmarks import find_points, stage_landmarks
from train.outlines import OUTLINES, Outline

if TYPE_CHECKING:
    from collections.abc import Sequence


SKIN = (0, 11248)
EYEBALLS = (21451, 24591)
COLLAR_MM = 12.0
HIDDEN_RINGS = {"eye_right": 1, "eye_left": 1, "mouth": 7}
"""Rings of faces behind lids and lips that are left out, so that membranes start where lids and lips meet."""

NECK_POINT = (0.0, -122.0, 43.0)
NECK_NORMAL = (0.0, -0.970, -0.242)
"""The neck's cut, mm: below the chin in front, up at the nape."""

FRONT_MM = 60.0
"""Parts lie in front of this z, mm."""

SHOULDERS_MM = -100.0
"""Only the shoulders' opening lies below this y, mm."""

EYEBALL_SAMPLES = 40
"""About how many vertices of an eyeball are kept: a sphere needs few."""


class _Skin:
    """The neutral skin: positions, faces and the graph of its edges and faces' diagonals."""

    def __init__(self, positions: np.ndarray, polygons: np.ndarray) -> None:
        """positions : (Vs, 3) mm; polygons : (P, 4) int32 of the whole mesh."""
        self.positions = positions[SKIN[0] : SKIN[1]].astype(np.float64)
        self.faces = polygons[(polygons >= SKIN[0]).all(1) & (polygons < SKIN[1]).all(1)] - SKIN[0]  # quads only
        pairs = np.concatenate([self.faces[:, [i, j]] for i in range(4) for j in range(i)])
        lengths = np.linalg.norm(self.positions[pairs[:, 0]] - self.positions[pairs[:, 1]], axis=1)
        count = len(self.positions)
        graph = sparse.coo_array((lengths, (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
        self.graph = graph.maximum(graph.T)

    def mirror(self) -> np.ndarray:
        """Each vertex's twin across x = 0, (n,) int64; FacewrightError if the mesh is not symmetric."""
        distance, twin = cKDTree(self.positions).query(self.positions * [-1, 1, 1])
        if distance.max() > 0.1 or not np.array_equal(twin[twin], np.arange(len(twin))):
            raise FacewrightError("The neutral mesh is not left-right symmetric: it is not ICT-FaceKit's.")
        return twin.astype(np.int64)

    def rings(self, loop: np.ndarray) -> np.ndarray:
        """Number of faces between each vertex and the loop, (n,) int64, up to the most that is ever hidden."""
        most = max(HIDDEN_RINGS.values())
        ring = np.full(len(self.positions), most)
        ring[loop] = 0
        for step in range(1, most):
            touched = np.unique(self.faces[(ring[self.faces] < step).any(axis=1)])
            ring[touched] = np.minimum(ring[touched], step)
        return ring


def make_anatomy(positions: np.ndarray, polygons: np.ndarray, standard: Sequence[int]) -> Anatomy:
    """The anatomy from the neutral mesh.

    positions : (26719, 3) mm; polygons : (P, 4) int32; standard : the 68 landmarks' vertices in iBUG order.
    """
    skin = _Skin(positions, polygons)
    mirror = skin.mirror()
    openings, hidden = _openings(skin, positions)
    points = find_points(skin.positions, skin.faces, np.array(standard), mirror)
    return Anatomy(
        name="ict_facekit",
        vertex_count=VERTICES,
        unit="cm",
        mm_per_unit=MM_PER_UNIT,
        components=_components(skin, hidden),
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


def _components(skin: _Skin, hidden: np.ndarray) -> tuple[Component, ...]:
    """The components their outlines draw, with rims and collars, without the hidden vertices."""
    insides = [_inside(skin, outline) for outline in OUTLINES]
    taken = np.any(insides, axis=0) | hidden
    components = []
    for outline, inside in zip(OUTLINES, insides, strict=True):
        mixed = skin.faces[inside[skin.faces].any(axis=1) & ~inside[skin.faces].all(axis=1)]
        rim = np.intersect1d(mixed, np.flatnonzero(inside))
        away = dijkstra(skin.graph, indices=rim, min_only=True)
        collar = np.flatnonzero((away <= COLLAR_MM) & ~taken)
        components.append(Component(outline.name, outline.part, np.flatnonzero(inside & ~hidden), rim, collar))
    return tuple(components)


def _inside(skin: _Skin, outline: Outline) -> np.ndarray:
    """Skin vertices (n,) bool of a part: connected to its centre inside the outline, pockets behind it filled."""
    held = outline.holds(skin.positions) & (skin.positions[:, 2] > FRONT_MM)
    nearest = np.linalg.norm(skin.positions - outline.centre, axis=1)
    seed = np.flatnonzero(held)[np.argmin(nearest[held])]
    region = _connected(skin, held, seed)
    outside = _connected(skin, ~region, int(skin.positions[:, 2].argmin()))
    return ~outside


def _connected(skin: _Skin, allowed: np.ndarray, seed: int) -> np.ndarray:
    """The vertices (n,) bool that can be reached from `seed` along edges between allowed ones."""
    keep = np.flatnonzero(allowed)
    _, label = connected_components(skin.graph[keep][:, keep], directed=False)
    reached = np.zeros(len(allowed), dtype=bool)
    reached[keep[label == label[np.searchsorted(keep, seed)]]] = True
    return reached


def _openings(skin: _Skin, positions: np.ndarray) -> tuple[tuple[Opening, ...], np.ndarray]:
    """Eyes' and mouth's openings, and which skin vertices behind their margins are hidden, (n,) bool."""
    ring = {name: skin.rings(loop) for name, loop in _loops(skin.faces, skin.positions).items()}
    hidden = np.any([ring[name] < steps for name, steps in HIDDEN_RINGS.items()], axis=0)
    ends = _loops(skin.faces[~hidden[skin.faces].any(axis=1)], skin.positions)
    openings = [
        Opening(name, *margins(ends[name], skin.positions), _eyeball(positions, name)) for name in HIDDEN_RINGS
    ]
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
    sphere = np.ones(len(vertices), dtype=bool)
    for tolerance in (2.0, 1.0, 0.5, 0.3, 0.2, 0.15):  # let go of iris and cornea bit by bit
        for _ in range(5):
            centre, radius = fit_sphere(positions[vertices[sphere]])
            sphere = np.abs(np.linalg.norm(positions[vertices] - centre, axis=1) - radius) < tolerance
    return vertices[sphere][:: max(1, int(sphere.sum()) // EYEBALL_SAMPLES)]


@dataclass(frozen=True)
class Arguments:
    """Make the anatomy of ICT-FaceKit's topology."""

    source: tyro.conf.Positional[str]
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder."""
    out: Path = Path("resources/anatomy/ict_facekit.json")
    """The file to write."""


def main() -> None:
    """Run the command; exits 1 with one sentence if it cannot."""
    arguments = tyro.cli(Arguments, prog="python -m train.make_anatomy")
    try:
        make_anatomy(*read_neutral(ict_folder(arguments.source))).save(arguments.out)
    except FacewrightError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
