"""The image of a production mesh's face: the skin's tone, with lips and brows where the screen has them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.ndimage import distance_transform_edt

from facewright.core.production.complexion import Tone, is_painted, skin_colours
from facewright.core.production.texels import texel_points
from facewright.core.production.topology import bundled_topology
from facewright.core.production.untangled import ring_about

SIZE = 1024
"""Texels on a side; the face takes five a millimetre."""

_BEYOND = 16
"""So many texels about an island are coloured like its rim: programs that blend texels read them too."""


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
    faces = topology.polygons[polygons], topology.uv_polygons[polygons]
    rows, columns, points = texel_points(neutral, topology.uv, *faces, SIZE)
    image = np.tile(np.asarray(tone.skin), (SIZE, SIZE, 1))
    image[rows, columns] = skin_colours(topology, points, tone, hairs=True)
    blank = np.ones((SIZE, SIZE), dtype=bool)
    blank[rows, columns] = False
    away, nearest = distance_transform_edt(blank, return_indices=True)
    beyond = blank & (away <= _BEYOND)
    image[beyond] = image[tuple(nearest[:, beyond])]
    return np.rint(255.0 * image).astype(np.uint8)
