"""A skin slid along its head's surface, until no vertex is off it and no polygon is turned over.

Where lids and lips meet, vertices that the cascade carries one by one pass one another. Those off the surface, those of
polygons turned over, and ever more about them, are displaced from rest with the least bending that leaves each on the
plane which touches the surface beside it: min ∫ |Δd|² + |∇d|² / s² + w (n · (x + d − q))² dA. What is turned over then
is untangled without regard to the surface, and brought back onto it as far as that turns nothing over again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from facewright.core.production.untangled import moved_unturned, ring_about, turned_over, untangled
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.carrying import brought
from facewright.core.surface.newton import newton_step

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.core.production.welded import Welded
    from facewright.core.surface.sampling import Distance

_OFF_MM = 0.05
"""Vertices further off than that are slid."""

_FARTHEST_MM = 4.0
"""What is further off is of no fold of this surface, and stays."""

_RINGS = (1, 2, 3)
"""How many rings of polygons about them go along, try by try."""

_ON_PLANE = 100.0
"""w, mm⁻²."""

_TIMES = 2
_SLOPE_MM = 0.05


class _Try(NamedTuple):
    """vertices : (V, 3); bad : (V,) bool, off the surface or of a polygon turned over; cost : less is better."""

    vertices: np.ndarray
    bad: np.ndarray
    cost: tuple[int, float]


def slid(vertices: np.ndarray, rest: np.ndarray, welded: Welded, skin: np.ndarray, distance: Distance) -> np.ndarray:
    """Vertices (V, 3) float64, mm, whose skin, (V,) bool, is on the surface, as far as no polygon turns over for it.

    rest : (V, 3), mm, what they are least bent from; none of its polygons is turned over.
    """
    sheet = _Sheet(rest, welded, skin, distance)
    last = sheet.tried(vertices.astype(np.float64))
    if not last.bad.any():
        return last.vertices
    best = sheet.tried(untangled(last.vertices, rest, welded)[0])
    for rings in _RINGS:
        free = ring_about(last.bad, welded.polygons, rings)
        placed = last.vertices
        for _ in range(_TIMES):
            placed = sheet.on_planes(placed, free)
        last = sheet.tried(sheet.brought_back(untangled(placed, rest, welded)[0]))
        best = min(best, last, key=lambda each: each.cost)
        if not last.bad.any():
            break
    return best.vertices


def surface_distance(model: HeadModel, parameters: Parameters) -> Distance:
    """Φ of a head, operated on if it is planned to be."""
    field_, warp = model.field(parameters), head_warp(model, parameters)
    return lambda points: field_.distance(warp.undone(points).astype(np.float32))


def slope(distance: Distance, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Φ (n,), mm, and ∇Φ (n, 3) by differences, float64, at points (n, 3)."""
    ahead = np.repeat(points.astype(np.float32)[:, None], 4, axis=1)
    axes = np.arange(3)
    ahead[:, axes + 1, axes] += np.float32(_SLOPE_MM)
    lengths = ahead[:, axes + 1, axes].astype(np.float64) - ahead[:, 0]
    there = distance(ahead.reshape(-1, 3)).reshape(-1, 4).astype(np.float64)
    return there[:, 0], (there[:, 1:] - there[:, :1]) / lengths


class _Sheet:
    """What `slid` is told."""

    def __init__(self, rest: np.ndarray, welded: Welded, skin: np.ndarray, distance: Distance) -> None:
        self._rest, self._welded, self._skin, self._distance = rest.astype(np.float64), welded, skin, distance

    def tried(self, vertices: np.ndarray) -> _Try:
        """How good vertices (V, 3) are."""
        off, over = self._off(vertices), self._over(vertices)
        bad = off > _OFF_MM
        corners = self._welded.polygons[over]
        bad[corners[corners >= 0]] = True
        return _Try(vertices, bad, (int(over.sum()), float(np.square(off).sum())))

    def on_planes(self, vertices: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Vertices (V, 3), the free ones, (V,) bool, the least bent; those of the skin on planes of the surface."""
        sheet = self._welded.vertices
        inner = np.flatnonzero(free[sheet])
        own, rows = sheet[inner], self._welded.energy[inner]
        outer = np.setdiff1d(np.unique(rows.indices), inner)
        pull = -(rows[:, outer] @ (vertices - self._rest)[sheet[outer]])
        far, gradient = slope(self._distance, vertices[own])
        normals = gradient / np.linalg.norm(gradient, axis=1, keepdims=True).clip(1e-9)
        on_plane = vertices[own] + newton_step(far, gradient)
        held = self._skin[own] & (np.abs(far) < _FARTHEST_MM)
        weights = np.where(held, _ON_PLANE * self._welded.masses[inner], 0.0)[:, None]
        planes = weights[:, :, None] * normals[:, :, None] * normals[:, None]
        pull += weights * normals * ((on_plane - self._rest[own]) * normals).sum(axis=1, keepdims=True)
        system = sparse.kron(rows[:, inner], sparse.eye_array(3)) + sparse.block_diag(list(planes))
        placed = vertices.copy()
        placed[own] = self._rest[own] + splu(system.tocsc()).solve(pull.ravel()).reshape(-1, 3)
        return placed

    def brought_back(self, vertices: np.ndarray) -> np.ndarray:
        """Vertices (V, 3) with the skin on the surface, but where polygons would be turned over: there less far."""
        off = np.flatnonzero(self._off(vertices) > _OFF_MM / 2)
        change = np.zeros_like(vertices)
        change[off] = brought(self._distance, vertices[off], _FARTHEST_MM) - vertices[off]
        return moved_unturned(vertices, change, self._rest, self._welded.polygons)

    def _off(self, vertices: np.ndarray) -> np.ndarray:
        """How far the skin is off the surface, (V,), mm; 0 of what is not skin, or too far from it."""
        off = np.zeros(len(vertices))
        off[self._skin] = np.abs(self._distance(vertices[self._skin].astype(np.float32)))
        return np.where(off < _FARTHEST_MM, off, 0.0)

    def _over(self, vertices: np.ndarray) -> np.ndarray:
        return turned_over(vertices, self._rest, self._welded.polygons)
