"""Polygons turned over, and vertices moved until none is: where lips or lids meet, a surface is too fine for a mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.linalg import splu

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.production.welded import Welded

_LEAST_COSINE = 0.1
_RINGS = (1, 2, 3, 5)
_HALVINGS = 8


def turned_over(vertices: np.ndarray, rest: np.ndarray, polygons: np.ndarray) -> np.ndarray:
    """Which polygons (P, 4), -1 last in a triangle, look another way than at rest, or fold at a corner, (P,) bool.

    vertices, rest : (V, 3); they are in one frame, and no part has turned by much.
    """
    now, before = _corners(vertices, polygons), _corners(rest, polygons)
    whole, was = now.sum(axis=1), before.sum(axis=1)
    lengths = np.linalg.norm(whole, axis=1) * np.linalg.norm(was, axis=1)
    turned = (whole * was).sum(axis=1) < _LEAST_COSINE * lengths
    folded = (now * whole[:, None]).sum(axis=2).min(axis=1) < 0.0
    was_folded = (before * was[:, None]).sum(axis=2).min(axis=1) < 0.0
    either: np.ndarray = turned | (folded & ~was_folded)
    return either


def untangled(
    vertices: np.ndarray, rest: np.ndarray, welded: Welded, around: Sequence[int] = _RINGS
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3) without polygons of the sheet turned over, as far as can be, and which (V,) bool were moved.

    Those of such polygons, and ever more about them, take the least bent displacement from `rest` (V, 3) that their
    surroundings leave them. around : how many rings of polygons, try by try.
    """
    placed, moved = vertices.astype(np.float64), np.zeros(len(vertices), dtype=bool)
    for rings in around:
        over = turned_over(placed, rest, welded.polygons)
        if not over.any():
            break
        corners = welded.polygons[over]
        free = np.zeros(len(vertices), dtype=bool)
        free[corners[corners >= 0]] = True
        moved |= ring_about(free, welded.polygons, rings - 1)
        placed = _relaxed(placed, rest, welded, moved)
    return placed, moved


def moved_unturned(vertices: np.ndarray, change: np.ndarray, rest: np.ndarray, polygons: np.ndarray) -> np.ndarray:
    """Vertices (V, 3) with a change (V, 3), but where polygons would be turned over by it: there less, or none.

    rest : (V, 3), against which they are turned over; polygons : (P, 4), -1 last in a triangle.
    """
    share, touched = np.ones(len(vertices)), (change != 0.0).any(axis=1)
    polygons = polygons[(touched[polygons] & (polygons >= 0)).any(axis=1)]
    before = turned_over(vertices, rest, polygons)
    for _ in range(_HALVINGS):
        corners = polygons[turned_over(vertices + share[:, None] * change, rest, polygons) & ~before]
        if not corners.size:
            break
        share[corners[corners >= 0]] *= 0.5
    else:
        share[corners[corners >= 0]] = 0.0
    moved: np.ndarray = vertices + share[:, None] * change
    return moved


def ring_about(chosen: np.ndarray, polygons: np.ndarray, rings: int) -> np.ndarray:
    """Vertices that are chosen, (V,) bool, with those of so many rings of polygons (P, 4) about them."""
    wider = chosen.copy()
    for _ in range(rings):
        touched = wider[polygons] & (polygons >= 0)
        ring = polygons[touched.any(axis=1)]
        wider[ring[ring >= 0]] = True
    return wider


def _relaxed(placed: np.ndarray, rest: np.ndarray, welded: Welded, free: np.ndarray) -> np.ndarray:
    """The vertices that are free, (V,) bool, moved to where the displacement from rest is the least bent."""
    own = free[welded.vertices]
    inner = np.flatnonzero(own)
    rows = welded.energy[inner]
    outer = np.setdiff1d(np.unique(rows.indices), inner)
    moved = (placed - rest)[welded.vertices]
    solved = splu(rows[:, inner].tocsc()).solve(-(rows[:, outer] @ moved[outer]))
    relaxed = placed.copy()
    relaxed[welded.vertices[inner]] = rest[welded.vertices[inner]] + solved
    return relaxed


def _corners(vertices: np.ndarray, polygons: np.ndarray) -> np.ndarray:
    """Twice the area vectors (P, 4, 3) of the triangles at each corner; a triangle's fourth is that of its third."""
    count = np.where(polygons[:, 3] < 0, 3, 4)
    rows = np.arange(len(polygons))
    vectors = np.empty((len(polygons), 4, 3))
    for corner in range(4):
        here = np.minimum(corner, count - 1)
        ahead, behind = polygons[rows, (here + 1) % count], polygons[rows, (here - 1) % count]
        at = vertices[polygons[rows, here]].astype(np.float64)
        vectors[:, corner] = np.cross(vertices[ahead] - at, vertices[behind] - at)
    return vectors
