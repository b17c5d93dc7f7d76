"""Lashes: hairs on the topology's cards, drawn into an image of them, or as thin ribbons where no image is.

The cards fill a tile of the texture, three rows for the upper lids above three for the lower ones, the right eye's
before the left one's; on each hairs grow downwards. Numbers are those of people: some hundred hairs on an upper lid,
half as many shorter ones on a lower.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.production.ribbons import LEVELS, THIN, Ribbons

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


@lru_cache(maxsize=1)
def ribbons(topology: Topology) -> Ribbons:
    """The ribbons of a topology with such cards."""
    middles, edges = np.empty((2, len(hairs()), len(LEVELS), 2))
    for middle, edge, hair in zip(middles, edges, hairs(), strict=True):
        half = hair.half_width(LEVELS).clip(min=THIN * WIDTH)
        x = hair.column + hair.across(LEVELS)
        middle[:, 0], edge[:, 0] = x / COLUMNS, (x + half) / COLUMNS
        middle[:, 1] = edge[:, 1] = 1.0 - (hair.row + _BEGINS + LEVELS * (hair.end - _BEGINS)) / ROWS
    own = topology.polygons_of("lashes")
    corner = np.array([(0, 1, 2), (0, 2, 3)])
    vertices = topology.polygons[own][:, corner].reshape(-1, 3)
    corners = (topology.uv[topology.uv_polygons[own]] % 1.0)[:, corner].reshape(-1, 3, 2).astype(np.float64)
    return Ribbons.of(middles, edges, corners, vertices, len(topology.neutral))
