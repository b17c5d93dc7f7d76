"""Make the face's normal map and roughness map that ship: python -m train.data.make_relief [--folder FOLDER].

Skin between its pores is a net of fine furrows, and lips have folds across (what dermatology calls the skin's relief:
Piérard et al. 2003, "Surface reflectance of skin"). Both are drawn as heights over the production topology's neutral
head, in millimetres, from seeds strewn over it, so that they are of one size wherever UVs are stretched; images then
hold the height's slopes in tangent space. Where skin is oily it is smoother, and lips are wet.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from PIL import Image
from scipy.spatial import cKDTree

from facewright.core.anatomy import bundled_anatomy
from facewright.core.atomic_file import write_atomically
from facewright.core.errors import exit_status
from facewright.core.exchange.skin_maps import NORMALS, ROUGHNESS
from facewright.core.production.complexion import lips
from facewright.core.production.texels import texel_points
from facewright.core.production.topology import SKIN, Topology, bundled_topology

_NORMAL_SIZE, _ROUGHNESS_SIZE = 2048, 256
"""Texels on a side: a pore takes four of the first."""

_APART_MM = 1.2
_PORE_MM, _PORE_DEPTH_MM = 0.26, 0.06
_FURROW_MM, _FURROW_DEPTH_MM = 0.16, 0.022
"""Pores lie so far apart; half their width, and half a furrow's, to 1/e; how deep both are where they are deepest."""

_FOLDS_MM, _FOLD_DEPTH_MM, _FOLD_BENDS_MM = (1.3, 2.3), 0.05, 0.6
"""From one fold of a lip to the next, coarse ones and fine ones, how deep they are, and how far they leave a line."""

_ELSEWHERE, _NECK = 0.5, 0.15
"""Shares of the depths: on the rest of the face, and below it."""

_ROUGH, _OILY, _WET = 0.58, 0.42, 0.3
"""Roughness of skin, of the forehead, nose and chin, and of lips."""

_ZONES = {"prn": (1.0, 13.0), "al_l": (1.0, 10.0), "al_r": (1.0, 10.0), "g": (0.7, 18.0), "pg": (0.7, 12.0)}
"""Where pores are large and skin is oily: a share at a landmark, and how far it reaches, σ in mm."""

_CHEEK_MM, _CHEEK = np.array([15.0, 6.0, -8.0]), (0.8, 14.0)
"""From an ala to the middle of a cheek's large pores, on the left; the same of these."""


@dataclass(frozen=True)
class Options:
    """Where the images go."""

    folder: Path = Path("resources/production")


def zones(topology: Topology, points: np.ndarray) -> np.ndarray:
    """How large pores are at points (n, 3), mm, of the neutral head: (n,) from 0 to 1."""
    places = bundled_anatomy(topology.name).points
    spots = [(topology.neutral[places[name]], *spot) for name, spot in _ZONES.items()]
    spots += [
        (topology.neutral[places[f"al_{side}"]] + _CHEEK_MM * (sign, 1.0, 1.0), *_CHEEK)
        for side, sign in (("l", 1.0), ("r", -1.0))
    ]
    shares = np.zeros(len(points))
    for middle, share, reach in spots:
        shares = np.maximum(shares, share * np.exp(-0.5 * ((points - middle) ** 2).sum(axis=1) / reach**2))
    return shares


def heights(topology: Topology, points: np.ndarray) -> np.ndarray:
    """The relief (n,) in mm at points (n, 3), mm, on the neutral head's skin: 0 where nothing is, less in what is."""
    away, _ = cKDTree(_seeds(topology)).query(points, k=2)
    pores = np.exp(-((away[:, 0] / _PORE_MM) ** 2))
    furrows = np.exp(-(((away[:, 1] - away[:, 0]) / _FURROW_MM) ** 2))
    red, chin = lips(topology, points), topology.neutral[bundled_anatomy(topology.name).points["gn"]]
    below = ((chin[1] - points[:, 1]) / 20.0).clip(0.0, 1.0)
    general = _ELSEWHERE + below * (_NECK - _ELSEWHERE)
    skin = (general + (1.0 - general) * zones(topology, points)) * (1.0 - red)
    folds = sum(_folded(points, mm) for mm in _FOLDS_MM)
    depth = skin * (_PORE_DEPTH_MM * pores + _FURROW_DEPTH_MM * furrows)
    return red * _FOLD_DEPTH_MM * folds - depth


def _folded(points: np.ndarray, apart_mm: float) -> np.ndarray:
    """Folds from above to below, −1 where they are deepest, which bend and end as they like: (n,) at points (n, 3)."""
    across, up = points[:, 0], points[:, 1]
    bend = _FOLD_BENDS_MM * np.sin(0.9 * up + 2.1 * np.sin(0.31 * across / apart_mm))
    own = 0.6 + 0.4 * np.sin(1.7 * across / apart_mm) * np.sin(0.5 * up + across)
    folds: np.ndarray = own * (np.abs(np.sin(np.pi * (across + bend) / apart_mm)) - 1.0)
    return folds


def roughness(topology: Topology, points: np.ndarray) -> np.ndarray:
    """How rough the skin is at points (n, 3), mm, of the neutral head: (n,) from 0, a mirror, to 1."""
    skin = _ROUGH + (_OILY - _ROUGH) * zones(topology, points)
    result: np.ndarray = skin + lips(topology, points) * (_WET - skin)
    return result


def tangent_normals(height: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Unit normals (h, w, 3) in tangent space: x to the right of the image, y up it, z out of the surface.

    height : (h, w) mm, rows downwards, NaN where there is nothing; points : (h, w, 3) mm, what each texel shows. No
    slope is where a neighbour is missing.
    """
    down, right = np.gradient(height)
    length_down, length_right = (np.linalg.norm(np.gradient(points, axis=axis), axis=2).clip(1e-6) for axis in (0, 1))
    normals = np.stack([-right / length_right, down / length_down, np.ones_like(height)], axis=2)
    normals = np.where(np.isfinite(normals).all(axis=2, keepdims=True), normals, [0.0, 0.0, 1.0])
    result: np.ndarray = normals / np.linalg.norm(normals, axis=2, keepdims=True)
    return result


def make_normals(topology: Topology, size: int) -> np.ndarray:
    """The normal map (size, size, 3) uint8."""
    rows, columns, points = _shown(topology, size)
    height, places = np.full((size, size), np.nan), np.full((size, size, 3), np.nan)
    height[rows, columns], places[rows, columns] = heights(topology, points), points
    return np.rint(127.5 + 127.5 * tangent_normals(height, places)).astype(np.uint8)


def make_roughness(topology: Topology, size: int) -> np.ndarray:
    """The roughness map (size, size) uint8, from 0 to 255."""
    rows, columns, points = _shown(topology, size)
    image = np.full((size, size), _ROUGH)
    image[rows, columns] = roughness(topology, points)
    return np.rint(255.0 * image).astype(np.uint8)


def _shown(topology: Topology, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    own = topology.polygons_of("skin")
    faces = topology.polygons[own], topology.uv_polygons[own]
    return texel_points(topology.neutral.astype(np.float64), topology.uv, *faces, size)


def _seeds(topology: Topology) -> np.ndarray:
    """Points (n, 3), mm, strewn over the neutral head's skin, hardly any of them closer than others."""
    rng = np.random.default_rng(0)
    own = topology.polygons[topology.polygons_of(*SKIN)]
    corners = topology.neutral.astype(np.float64)[np.concatenate([own[:, :3], own[own[:, 3] >= 0][:, [0, 2, 3]]])]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2.0
    many = int(4.0 * areas.sum() / _APART_MM**2)
    chosen = rng.choice(len(areas), many, p=areas / areas.sum())
    shares = rng.dirichlet(np.ones(3), many)
    points = np.einsum("nc,ncx->nx", shares, corners[chosen])
    tree, left = cKDTree(points), np.ones(many, dtype=bool)
    for one, another in tree.query_pairs(0.8 * _APART_MM, output_type="ndarray"):
        if left[one] and left[another]:
            left[another] = False
    return points[left]


def _png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def make(options: Options) -> None:
    """Write both images."""
    topology = bundled_topology()
    for name, pixels in (
        (NORMALS, make_normals(topology, _NORMAL_SIZE)),
        (ROUGHNESS, make_roughness(topology, _ROUGHNESS_SIZE)),
    ):
        write_atomically(options.folder / name, _png(pixels))
        sys.stdout.write(f"{options.folder / name}: {pixels.shape[1]} × {pixels.shape[0]} texels\n")


def main() -> int:
    """Run the command; the exit status."""
    return exit_status(lambda: make(tyro.cli(Options, prog="python -m train.data.make_relief", description=__doc__)))


if __name__ == "__main__":
    sys.exit(main())
