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

from facewright.core.anatomy import bundled_anatomy
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import FacewrightError
from facewright.core.production.engine_names import ENGINE_UNITS
from facewright.core.production.topology import FILE, Displacement, Topology, packed
from facewright.core.rigid import rigid
from facewright.core.units import UNITS
from facewright.train.data.ict_facekit import CREDIT, LICENCE, NAME, NEUTRAL, Morphs, read_morphs
from facewright.train.data.sources import ict_folder

_FIRST_VERTICES = {
    0: "skin", 9409: "skin_head", 11248: "mouth_socket", 13294: "eye_sockets", 14062: "gums_and_tongue",
    17039: "teeth", 21451: "sclera", 22221: "iris", 23021: "sclera", 23791: "iris", 24591: "lacrimal_fluid",
    24999: "eye_blend", 25047: "eye_occlusion", 25351: "lashes",
}  # fmt: skip
"""Where the vertices of each part begin, by ICT-FaceKit's README. A polygon is of the part of its last vertex."""

_CORNEA = 0.5
"""The cornea is where the outer eyeball bulges by more than this share of the most that it does."""

_STILL_MM = 0.004
"""What moves less does not move: the archive of the morphs is as exact."""

_NECK_MM = 3.0
"""So near to where a head's neck is cut its surface is rounded off."""


def make_topology(morphs: Morphs, uv: np.ndarray, uv_polygons: np.ndarray) -> Topology:
    """The topology of ICT-FaceKit's folder; uv (T, 2) and uv_polygons (P, 4), its texture coordinates."""
    neutral, polygons = morphs.neutral, morphs.polygons
    firsts, names = np.array([*_FIRST_VERTICES]), [*_FIRST_VERTICES.values()]
    materials = (*dict.fromkeys(names), "cornea")
    number = np.array([materials.index(name) for name in names])
    material = number[np.searchsorted(firsts, polygons.max(axis=1), side="right") - 1]
    for first, last in ((21451, 22221), (23021, 23791)):
        bulge = _bulge(neutral[first:last])
        of_eye = (polygons.min(axis=1, initial=len(neutral), where=polygons >= 0) >= first) & (
            polygons.max(axis=1) < last
        )
        front = np.array([bulge[row[row >= 0] - first].mean() for row in polygons[of_eye]]) > _CORNEA
        material[np.flatnonzero(of_eye)[front]] = materials.index("cornea")
    units = dict(zip(morphs.names, morphs.morphs, strict=True))
    shapes = {name: sum(units[unit] for unit in of) for name, of in ENGINE_UNITS.items() if of}
    return Topology(
        name="ict_facekit",
        polygons=polygons,
        uv=uv.astype(np.float32),
        uv_polygons=uv_polygons.astype(np.int32),
        materials=materials,
        material=material.astype(np.uint8),
        neutral=neutral,
        on_surface=_on_surface(neutral),
        jaw=_jaw(neutral, shapes["jawOpen"]),
        shapes={name: _sparse(moved) for name, moved in shapes.items()},
        credit=f"{NAME}'s topology, UVs and facial units: {LICENCE}. {CREDIT}.",
    )


def _bulge(eye: np.ndarray) -> np.ndarray:
    """How far vertices (n, 3) lie out of the sphere of an eyeball's back, as a share of the most, (n,)."""
    back = eye[eye[:, 2] < eye[:, 2].mean()].astype(np.float64)
    rows = np.column_stack([2.0 * back, np.ones(len(back))])
    *centre, rest = np.linalg.lstsq(rows, (back**2).sum(axis=1))[0]
    out = np.linalg.norm(eye - centre, axis=1) - np.sqrt(rest + np.square(centre).sum())
    bulge: np.ndarray = out / out.max()
    return bulge


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


def main() -> None:
    """Run the command; exits 1 with one sentence if it cannot."""
    arguments = tyro.cli(Arguments, prog="python -m train.data.make_production")
    try:
        folder = ict_folder(arguments.source)
        topology = make_topology(read_morphs(folder, UNITS), *_texture(folder / NEUTRAL))
        write_atomically(arguments.out, packed(topology))
    except FacewrightError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
