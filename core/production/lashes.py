"""Lashes: hairs on the topology's cards, drawn into an image of them, or as thin ribbons where no image is.

The cards fill a tile of the texture, three rows for the upper lids above three for the lower ones, the right eye's
before the left one's; on each hairs grow downwards. Numbers are those of people: some hundred hairs on an upper lid,
half as many shorter ones on a lower.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from facewright.core.production.topology import Topology

ROWS, COLUMNS = 6, 2
COLOUR = (0.10, 0.07, 0.06)
"""sRGB."""

WIDTH = 0.006
"""Of a hair at its root, in shares of a card: a quarter of a millimetre, as hairs stick together there."""

_UPPER, _LOWER = 34, 18
"""Hairs on a card: three cards lie on each other."""

_BEGINS, _ENDS = 0.085, 0.9
"""The topology's cards fill that share of a row."""

_LEVELS = (0.0, 0.4, 0.75, 1.0)
"""Where a ribbon has corners, in shares of the way to its tip."""

_TIP = 0.05
"""Half a ribbon's width there, in shares of that at the root."""

_AT_A_TIME = 32
"""Points whose shares of all triangles are worked out together: they fit a processor's cache."""


class Hair(NamedTuple):
    """One hair: its card, and, in shares of that, its root, how far its tip is to the side, and where it ends."""

    row: int
    column: int
    root: float
    lean: float
    end: float

    def across(self, along: np.ndarray) -> np.ndarray:
        """Where it is, in shares of the card's width, at shares (n,) of the way from root to tip."""
        way: np.ndarray = self.root + self.lean * along**2
        return way

    def half_width(self, along: np.ndarray) -> np.ndarray:
        """Half its width there, in the same shares."""
        half: np.ndarray = 0.5 * WIDTH * (1.0 - along) ** 0.6
        return half


@lru_cache(maxsize=1)
def hairs() -> tuple[Hair, ...]:
    """All of them: longer and leaning further towards the outer corner."""
    rng = np.random.default_rng(0)
    grown = []
    for row in range(ROWS):
        upper = row < ROWS // 2
        count = _UPPER if upper else _LOWER
        for column in range(COLUMNS):
            outwards = 1.0 if column else -1.0
            roots = (np.arange(count) + rng.uniform(0.1, 0.9, count)) / count
            for root in 0.05 + 0.9 * roots:
                outer = root if column else 1.0 - root
                longest = 0.4 + 0.35 * np.sin(np.pi * (0.15 + 0.75 * outer)) if upper else 0.3 + 0.15 * outer
                lean = outwards * (0.04 * outer - 0.015) + rng.normal(0.0, 0.008)
                end = min(_BEGINS + longest * rng.uniform(0.7, 1.0), _ENDS)
                grown.append(Hair(row, column, float(root), float(lean), float(end)))
    return tuple(grown)


class Ribbons(NamedTuple):
    """Hairs as ribbons.

    middles, edges : (n, V), places along each hair, and of its edge beside them, as means of the topology's vertices;
    faces : (F, 3) int32, of the middles, the edges, and then the edges across.
    """

    middles: sparse.csr_array
    edges: sparse.csr_array
    faces: np.ndarray


@lru_cache(maxsize=1)
def ribbons(topology: Topology) -> Ribbons:
    """The ribbons of a topology with such cards."""
    middles: list[tuple[float, float]] = []
    edges: list[tuple[float, float]] = []
    levels = np.array(_LEVELS)
    for hair in hairs():
        half = hair.half_width(levels).clip(min=_TIP * WIDTH)
        down = 1.0 - (hair.row + _BEGINS + levels * (hair.end - _BEGINS)) / ROWS
        for x, wide, v in zip(hair.across(levels), half, down, strict=True):
            middles.append(((hair.column + x) / COLUMNS, v))
            edges.append(((hair.column + x + wide) / COLUMNS, v))
    count = len(middles)
    here = np.arange(count).reshape(-1, len(levels))[:, :-1].ravel()  # each but the tip goes on to the next
    faces = []
    for side in (count, 2 * count):
        a, b, c, d = here, here + 1, here + side, here + 1 + side
        faces += [np.stack([a, b, d], axis=1), np.stack([a, d, c], axis=1)]
    along, beside = (_on_cards(topology, np.array(points)) for points in (middles, edges))
    return Ribbons(along, beside, np.concatenate(faces).astype(np.int32))


def _on_cards(topology: Topology, points: np.ndarray) -> sparse.csr_array:
    """Points (n, 2) of the lashes' tile as means of vertices, (n, V): by the triangle of a card that each lies in."""
    own = topology.polygons_of("lashes")
    corner = np.array([(0, 1, 2), (0, 2, 3)])
    vertices = topology.polygons[own][:, corner].reshape(-1, 3)
    a, b, c = (
        (topology.uv[topology.uv_polygons[own]] % 1.0)[:, corner].reshape(-1, 3, 2).astype(np.float64).swapaxes(0, 1)
    )
    slopes = np.linalg.inv(np.stack([b - a, c - a], axis=2))
    chosen, weights = np.empty(len(points), np.int64), np.empty((len(points), 3))
    for start in range(0, len(points), _AT_A_TIME):
        some = slice(start, start + _AT_A_TIME)
        x, y = points[some, 0, None] - a[:, 0], points[some, 1, None] - a[:, 1]
        second, third = (slopes[:, row, 0] * x + slopes[:, row, 1] * y for row in (0, 1))
        shares = np.stack([1.0 - second - third, second, third])
        chosen[some] = shares.min(axis=0).argmax(axis=1)  # in none, if rounded out of its card: the nearest's plane
        weights[some] = np.take_along_axis(shares, chosen[None, some, None], axis=2)[..., 0].T
    rows = np.repeat(np.arange(len(points)), 3)
    return sparse.csr_array(
        (weights.ravel(), (rows, vertices[chosen].ravel())), shape=(len(points), len(topology.neutral))
    )
