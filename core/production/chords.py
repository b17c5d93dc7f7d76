"""A skin whose quads cut corners less: where the surface is round, its vertices are lifted a little off it.

A polygon with its corners on a round surface lies inside it, on an ear's rim by 0.7 mm. Where the middle of one of its
chords lies further than `_LEFT_MM` from the surface, its corners are moved by what it is further, along their normals
and away from where it lies; by a tenth of a millimetre at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.normals import vertex_normals
from facewright.core.production.sliding import slope
from facewright.core.production.untangled import moved_unturned

if TYPE_CHECKING:
    from facewright.core.production.topology import Topology
    from facewright.core.production.welded import Welded
    from facewright.core.surface.sampling import Distance

_LEFT_MM, _MOST_MM = 0.2, 0.1

_ROUND_MM = 0.08
"""Chords that are no further off by their ends' normals, as of an arc, are not looked at."""

_CUT_OFF_MM = 0.3
"""A chord whose middle lies further from the surface than that cuts off what the polygons are too wide for."""

_FLAT = 0.3
"""Where Φ rises by less than that share of the way, two surfaces are about to be one, and none is certain."""


def lifted(
    vertices: np.ndarray, rest: np.ndarray, topology: Topology, welded: Welded, skin: np.ndarray, distance: Distance
) -> np.ndarray:
    """Vertices (V, 3) float64, mm, of which those of the skin, (V,) bool, lie up to 0.1 mm off the surface.

    rest : (V, 3), mm; no polygon that is not turned over against it is then.
    """
    normals = vertex_normals(vertices.astype(np.float32), topology.triangles).astype(np.float64)
    chords = _chords(welded.polygons)
    chords = chords[skin[chords].all(axis=1)]
    start, end = chords.T
    sag = ((normals[end] - normals[start]) * (vertices[end] - vertices[start])).sum(axis=1) / 8.0
    chords = chords[np.abs(sag) > _ROUND_MM]
    inside = -distance(vertices[chords].mean(axis=1).astype(np.float32)).astype(np.float64)
    further = np.sign(inside) * (np.abs(inside) - _LEFT_MM).clip(min=0.0)
    out, into = np.zeros(len(vertices)), np.zeros(len(vertices))
    np.maximum.at(out, chords, further[:, None])
    np.minimum.at(into, chords, further[:, None])
    off = np.zeros(len(vertices))
    corners = np.flatnonzero(out + into)
    off[corners] = np.abs(distance(vertices[corners].astype(np.float32)))
    most = (_MOST_MM - off).clip(min=0.0)
    change = (out + into).clip(-most, most)[:, None] * normals
    return moved_unturned(vertices, change, rest, welded.polygons)


def cut_off(vertices: np.ndarray, welded: Welded, skin: np.ndarray, distance: Distance) -> np.ndarray:
    """Which of the skin's vertices, (V,) bool of (V, 3), mm, end chords that cut off some of the surface.

    That far off is told by Newton's step: in a fold that is nearly closed Φ is small everywhere.
    """
    chords = _chords(welded.polygons)
    chords = chords[skin[chords].all(axis=1)]
    far, gradient = slope(distance, vertices[chords].mean(axis=1))
    ends = np.zeros(len(vertices), dtype=bool)
    steep = np.linalg.norm(gradient, axis=1)
    ends[chords[(np.abs(far) > _CUT_OFF_MM * steep) | (steep < _FLAT)]] = True
    return ends


def _chords(polygons: np.ndarray) -> np.ndarray:
    """Edges and diagonals (n, 2) of polygons (P, 4), each once."""
    a, b, c, d = polygons.T
    quads = d >= 0
    pairs = [(a, b), (b, c), (a, c), *((x[quads], y[quads]) for x, y in ((c, d), (d, a), (b, d)))]
    return np.unique(np.sort(np.concatenate([np.column_stack(pair) for pair in pairs]), axis=1), axis=0)
