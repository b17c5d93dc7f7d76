"""The colours of a production mesh that lives, without light: skin with lips and brows, eyes and what is in the mouth.

They change faster than its vertices lie; so where it is painted it is drawn in smaller triangles.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.production.complexion import is_painted, skin_colours
from facewright.core.production.irises import iris_colours
from facewright.core.production.topology import SKIN
from facewright.editor.live.finer import split

if TYPE_CHECKING:
    from facewright.core.production.complexion import Tone
    from facewright.core.production.eyes import Eyes
    from facewright.core.production.topology import Topology
    from facewright.editor.live.finer import Finer

INSIDE = ("mouth_socket", "gums_and_tongue", "teeth", "sclera", "iris")
SEEN = (*SKIN, *INSIDE)
"""Materials that are drawn: clear ones are not, and lashes as hairs, since their cards are nothing without an image."""

PLAIN = {
    "mouth_socket": (0.54, 0.19, 0.17),
    "gums_and_tongue": (0.72, 0.37, 0.35),
    "teeth": (0.88, 0.85, 0.77),
    "sclera": (0.90, 0.87, 0.84),
}
"""What has one colour, sRGB."""

_IRIS_MM = 6.0
"""Radius of most people's irises."""
_LARGEST = 1.3
"""Of irises, in shares of that."""
_DEEP_MM = 6.0
"""What of an eye lies no further behind the front of its iris may be of the iris."""
_HALVINGS = 2
"""Of the edges where the skin is painted: vertices then lie less than a millimetre apart."""


@lru_cache(maxsize=4)
def triangles(topology: Topology, materials: tuple[str, ...]) -> np.ndarray:
    """The triangles (F, 3) int32 of some materials."""
    own = topology.polygons[topology.polygons_of(*materials)]
    a, b, c, d = own.T
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)[d >= 0]])
    return np.ascontiguousarray(faces, dtype=np.int32)


@lru_cache(maxsize=1)
def finer(topology: Topology) -> Finer:
    """The triangles that are seen, smaller ones where the skin is painted, and the irises."""
    neutral, painted = topology.neutral.astype(np.float64), np.zeros(len(topology.neutral), dtype=bool)
    skin = topology.vertices_of(*SKIN)
    painted[skin] = is_painted(topology, neutral[skin])
    for iris in _irises(neutral, topology.vertices_of("iris"), topology.vertices_of("sclera")):
        painted[iris.near[iris.share <= _LARGEST]] = True
    return split(triangles(topology, SEEN), len(painted), painted, _HALVINGS)


@lru_cache(maxsize=2)
def _skin(topology: Topology, tone: Tone) -> np.ndarray:
    """The skin's colours, sRGB (V + n, 3), with lips and brows, at the vertices of `finer`."""
    points, own = finer(topology).spread(topology.neutral.astype(np.float64)), _vertices(topology, *SKIN)
    colours = np.tile(np.asarray(tone.skin), (len(points), 1))
    colours[own] = skin_colours(topology, points[own], tone, hairs=False)
    return colours


def colours_of(topology: Topology, tone: Tone, eyes: Eyes) -> np.ndarray:
    """sRGB (V + n, 3) of every vertex of `finer`, without light."""
    colours = _skin(topology, tone).copy()
    for material, colour in PLAIN.items():
        colours[_vertices(topology, material)] = colour
    points = finer(topology).spread(topology.neutral.astype(np.float64))
    iris = _vertices(topology, "iris")
    colours[iris] = (0.03, 0.03, 0.03)  # what lies behind it is of its material, too
    for near, share, angle in _irises(points, iris, _vertices(topology, "sclera")):
        colours[near] = iris_colours(share / eyes.iris_size, angle, eyes.iris, PLAIN["sclera"])
    return colours


@lru_cache(maxsize=8)
def _vertices(topology: Topology, *materials: str) -> np.ndarray:
    """Which vertices of `finer` are of some materials."""
    own = np.zeros((len(topology.neutral), 1))
    own[topology.vertices_of(*materials)] = 1.0
    return np.flatnonzero(finer(topology).spread(own)[:, 0] == 1.0)


class _Iris(NamedTuple):
    """The front of an eye: vertices (n,); how far from its middle each is, (n,) in radii of most people's irises.

    angle : (n,) radians, and to which side.
    """

    near: np.ndarray
    share: np.ndarray
    angle: np.ndarray


def _irises(points: np.ndarray, iris: np.ndarray, white: np.ndarray) -> list[_Iris]:
    """Both eyes, by points (n, 3), mm, of the neutral head, and which of them are of irises and of whites."""
    irises = []
    for side in (1.0, -1.0):
        own, beside = (which[side * points[which, 0] > 0.0] for which in (iris, white))
        front = points[own, 2].max()
        disc, about = (which[points[which, 2] > front - _DEEP_MM] for which in (own, beside))
        middle = (points[disc, :2].min(axis=0) + points[disc, :2].max(axis=0)) / 2
        near = np.concatenate([disc, about])
        x, y = (points[near, :2] - middle).T
        irises.append(_Iris(near, np.hypot(x, y) / _IRIS_MM, np.arctan2(y, x)))
    return irises
