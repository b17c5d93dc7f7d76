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
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

if TYPE_CHECKING:
    from tests.bench.patients import Patient

FRAME = ("en_l", "en_r", "ex_l", "ex_r", "or_l", "or_r", "ac_l", "ac_r")
NOSTRILS_TOP = (5.2, -5.4, 124.8)
"""Where the left nostril's top is on the mean head, mm: the front end of its rim."""

_CUTS = 4
_NEAR_MM = 1.6
"""A quadric is fitted to the points so near an outermost one, along the surface's axes."""


_JUMP_MM = 1.5
"""From one piece of a section to the next: there is another sheet."""

_FURTHEST_MM, _CHIN_FURTHEST_MM = 11.0, 20.0
"""What lies further from the registered vertex is another bend, or none: a tip that hangs over the lip. A chin's is far
behind the middle of its contour where faces are between two data sets."""


class _Points(dict[str, np.ndarray]):
    """Landmarks by name; after an operation none slides over its skin, along any axis, by more than half its move."""

    def __init__(
        self, points: dict[str, np.ndarray], skin: dict[str, tuple[np.ndarray, np.ndarray]], mesh: trimesh.Trimesh
    ) -> None:
        super().__init__()
        self._skin, self._mesh = skin, mesh
        for name, point in points.items():
            self[name] = point

    def __setitem__(self, name: str, point: np.ndarray) -> None:
        if name in self._skin:
            foot, shift = self._skin[name]
            slid = foot + np.sign(point - foot) * np.minimum(np.abs(point - foot), 0.5 * np.abs(shift))
            if (slid != point).any():  # stopped on its way, it stands off the skin by more than its foot does
                both, skin = np.stack([slid, foot]), (np.asarray(self._mesh.vertices), np.asarray(self._mesh.faces))
                onto, back = igl.point_mesh_squared_distance(both, *skin)[2] - both
                slid = slid + onto - back
            point = slid
        super().__setitem__(name, point)


class TrueFace:
    """A subject's surface in the face's frame, and its landmarks there; `to_head` brings points back."""

    def __init__(self, patient: Patient, mean: Patient, before: TrueFace | None = None) -> None:
        """before : the face before an operation that moved its vertices; axes and what was not moved are its own."""
        named = patient.anatomy.points
        rows = [named[name] for name in FRAME]
        ours, theirs = patient.vertices[rows], mean.vertices[rows]
        turn, _ = Rotation.align_vectors(theirs - theirs.mean(axis=0), ours - ours.mean(axis=0))
        self.axes: np.ndarray = before.axes if before else turn.as_matrix()  # rows: the face's axes in the head frame
        vertices = patient.vertices @ self.axes.T
        front = np.linalg.norm(mean.vertices - mean.vertices[named["prn"]], axis=1) < 105.0
        faces = patient.faces[front[patient.faces].all(axis=1)]
        self._cloud, cells = bent(vertices, faces, _CUTS)
        self.mesh = trimesh.Trimesh(self._cloud, cells, process=False)
        self.mesh.merge_vertices()
        self._vertex = {name: vertices[vertex] for name, vertex in named.items() if vertex < len(vertices)}
        top = np.linalg.norm(mean.vertices - NOSTRILS_TOP, axis=1).argmin()
        other = np.linalg.norm(mean.vertices - np.array(NOSTRILS_TOP) * [-1, 1, 1], axis=1).argmin()
        self._tops = vertices[[top, other]].mean(axis=0)
        self._skin = self._carried(before) if before else {}
        self.points = self._landmarks()

    def to_head(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) in the subject's head frame."""
        there: np.ndarray = points @ self.axes
        return there

    def _carried(self, before: TrueFace) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Where the skin that was each landmark is now, and the way that it was moved."""
        names = list(before.points)
        there = np.stack([before.points[name] for name in names])
        rows = cKDTree(before._cloud).query(there)[1]
        shifts = self._cloud[rows] - before._cloud[rows]
        return {name: (point + shift, shift) for name, point, shift in zip(names, there, shifts, strict=True)}

    def _landmarks(self) -> dict[str, np.ndarray]:
        points = _Points(self._vertex, self._skin, self.mesh)
        canthi = np.mean([points[name] for name in ("en_l", "en_r", "ex_l", "ex_r")], axis=0)
        points["prn"] = self._tip(points["prn"])
        for name in ("al_l", "al_r"):
            points[name] = self._alare(name)
        points["n"] = self._bend(
            points["n"] * [0, 1, 1] + canthi * [1, 0, 0], canthi[1] + 26.0, canthi[1] - 8.0, -1.0, 0.5
        )
        points["g"] = self._bend(
            points["g"] * [0, 1, 1] + canthi * [1, 0, 0], canthi[1] + 42.0, canthi[1] + 10.0, 1.0, 0.5
        )
        points["sn"] = self._bend(points["sn"], points["prn"], points["ls"], -1.0, 0.12)
        points["sto"] = self._bend(points["sto"], points["ls"], points["li"], -1.0, 0.3, 4.0)
        points["ls"] = self._bend(points["ls"], points["sn"], points["sto"], 1.0, 0.3, joined=True)
        points["sn"] = self._bend(points["sn"], points["prn"], points["ls"], -1.0, 0.12)
        for _ in range(20):  # until it is the middle of what lies about itself
            points["gn"] = self._chin(points["gn"])
        top, height = points["sto"][1], points["sto"][1] - points["gn"][1]
        points["li"] = self._bend(points["li"], points["sto"], top - 0.42 * height, 1.0, 0.3)
        points["pg"] = self._bend(points["pg"], top - 0.42 * height, top - 0.95 * height, 1.0, 0.5)
        way = points["prn"] - points["sn"]
        way[0] = 0.0
        points["c'"] = self._at_level(points["sn"], way / np.linalg.norm(way), self._tops)
        return dict(points)

    def _bend(
        self,
        near: np.ndarray,
        first: np.ndarray | float,
        last: np.ndarray | float,
        sign: float,
        share: float,
        most: float = 20.0,
        joined: bool = False,
        furthest: float = _FURTHEST_MM,
    ) -> np.ndarray:
        """The middle of the profile's bend under or over the chord between two of its points, or points at two levels.

        most : depth counts to there; joined : nothing beyond a jump in the first half, where the nose may hang over the
        lip. Of the outermost part of the section, cut into pieces of a tenth of a millimetre along the chord.
        """
        x = near[0]
        line = self._section(x)
        line = line[line[:, 2] > line[:, 2].max() - 70.0, 1:]
        ends = []
        for end in (first, last):
            if isinstance(end, float):
                level = line[np.abs(line[:, 0] - end) < 0.15]
                ends.append(np.array([end, level[:, 1].max()]))
            else:
                ends.append(end[1:])
        chord = ends[1] - ends[0]
        length = np.hypot(*chord)
        along = chord / length
        out = np.array([along[1], -along[0]])
        out *= np.sign(out[1] if abs(out[1]) > 0.3 else -out[0])
        place, height = (line - ends[0]) @ along, (line - ends[0]) @ out
        inside = (place > 0.0) & (place < length) & (height > -20.0) & (height < (8.0 if sign < 0 else 20.0))
        piece = (place[inside] / 0.1).astype(int)
        outermost = np.full(piece.max() + 1, -np.inf)
        np.maximum.at(outermost, piece, height[inside])
        at = (np.arange(len(outermost)) + 0.5)[np.isfinite(outermost)] * 0.1
        depth = np.minimum(sign * outermost[np.isfinite(outermost)], most)
        if joined:
            jumps = np.append(True, np.abs(np.diff(depth)) > _JUMP_MM) & (at < length / 2.0)
            start = np.flatnonzero(jumps)[-1]
            at, depth = at[start:], depth[start:]
        if depth.max() <= 0.05:
            return near
        weight = np.clip(depth - (1.0 - share) * depth.max(), 0.0, None)
        where = np.average(at, weights=weight)
        point = np.array([x, *(ends[0] + where * along + sign * np.interp(where, at, depth) * out)])
        return point if np.linalg.norm(point - near) < furthest else near

    def _tip(self, near: np.ndarray) -> np.ndarray:
        """The middle of the tip's cap of one millimetre, each point counting by its height and the area about it."""
        cells = self.mesh.triangles
        areas = 0.5 * np.abs(np.cross(cells[:, 1, :2] - cells[:, 0, :2], cells[:, 2, :2] - cells[:, 0, :2]))
        centres = cells.mean(axis=1)
        beside = (np.linalg.norm((centres - near)[:, :2], axis=1) < 8.0) & (centres[:, 2] > near[2] - 5.0)
        centres, areas = centres[beside], areas[beside]
        weight = areas * np.clip(centres[:, 2] - centres[:, 2].max() + 1.0, 0.0, None)
        at = (weight[:, None] * centres).sum(axis=0) / weight.sum()
        by = np.linalg.norm((centres - at)[:, :2], axis=1)
        close = by.argsort()[:12]
        plane = np.c_[np.ones(12), (centres[close] - at)[:, :2]]
        return np.array([*at[:2], np.linalg.lstsq(plane, centres[close, 2], rcond=None)[0][0]])

    def _chin(self, near: np.ndarray) -> np.ndarray:
        """The middle of the contour from 10 mm above a place to the underside 18 mm behind it."""
        line = self._section(near[0])
        under = line[(np.abs(line[:, 2] - near[2] + 18.0) < 0.1) & (np.abs(line[:, 1] - near[1]) < 14.0)]
        if not len(under):
            return near
        end = under[under[:, 1].argmin()]
        return self._bend(near, float(near[1] + 10.0), end, 1.0, 0.3, furthest=_CHIN_FURTHEST_MM)

    def _alare(self, name: str) -> np.ndarray:
        """The outermost of what looks within 25° of the side near the ala's vertex: the cheek looks ahead."""
        near, sign = self._vertex[name], -1.0 if name.endswith("_r") else 1.0
        cloud = self.mesh.vertices
        aside = (np.linalg.norm(cloud - near, axis=1) < 5.0) & (sign * self.mesh.vertex_normals[:, 0] > 0.906)
        return cloud[aside][(sign * cloud[aside, 0]).argmax()] if aside.any() else near

    def _section(self, x: float) -> np.ndarray:
        """Points (n, 3) where the plane at x cuts the surface, no two further apart than a tenth of a millimetre."""
        lines = trimesh.intersections.mesh_plane(self.mesh, [1.0, 0.0, 0.0], [x + 1e-5, 0.0, 0.0])
        share = np.linspace(0.0, 1.0, 12)[None, :, None]
        return (lines[:, :1] + share * (lines[:, 1:] - lines[:, :1])).reshape(-1, 3)

    def _at_level(self, base: np.ndarray, way: np.ndarray, level: np.ndarray) -> np.ndarray:
        """The columella's point at the level of a place along the line from subnasale to the tip."""
        line = self._section(base[0])
        line = line[np.linalg.norm((line - base)[:, 1:], axis=1) < 22.0]
        below = np.cross([1.0, 0.0, 0.0], way)
        below = below if below[1] < 0.0 else -below
        height = np.abs((line - level) @ way)
        near = line[height < height.min() + 0.15]
        return near[(near @ below).argmax()]


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
