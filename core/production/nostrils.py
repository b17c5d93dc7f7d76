"""How dark the nostrils of a production mesh are, which end flat where a nose goes on."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import igl
import numpy as np

from facewright.core.anatomy import bundled_anatomy
from facewright.core.normals import vertex_normals
from facewright.core.production.topology import SKIN

if TYPE_CHECKING:
    from facewright.core.production.topology import Topology

_REACH_MM = 32.0
"""About the middle between subnasale and tip: as deep as nostrils go."""
_RAYS, _OFF_MM = 200, 1e-3
_OPEN = 0.5
"""Where so much of the sky is seen a nose is lit as it is anyway. Where less is, light goes by its square."""


class Nostrils(NamedTuple):
    """vertices : (n,) int64, of the underside of a nose; light : (n,) float64, from 0 to 1, no more reaches them."""

    vertices: np.ndarray
    light: np.ndarray


@lru_cache(maxsize=1)
def nostrils(topology: Topology) -> Nostrils:
    """By rays on the neutral head, half a second once: the share of the sky that each vertex sees."""
    polygons = topology.polygons[topology.polygons_of(*SKIN)]
    faces = np.concatenate([polygons[:, :3], polygons[polygons[:, 3] >= 0][:, [0, 2, 3]]])
    places, neutral = bundled_anatomy(topology.name).points, topology.neutral.astype(np.float64)
    middle = (neutral[places["sn"]] + neutral[places["prn"]]) / 2.0
    skin = topology.vertices_of(*SKIN)
    own = skin[np.linalg.norm(neutral[skin] - middle, axis=1) < _REACH_MM]
    normals = vertex_normals(topology.neutral, faces.astype(np.int32)).astype(np.float64)[own]
    hidden = igl.ambient_occlusion(neutral, faces.astype(np.int64), neutral[own] + _OFF_MM * normals, normals, _RAYS)
    return Nostrils(own, ((1.0 - np.asarray(hidden)) / _OPEN).clip(0.0, 1.0) ** 2)
