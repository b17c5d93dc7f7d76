"""What landmarks and measures of a face truly are, by definition, on a mesh whose landmark vertices are known.

Nothing of the product measures here. The surface is the mesh with its triangles bent by their vertices' normals (point-
normal triangles, Vlachos 2001), cut into sixteen; extrema are the outermost of its points by brute force, at which a
quadric is then fitted; the midsagittal profile is trimesh's section of it. Corners of lids and lips, the alar bases,
the border and meeting of the lips and orbitale are where the anatomy names their vertices: there the point is by
definition that place of the body. All directions are of the face's own frame: the rotation that carries the mean
head's vertices of lids' corners, orbits and alar bases best to the subject's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import igl
import numpy as np
import trimesh
from scipy.spatial.transform import Rotation

if TYPE_CHECKING:
    from tests.bench.patients import Patient

FRAME = ("en_l", "en_r", "ex_l", "ex_r", "or_l", "or_r", "ac_l", "ac_r")
NOSTRILS_TOP = (5.2, -5.4, 124.8)
"""Where the left nostril's top is on the mean head, mm: the front end of its rim."""

_CUTS = 4
_NEAR_MM = 1.6
"""A quadric is fitted to the points so near an outermost one, along the surface's axes."""


class TrueFace:
    """A subject's surface in the face's frame, and its landmarks there; `to_head` brings points back."""

    def __init__(self, patient: Patient, mean: Patient) -> None:
        named = patient.anatomy.points
        rows = [named[name] for name in FRAME]
        ours, theirs = patient.vertices[rows], mean.vertices[rows]
        turn, _ = Rotation.align_vectors(theirs - theirs.mean(axis=0), ours - ours.mean(axis=0))
        self.axes = turn.as_matrix()  # rows: the face's axes in the head frame
        vertices = patient.vertices @ self.axes.T
        front = np.linalg.norm(mean.vertices - mean.vertices[named["prn"]], axis=1) < 105.0
        faces = patient.faces[front[patient.faces].all(axis=1)]
        self.mesh = trimesh.Trimesh(*bent(vertices, faces, _CUTS), process=False)
        self.mesh.merge_vertices()
        self._vertex = {name: vertices[vertex] for name, vertex in named.items() if vertex < len(vertices)}
        top = np.linalg.norm(mean.vertices - NOSTRILS_TOP, axis=1).argmin()
        other = np.linalg.norm(mean.vertices - np.array(NOSTRILS_TOP) * [-1, 1, 1], axis=1).argmin()
        self._tops = vertices[[top, other]].mean(axis=0)
        self.points = self._landmarks()

    def to_head(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) in the subject's head frame."""
        there: np.ndarray = points @ self.axes
        return there

    def _landmarks(self) -> dict[str, np.ndarray]:
        points = dict(self._vertex)
        eyes = (points["en_l"] + points["en_r"]) / 2.0
        for name, way, reach in (("prn", 2, 7.0), ("al_l", 0, 5.0), ("al_r", 0, 5.0)):
            crease = points[name.replace("al", "ac")][2] + 2.5 if name != "prn" else -np.inf  # behind it is the cheek
            points[name] = self._outermost(points[name], way, -1.0 if name.endswith("_r") else 1.0, reach, crease)
        self.profile_x = {"n": eyes[0], "g": eyes[0], "sn": points["sn"][0], "pg": points["pg"][0]}
        points["n"] = self._on_profile("n", points["n"], np.array([0.0, 0.0, -1.0]), 9.0)
        points["g"] = self._on_profile("g", points["g"], np.array([0.0, 0.0, 1.0]), 9.0)
        points["pg"] = self._on_profile("pg", points["pg"], np.array([0.0, 0.0, 1.0]), 9.0)
        for _ in range(4):
            way = points["prn"] - points["sn"]
            way[0] = 0.0
            points["c'"] = self._at_level(points["sn"], way / np.linalg.norm(way), self._tops)
            ways = [points[name] - points["sn"] for name in ("c'", "ls")]
            inward = -sum(each / np.linalg.norm(each) for each in ways) * [0.0, 1.0, 1.0]
            points["sn"] = self._on_profile("sn", points["sn"], inward / np.linalg.norm(inward), 5.0)
        return points

    def _section(self, x: float) -> np.ndarray:
        """Points (n, 3) where the plane at x cuts the surface, no two further apart than a tenth of a millimetre."""
        lines = trimesh.intersections.mesh_plane(self.mesh, [1.0, 0.0, 0.0], [x + 1e-5, 0.0, 0.0])
        share = np.linspace(0.0, 1.0, 12)[None, :, None]
        return (lines[:, :1] + share * (lines[:, 1:] - lines[:, :1])).reshape(-1, 3)

    def _on_profile(self, name: str, near: np.ndarray, way: np.ndarray, reach: float) -> np.ndarray:
        """The profile's point furthest along `way`, so near a place; a parabola is fitted about it."""
        line = self._section(self.profile_x[name])
        line = line[np.linalg.norm((line - near)[:, 1:], axis=1) < reach]
        across = np.cross(way, [1.0, 0.0, 0.0])
        top = line[(line @ way).argmax()]
        if np.linalg.norm((top - near)[1:]) > reach - 0.3:
            return near  # there is none: a chin that recedes, a brow that goes on
        about = line[np.linalg.norm(line - top, axis=1) < _NEAR_MM] - top
        bend, slope, _ = np.polyfit(about @ across, about @ way, 2)
        step = np.clip(-slope / (2.0 * bend), -_NEAR_MM, _NEAR_MM) if bend < 0.0 else 0.0
        found: np.ndarray = top + step * across + (slope * step + bend * step**2) * way
        return found

    def _at_level(self, base: np.ndarray, way: np.ndarray, level: np.ndarray) -> np.ndarray:
        """The columella's point at the level of a place along the line from subnasale to the tip."""
        line = self._section(self.profile_x["sn"])
        line = line[np.linalg.norm((line - base)[:, 1:], axis=1) < 22.0]
        below = np.cross([1.0, 0.0, 0.0], way)
        below = below if below[1] < 0.0 else -below
        height = np.abs((line - level) @ way)
        near = line[height < height.min() + 0.15]
        return near[(near @ below).argmax()]

    def _outermost(self, near: np.ndarray, axis: int, sign: float, reach: float, crease: float) -> np.ndarray:
        """The surface's point furthest along an axis, so near a place; a quadric is fitted about it."""
        cloud = self.mesh.vertices
        cloud = cloud[(np.linalg.norm(cloud - near, axis=1) < reach) & (cloud[:, 2] > crease)]
        top = cloud[(sign * cloud[:, axis]).argmax()]
        about = cloud[np.linalg.norm(cloud - top, axis=1) < _NEAR_MM] - top
        others = [other for other in range(3) if other != axis]
        s, t, height = about[:, others[0]], about[:, others[1]], about[:, axis]
        fit, *_ = np.linalg.lstsq(np.stack([np.ones_like(s), s, t, s * s, s * t, t * t], axis=1), height, rcond=None)
        step = np.linalg.lstsq(np.array([[2 * fit[3], fit[4]], [fit[4], 2 * fit[5]]]), -fit[1:3], rcond=1e-3)[0]
        if np.linalg.norm(step) > _NEAR_MM:
            return top
        found = top.copy()
        found[others] += step
        found[axis] += fit @ [1.0, step[0], step[1], step[0] ** 2, step[0] * step[1], step[1] ** 2]
        return found


def bent(vertices: np.ndarray, faces: np.ndarray, cuts: int) -> tuple[np.ndarray, np.ndarray]:
    """Point-normal triangles of a mesh, each cut into cuts² flat ones: vertices (N, 3) and faces (M, 3)."""
    normals = igl.per_vertex_normals(vertices, faces)
    p = vertices[faces].transpose(1, 0, 2)
    n = normals[faces].transpose(1, 0, 2)

    def edge(i: int, j: int) -> np.ndarray:
        inside = ((p[j] - p[i]) * n[i]).sum(axis=1, keepdims=True)
        return (2.0 * p[i] + p[j] - inside * n[i]) / 3.0

    sides = {(i, j): edge(i, j) for i in range(3) for j in range(3) if i != j}
    middle = sum(sides.values()) / 6.0
    centre = middle + (middle - p.mean(axis=0)) / 2.0
    grid = [(a, b, cuts - a - b) for a in range(cuts + 1) for b in range(cuts + 1 - a)]
    points = []
    for weights in grid:
        w = np.array(weights) / cuts
        point = sum(w[i] ** 3 * p[i] for i in range(3)) + 6.0 * w.prod() * centre
        points.append(point + sum(3.0 * w[i] ** 2 * w[j] * side for (i, j), side in sides.items()))
    number = {weights: index for index, weights in enumerate(grid)}
    small = []
    for a, b, c in grid:
        if c > 0:
            small.append((number[a, b, c], number[a + 1, b, c - 1], number[a, b + 1, c - 1]))
        if c > 1:
            small.append((number[a + 1, b, c - 1], number[a + 1, b + 1, c - 2], number[a, b + 1, c - 1]))
    cells = np.stack(points, axis=1)  # (F, grid, 3)
    offset = np.arange(len(faces))[:, None, None] * len(grid)
    return cells.reshape(-1, 3), (np.array(small)[None] + offset).reshape(-1, 3)
