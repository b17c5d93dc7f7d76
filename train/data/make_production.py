"""Make the production mesh's topology that ships: python -m train.data.make_production ict:FOLDER [--out FILE].

From an ICT-FaceKit FaceXModel folder: faces and UVs, materials by the table of vertices in its README, the neutral
head, and its facial units as displacements, under the names that engines use. Nothing else in it is listed by hand.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from scipy.spatial import cKDTree

from facewright.core.anatomy import bundled_anatomy
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import exit_status
from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.production.engine_names import ENGINE_UNITS, TONGUE
from facewright.core.production.topology import FILE, Displacement, Topology, packed
from facewright.core.rigid import rigid
from facewright.train.data.ict_facekit import CREDIT, LICENCE, NAME, NEUTRAL, Morphs, read_morphs
from facewright.train.data.sources import ict_folder

_FIRST_VERTICES = {
    0: "skin", 9409: "skin_head", 11248: "mouth_socket", 13294: "eye_sockets", 14062: "gums_and_tongue",
    17039: "teeth", 21451: "sclera", 22221: "iris", 23021: "sclera", 23791: "iris", 24591: "lacrimal_fluid",
    24999: "eye_blend", 25047: "eye_occlusion", 25351: "lashes",
}  # fmt: skip
"""Where the vertices of each part begin, by ICT-FaceKit's README. A polygon is of the part of its last vertex."""

_EYES = ((21451, 22221, 23021), (23021, 23791, 24591))
"""Of each eye the first vertex of the outer ball, that of the inner one, and the end."""

_CORNEA_DEGREES = 27.0
"""How far off the eye's axis the cornea ends, as the iris behind it does."""

_PROBES = 300
_HANDLES = {
    "skin": 60, "skin_head": 50, "mouth_socket": 80, "eye_sockets": 24, "gums_and_tongue": 40, "teeth": 40,
    "sclera": 12, "iris": 12, "lacrimal_fluid": 0, "eye_blend": 0, "eye_occlusion": 0,
}  # fmt: skip
"""How many vertices of the skin tell how a person differs from the neutral head, and how many of each piece follow."""

_STILL_MM = 0.004
"""What moves less does not move: the archive of the morphs is as exact."""

_TONGUE_MM = (38.0, 88.0)
"""z of the tongue's root and of its tip."""

_FLOOR_MM = -45.0
"""y of the mouth's floor beside the tongue."""

_NECK_MM = 3.0
"""So near to where a head's neck is cut its surface is rounded off."""


def make_topology(morphs: Morphs, uv: np.ndarray, uv_polygons: np.ndarray) -> Topology:
    """The topology of ICT-FaceKit's folder; uv (T, 2) and uv_polygons (P, 4), its texture coordinates."""
    neutral, polygons = morphs.neutral, morphs.polygons
    firsts, names = np.array([*_FIRST_VERTICES]), [*_FIRST_VERTICES.values()]
    materials = (*dict.fromkeys(names), "cornea")
    number = np.array([materials.index(name) for name in names])
    material = number[np.searchsorted(firsts, polygons.max(axis=1), side="right") - 1]
    for first, inner_first, end in _EYES:
        degrees = _off_axis(neutral, slice(first, inner_first))[polygons].max(axis=1, initial=0.0, where=polygons >= 0)
        within = (polygons[:, 0] >= first) & (polygons[:, 0] < end)
        white = material == materials.index("sclera")
        material[within & white & (degrees < _CORNEA_DEGREES)] = materials.index("cornea")
    on_surface = _on_surface(neutral)
    probes = _spread(neutral, np.flatnonzero(on_surface), _PROBES)
    handles = np.concatenate([_spread(neutral, piece, count) for piece, count in _pieces(on_surface)])
    units = dict(zip(morphs.names, morphs.morphs, strict=True))
    shapes = {name: sum(units[unit] for unit in of) for name, of in ENGINE_UNITS.items() if of}
    jaw = _jaw(neutral, shapes["jawOpen"])
    shapes[TONGUE] = _tongue_out(neutral, jaw)
    return Topology(
        name="ict_facekit",
        polygons=polygons,
        uv=uv.astype(np.float32),
        uv_polygons=uv_polygons.astype(np.int32),
        materials=materials,
        material=material.astype(np.uint8),
        neutral=neutral,
        on_surface=on_surface,
        jaw=jaw,
        shapes={name: _sparse(shapes[name]) for name in ENGINE_UNITS},
        probes=probes,
        handles=handles,
        variation=morphs.identities[:, np.concatenate([probes, handles])],
        credit=f"{NAME}'s topology, UVs and facial units: {LICENCE}. {CREDIT}.",
    )


def _off_axis(neutral: np.ndarray, ball: slice) -> np.ndarray:
    """Degrees (V,) between an eye's axis, from its centre to the top of its cornea, and each vertex seen from there.

    ball : its outer ball's vertices; the centre is that of the sphere that the back of it is.
    """
    outer = neutral[ball].astype(np.float64)
    back = outer[outer[:, 2] < outer[:, 2].mean()]
    rows = np.column_stack([2.0 * back, np.ones(len(back))])
    *centre, _ = np.linalg.lstsq(rows, (back**2).sum(axis=1))[0]
    out = neutral - centre
    far = np.linalg.norm(out[ball], axis=1)
    axis = out[ball][far > 0.995 * far.max()].mean(axis=0)
    cosine = out @ axis / np.linalg.norm(out, axis=1) / np.linalg.norm(axis)
    return np.degrees(np.arccos(cosine.clip(-1.0, 1.0)))


def _pieces(on_surface: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """The pieces that the skin carries along, vertices (n,), and how many handles each gets."""
    firsts, ends = [*_FIRST_VERTICES], [*_FIRST_VERTICES][1:]
    pieces = [np.arange(first, end) for first, end in zip(firsts, ends, strict=False)]
    return [(piece[~on_surface[piece]], _HANDLES[_FIRST_VERTICES[piece[0]]]) for piece in pieces]


def _spread(neutral: np.ndarray, among: np.ndarray, count: int) -> np.ndarray:
    """So many of the vertices `among` (n,), each as far from those before it as can be."""
    points = neutral[among]
    if not count:
        return among[:0]
    chosen = [0]
    away = np.linalg.norm(points - points[0], axis=1)
    for _ in range(count - 1):
        chosen.append(int(away.argmax()))
        away = np.minimum(away, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return np.sort(among[chosen])


def _on_surface(neutral: np.ndarray) -> np.ndarray:
    """Which vertices (V,) a closed head has."""
    closing = bundled_anatomy("ict_facekit").closing
    mask = np.zeros(len(neutral), dtype=bool)
    mask[slice(*closing.skin)] = True
    mask[closing.hidden] = False
    above: np.ndarray = mask & ((neutral - closing.neck_point) @ closing.neck_normal < -_NECK_MM)
    return above


def _jaw(neutral: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """The share (V,) float32 with which the jaw carries vertices: of a rigid motion, that of the lower teeth."""
    teeth = np.arange(17039, 21451)
    lower = teeth[np.linalg.norm(opened[teeth], axis=1) > np.linalg.norm(opened[teeth], axis=1).max() / 2.0]
    whole = (
        rigid(neutral[lower].astype(np.float64), (neutral + opened)[lower].astype(np.float64))(
            neutral.astype(np.float64)
        )
        - neutral
    )
    share = (opened * whole).sum(axis=1) / np.square(whole).sum(axis=1)
    return share.clip(0.0, 1.0).astype(np.float32)


def _tongue_out(neutral: np.ndarray, jaw: np.ndarray) -> np.ndarray:
    """Displacements (V, 3) of a tongue that is put out over the lower teeth; the data set has none.

    It is what of the lower gums lies off the teeth. The further in front, the further it goes: forwards, over the
    teeth, and at its tip down again.
    """
    first, teeth, end = 14062, 17039, 21451
    gums, lower = np.arange(first, teeth), np.arange(teeth, end)[jaw[teeth:end] > 0.5]
    off_teeth, _ = cKDTree(neutral[lower]).query(neutral[gums])
    back, tip = _TONGUE_MM
    _, height, depth = neutral[gums].T
    share = _smooth((depth - back) / (tip - back)) * _smooth((off_teeth - 2.0) / 5.0) * (jaw[gums] > 0.5)
    share *= _smooth((height - _FLOOR_MM) / 6.0) * _smooth((tip + 6.0 - depth) / 4.0)  # not the gums about the teeth
    moved = np.zeros_like(neutral)
    moved[gums, 2] = 32.0 * share
    moved[gums, 1] = 14.0 * share - 16.0 * share**4
    return moved


def _smooth(share: np.ndarray) -> np.ndarray:
    """From 0 to 1 without a kink."""
    within = share.clip(0.0, 1.0)
    step: np.ndarray = within * within * (3.0 - 2.0 * within)
    return step


def _sparse(moved: np.ndarray) -> Displacement:
    """The vertices that are moved (V, 3)."""
    vertices = np.flatnonzero(np.abs(moved).max(axis=1) > _STILL_MM)
    return Displacement(vertices, moved[vertices].astype(np.float32))


def _texture(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Texture coordinates (T, 2) and those of each polygon's corners (P, 4), -1 last in a triangle."""
    lines = file.read_text().splitlines()
    uv = np.array([line.split()[1:3] for line in lines if line.startswith("vt ")], dtype=np.float64)
    faces = [[int(corner.split("/")[1]) - 1 for corner in line.split()[1:]] for line in lines if line.startswith("f ")]
    return uv, np.array([face + [-1] * (4 - len(face)) for face in faces])


@dataclass(frozen=True)
class Arguments:
    """Make the production mesh's topology that ships."""

    source: tyro.conf.Positional[str]
    """ict:FOLDER, an ICT-FaceKit FaceXModel folder."""
    out: Path = Path("resources/production") / FILE
    """The file to write."""


def make(arguments: Arguments) -> None:
    """Make and write; FacewrightError if the source cannot be read."""
    folder = ict_folder(arguments.source)
    topology = make_topology(read_morphs(folder, FACIAL_UNITS), *_texture(folder / NEUTRAL))
    write_atomically(arguments.out, packed(topology))


def main() -> int:
    """Run the command; the exit status."""
    return exit_status(lambda: make(tyro.cli(Arguments, prog="python -m train.data.make_production")))


if __name__ == "__main__":
    sys.exit(main())
