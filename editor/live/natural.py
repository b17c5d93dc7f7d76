"""A head that looks back: the production mesh with skin, lips, brows, eyes and teeth in their own colours."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from facewright.core.mesh import Mesh
from facewright.core.normals import vertex_normals
from facewright.core.openness import openness
from facewright.core.production.eyes import Eyes, looking
from facewright.core.production.lashes import COLOUR, ribbons
from facewright.core.production.production_mesh import production_mesh
from facewright.core.production.topology import SKIN
from facewright.editor.viewport.painting import Drawable
from facewright.editor.viewport.shading import GAMMA
from facewright.editor.viewport.skin import IRISES, TONES

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.production.topology import Topology
    from facewright.editor.viewport.shading import Colour
    from facewright.editor.viewport.skin import Look

_SEEN = (*SKIN, "mouth_socket", "gums_and_tongue", "teeth", "sclera", "iris")
"""Materials that are drawn: clear ones are not, and lashes as hairs, since their cards are nothing without an image."""

_PLAIN = {
    "mouth_socket": (0.26, 0.09, 0.08),
    "gums_and_tongue": (0.55, 0.24, 0.23),
    "teeth": (0.80, 0.77, 0.68),
    "sclera": (0.90, 0.87, 0.84),
}
_PUPIL, _LIMBUS = 0.36, 0.86
"""Shares of an iris' radius: where its pupil ends, and where its dark ring begins."""
_IRIS_MM = 6.0
"""Radius of most people's irises."""
_DEEP_MM = 6.0
"""What of an eye lies no further behind the front of its iris may be of the iris."""
_LIP_MM, _CORNER_MM = 11.3, 4.5
"""From where lips are welded to the inside of the mouth to where their red ends, in the middle and at the corners."""
_LIP_SHARE = 0.75
"""Of their red, so that lips are not painted."""
_BROW_MM = 3.6
"""Half the height of a brow."""


def natural(model: HeadModel, parameters: Parameters, look: Look) -> Drawable:
    """A head as a living one. Raises FacewrightError if its model has no production mesh."""
    made = looking(production_mesh(model, parameters), eyes_of(look))
    topology, vertices = made.topology, made.vertices
    faces = _faces(topology)
    colours = _colours(topology, _regions(model, topology), look)
    skin = topology.vertices_of(*SKIN)
    light = openness(model.field(parameters), vertices[skin], made.normals[skin])
    light = 1.0 - made.on_surface[skin] * (1.0 - light)  # the field tells nothing of folds where it is not the skin
    colours[skin] *= light[:, None] ** (1.0 / GAMMA)
    hair = ribbons(topology)
    faces = np.concatenate([faces, hair.faces + np.int32(len(vertices))])
    vertices = np.concatenate([vertices, (hair.places @ vertices).astype(np.float32)])
    colours = np.concatenate([colours, np.tile(COLOUR, (hair.places.shape[0], 1))])
    return Drawable(
        Mesh(vertices, faces), vertex_normals(vertices, faces), np.rint(255.0 * colours.clip(0.0, 1.0)).astype(np.uint8)
    )


def eyes_of(look: Look) -> Eyes:
    """Its eyes, as exports have them."""
    return Eyes(look.up, look.left, look.converge, IRISES[look.iris], look.iris_size)


@lru_cache(maxsize=1)
def _faces(topology: Topology) -> np.ndarray:
    """The triangles (F, 3) int32 that are drawn."""
    own = topology.polygons[topology.polygons_of(*_SEEN)]
    a, b, c, d = own.T
    triangles = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)[d >= 0]])
    return np.ascontiguousarray(triangles, dtype=np.int32)


def _regions(model: HeadModel, topology: Topology) -> tuple[np.ndarray, np.ndarray]:
    """How much each vertex is of a lip, and of a brow: two (V,) float64, 0 to 1, on the topology's own head."""
    neutral = topology.neutral.astype(np.float64)
    skin = topology.vertices_of(*SKIN)
    lips, brows = np.zeros(len(neutral)), np.zeros(len(neutral))
    rim = np.intersect1d(skin, topology.vertices_of("mouth_socket"))
    away, _ = cKDTree(neutral[rim]).query(neutral[skin])
    wide = np.abs(neutral[rim, 0]).max() + _CORNER_MM
    middle = np.sqrt(np.clip(1.0 - (neutral[skin, 0] / wide) ** 2, 0.0, 1.0))
    lips[skin] = _fading(away / (_CORNER_MM + (_LIP_MM - _CORNER_MM) * middle), 0.7, 1.0)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        names = [f"{name}_{side}" for name in ("en", "sci", "ex")]
        if not all(name in model.points for name in names):
            continue
        inner, top, outer = (model.points[name].astype(np.float64) for name in names)
        line = np.array(
            [[inner[0] - sign * 2.0, top[1] - 4.0], [top[0], top[1] - 1.0], [outer[0] + sign * 5.0, top[1] - 5.0]]
        )
        along = np.concatenate([np.linspace(a, b, 20) for a, b in pairwise(line)])
        front = skin[neutral[skin, 2] > inner[2] - 25.0]
        off, place = cKDTree(along).query(neutral[front, :2])
        thin = _BROW_MM * (1.0 - 0.5 * place / len(along))
        brows[front] = np.maximum(brows[front], 0.8 * _fading(off / thin, 0.5, 1.3))
    return lips, brows


def _colours(topology: Topology, regions: tuple[np.ndarray, np.ndarray], look: Look) -> np.ndarray:
    """sRGB (V, 3) of every vertex, without light."""
    tone, iris_colour = TONES[look.tone], IRISES[look.iris]
    colours = np.tile(np.asarray(tone.skin), (len(topology.neutral), 1))
    lips, brows = regions
    colours += _LIP_SHARE * lips[:, None] * (np.asarray(tone.lips) - colours)
    colours += brows[:, None] * (np.asarray(tone.brows) - colours)
    for material, colour in _PLAIN.items():
        colours[topology.vertices_of(material)] = colour
    iris, white = topology.vertices_of("iris"), topology.vertices_of("sclera")
    for side in (1.0, -1.0):
        own, beside = (which[side * topology.neutral[which, 0] > 0.0] for which in (iris, white))
        _paint_iris(colours, topology.neutral, own, beside, iris_colour, look.iris_size)
    return colours


def _paint_iris(
    colours: np.ndarray, neutral: np.ndarray, iris: np.ndarray, white: np.ndarray, colour: Colour, size: float
) -> None:
    """An iris with its pupil and dark ring; what lies behind it, which is of its material too, is dark.

    A smaller one leaves white about it, a larger one goes on over the white of the eye.
    """
    front = neutral[iris, 2].max()
    disc = iris[neutral[iris, 2] > front - _DEEP_MM]
    colours[iris] = (0.03, 0.03, 0.03)
    middle = (neutral[disc, :2].min(axis=0) + neutral[disc, :2].max(axis=0)) / 2
    near = np.concatenate([disc, white[neutral[white, 2] > front - _DEEP_MM]])
    share = np.linalg.norm(neutral[near, :2] - middle, axis=1) / (size * _IRIS_MM)
    ring = np.where(share > _LIMBUS, 0.55, 0.8 + 0.5 * share)
    painted = np.where(share[:, None] < _PUPIL, 0.015, ring[:, None] * np.asarray(colour))
    colours[near] = np.where(share[:, None] <= 1.0, painted, np.asarray(_PLAIN["sclera"]))


def _fading(share: np.ndarray, full: float, gone: float) -> np.ndarray:
    """1 up to `full`, 0 from `gone` on, smooth between."""
    way = ((gone - share) / (gone - full)).clip(0.0, 1.0)
    result: np.ndarray = way * way * (3.0 - 2.0 * way)
    return result
