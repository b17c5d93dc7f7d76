"""How much light reaches each vertex of a production mesh: folds, nostrils, eyes under their lids, and open mouths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.anatomy import bundled_anatomy
from facewright.core.openness import openness
from facewright.core.production.followers import bundled_followers
from facewright.core.production.nostrils import nostrils
from facewright.core.production.topology import SKIN

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.production.production_mesh import ProductionMesh
    from facewright.core.production.topology import Topology

_TRUSTED, _BESIDE_MM = 0.7, 6.0
"""Share of the surroundings, about so wide, up to which the field tells nothing of light."""
_IN_NOSTRIL = 0.006
"""How much light reaches the end of a nostril."""
_UNDER_UPPER, _OVER_LOWER = (0.6, 4.0), (0.3, 2.0)
"""How much light of an eye each lid takes at its margin, and within how many mm."""
_IN_MOUTH, _FADES_MM = 0.1, 11.0
"""How much light reaches the inside of an open mouth at least; how far behind its front teeth the rest falls to 1/e."""
_BARELY, _OPEN_MM = 0.03, (5.0, 9.0)
"""How much of that passes lips that are barely parted, as those of a neutral head are; how far apart they are when more
passes, and all of it."""


def light_on(model: HeadModel, parameters: Parameters, made: ProductionMesh) -> np.ndarray:
    """How much light reaches each vertex (V,); the field tells nothing of folds where it is not the skin."""
    light = np.ones(len(made.vertices))
    skin = made.topology.vertices_of(*SKIN)
    found = openness(model.field(parameters), made.vertices[skin], made.normals[skin])
    share = ((_widely_on(made)[skin] - _TRUSTED) / (1.0 - _TRUSTED)).clip(0.0, 1.0)
    light[skin] = 1.0 - share * (1.0 - found)
    dark = nostrils(made.topology)
    light[dark.vertices] = np.minimum(light[dark.vertices], dark.light.clip(min=_IN_NOSTRIL))
    eyes, lids = made.topology.vertices_of("sclera", "iris"), bundled_followers(made.topology).lids
    for margins, taken, wide in ((lids.upper, *_UNDER_UPPER), (lids.lower, *_OVER_LOWER)):
        away = cKDTree(made.vertices[np.concatenate(margins)]).query(made.vertices[eyes])[0]
        light[eyes] *= 1.0 - taken * np.exp(-((away / wide) ** 2))
    passes = _passes_lips(made)
    light[made.topology.vertices_of("mouth_socket")] = passes * _IN_MOUTH
    inside, reaches = mouth_light(made.topology, made.vertices)
    light[inside] = passes * reaches
    return light


def mouth_light(topology: Topology, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which vertices (n,) are of teeth, gums and tongue; how much of the light that passes the lips reaches each, (n,).

    It falls behind the front teeth.
    """
    inside, front = topology.vertices_of("gums_and_tongue", "teeth"), vertices[topology.vertices_of("teeth"), 2].max()
    fades = np.exp((vertices[inside, 2] - front).clip(max=0.0) / _FADES_MM)
    return inside, _IN_MOUTH + (1.0 - _IN_MOUTH) * fades


def _passes_lips(made: ProductionMesh) -> float:
    """The share of the light that passes between the lips, by how far they are parted."""
    openings = bundled_anatomy(made.topology.name).closing.openings
    [mouth] = (opening for opening in openings if opening.component == "mouth")
    parted = np.linalg.norm(made.vertices[mouth.upper] - made.vertices[mouth.lower], axis=1).max()
    return float(np.interp(parted, _OPEN_MM, (_BARELY, 1.0)))


def _widely_on(made: ProductionMesh) -> np.ndarray:
    """How far the surroundings of each vertex go along with the model's surface, (V,): its folds darken beside it."""
    if (made.on_surface == 1.0).all():
        return made.on_surface
    welded, wide = bundled_followers(made.topology).welded, made.on_surface.astype(np.float64)
    wide[welded.vertices] = welded.smoothed(wide[welded.vertices], _BESIDE_MM)
    return wide
