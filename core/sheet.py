"""A surface to be laid on: its nearest points that face the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import igl
import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Sequence

_FACING = 0.2
"""Cosine of normals below which the nearest point is another sheet's, such as the other lip's."""

_SAMPLE_MM2 = 0.5
_CANDIDATES = 6


class Sheet:
    """A surface to be laid on: its nearest point that faces the same way, so that one lip is not taken for the other.

    Of a point with a normal that is the one with the least |x − y|² + w² |n − m|², by samples of the surface first.
    """

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        """vertices (W, 3), mm; faces (F, 3), some of theirs."""
        self.vertices, self.faces = vertices, faces.astype(np.int64)
        self._normals = igl.per_vertex_normals(vertices, self.faces)
        area = igl.doublearea(vertices, self.faces) / 2.0
        count = np.ceil(area / _SAMPLE_MM2).astype(int).clip(3, 30)
        self._face = np.repeat(np.arange(len(faces)), count)
        rng = np.random.default_rng(0)
        self._shares = rng.dirichlet((1.0, 1.0, 1.0), len(self._face))
        self._points, self._facing = self._at(self._face, self._shares)

    def _at(self, face: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        corners = self.faces[face]
        points = np.einsum("nk,nkc->nc", shares, self.vertices[corners])
        normals = np.einsum("nk,nkc->nc", shares, self._normals[corners])
        return points, normals / np.linalg.norm(normals, axis=1, keepdims=True).clip(1e-12)

    def nearest(self, points: np.ndarray, normals: np.ndarray, weight_mm: float) -> Facing:
        """For points (N, 3), mm, with unit normals (N, 3); `weight_mm` is w."""
        tree = cKDTree(np.concatenate([self._points, weight_mm * self._facing], axis=1))
        _, near = tree.query(np.concatenate([points, weight_mm * normals], axis=1), k=_CANDIDATES)
        count = near.shape[1]
        face = self._face[near].reshape(-1)
        corners = [self.vertices[self.faces[face, k]] for k in range(3)]
        shares = shares_of(np.repeat(points, count, axis=0), corners).clip(0.0)
        shares /= shares.sum(axis=1, keepdims=True)
        at, facing = self._at(face, shares)
        apart = np.linalg.norm(at - np.repeat(points, count, axis=0), axis=1)
        turned = np.linalg.norm(facing - np.repeat(normals, count, axis=0), axis=1)
        best = (apart**2 + (weight_mm * turned) ** 2).reshape(-1, count).argmin(axis=1)
        chosen = np.arange(len(points)) * count + best
        cosine = (facing[chosen] * normals).sum(axis=1)
        return Facing(at[chosen], self.faces[face[chosen]], shares[chosen], apart[chosen], cosine)


class Facing(NamedTuple):
    """Points of a sheet.

    point : (N, 3) float64, mm; corners : (N, 3) int64, of the faces that they lie on, and shares : (N, 3), of these;
    distance : (N,), mm; cosine : (N,), between the normals there and here.
    """

    point: np.ndarray
    corners: np.ndarray
    shares: np.ndarray
    distance: np.ndarray
    cosine: np.ndarray

    def within(self, distance_mm: float) -> np.ndarray:
        """Which of them (N,) are so near and face the same way."""
        near: np.ndarray = (self.distance < distance_mm) & (self.cosine > _FACING)
        return near


def sheet_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) of vertices (V, 3) in faces (F, 3); 0 where these have no area."""
    normals: np.ndarray = np.nan_to_num(igl.per_vertex_normals(vertices, faces.astype(np.int64)))
    return normals


def shares_of(points: np.ndarray, corners: Sequence[np.ndarray]) -> np.ndarray:
    """Barycentric weights (N, 3) of points (N, 3) in triangles with corners of (N, 3) each."""
    a, b, c = (np.ascontiguousarray(corner, dtype=np.float64) for corner in corners)
    weights: np.ndarray = igl.barycentric_coordinates(np.ascontiguousarray(points, dtype=np.float64), a, b, c)
    return weights
