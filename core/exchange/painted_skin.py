"""The image of a production mesh's face: the skin's tone, with lips and brows where the screen has them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.ndimage import distance_transform_edt

from facewright.core.production.complexion import Tone, is_painted, skin_colours
from facewright.core.production.topology import bundled_topology
from facewright.core.production.untangled import ring_about

SIZE = 1024
"""Texels on a side; the face takes five a millimetre."""

_BEYOND = 16
"""So many texels about an island are coloured like its rim: programs that blend texels read them too."""

_A_TEXEL = 1.5
"""Samples along a texel, so that none is left out."""


@lru_cache(maxsize=2)
def painted_skin(tone: Tone) -> np.ndarray:
    """The image (SIZE, SIZE, 3) uint8, sRGB, its first row on top (v = 1)."""
    topology = bundled_topology()
    neutral = topology.neutral.astype(np.float64)
    own = topology.polygons_of("skin")
    there = np.zeros(len(neutral), dtype=bool)
    there[topology.vertices_of("skin")] = is_painted(topology, neutral[topology.vertices_of("skin")])
    there = ring_about(there, topology.polygons[own], 1)
    polygons = own[(there[topology.polygons[own]] & (topology.polygons[own] >= 0)).any(axis=1)]
    rows, columns, points = _texels(neutral, topology.uv, topology.polygons[polygons], topology.uv_polygons[polygons])
    image = np.tile(np.asarray(tone.skin), (SIZE, SIZE, 1))
    image[rows, columns] = skin_colours(topology, points, tone)
    blank = np.ones((SIZE, SIZE), dtype=bool)
    blank[rows, columns] = False
    away, nearest = distance_transform_edt(blank, return_indices=True)
    beyond = blank & (away <= _BEYOND)
    image[beyond] = image[tuple(nearest[:, beyond])]
    return np.rint(255.0 * image).astype(np.uint8)


def _texels(
    vertices: np.ndarray, uv: np.ndarray, polygons: np.ndarray, uv_polygons: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns (n,) of the texels that polygons (P, 4) cover, each once, and a point (n, 3) of theirs."""
    split = [[0, 1, 2], [0, 2, 3]]
    whole = np.column_stack([np.ones(len(polygons), dtype=bool), polygons[:, 3] >= 0]).reshape(-1)
    corners, places = (each[:, split].reshape(-1, 3)[whole] for each in (polygons, uv_polygons))
    at = SIZE * (uv[places] % 1.0).astype(np.float64)
    longest = np.linalg.norm(at - np.roll(at, 1, axis=1), axis=2).max()
    steps = int(np.ceil(_A_TEXEL * longest))
    first, second = np.triu_indices(steps + 1)
    shares = np.stack([first, second - first, steps - second], axis=1) / steps
    across, up = np.einsum("sc,tcx->xts", shares, at).reshape(2, -1).astype(np.int64).clip(0, SIZE - 1)
    _, once = np.unique(up * SIZE + across, return_index=True)
    triangle, share = np.divmod(once, len(shares))
    points = np.einsum("nc,ncx->nx", shares[share], vertices[corners[triangle]])
    return SIZE - 1 - up[once], across[once], points
