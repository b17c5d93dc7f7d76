"""One reconstructed head against the true one: the figures of one row of the paper's Tables 1 and 2."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.mesh import Mesh
from facewright.core.metrics import (
    FACE_POINTS,
    PART_POINTS,
    compare_samples,
    face_normals,
    in_face,
    nearest_on_surface,
    normal_cosines,
    sample_tree,
)
from facewright.core.parts import LOCAL_PARTS, PARTS
from facewright.train.evaluation.scores import REGIONS, HeadScores, Region, Scores, VisibleScores
from facewright.train.evaluation.visibility import camera_ring, visible
from facewright.train.samples import surface_points

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

SURFACE_POINTS = 20_000
"""Points at most of a region whose exact distance to the other surface is taken, from each side."""


class Sampled:
    """Points of one region of a mesh: points, normals : (N, 3) float64."""

    def __init__(self, mesh: Mesh, chosen: np.ndarray, tip: np.ndarray, count: int, rng: np.random.Generator) -> None:
        """Draw `count` points by area from the faces `chosen`, (F,) bool, some of which reach into the face."""
        share = chosen.astype(float)
        parts: list[tuple[np.ndarray, np.ndarray]] = []
        while sum(len(points) for points, _ in parts) < count:
            points, normals = surface_points(mesh.vertices, mesh.faces, share, count, rng)
            inside = in_face(points, tip)
            parts.append((points[inside], normals[inside]))
        self.points, self.normals = (np.concatenate(arrays)[:count] for arrays in zip(*parts, strict=True))

    @cached_property
    def tree(self) -> cKDTree:
        """The points, to be compared with other samples."""
        return sample_tree(self.points)


class Away(NamedTuple):
    """Samples of a region and the other surface.

    distance : (n,) mm; cosine : (n,) of the normals there and here; seen : (n,) bool, which of the samples cameras see
    on their own surface, and of a reconstruction's those alone whose nearest points on the true surface they see, too.
    """

    distance: np.ndarray
    cosine: np.ndarray
    seen: np.ndarray


class TrueHead:
    """A registered head, its regions and its samples."""

    def __init__(
        self,
        mesh: Mesh,
        labels: np.ndarray,
        tip: np.ndarray,
        rng: np.random.Generator,
        subject: str = "",
        expression: str = "",
    ) -> None:
        """labels : (F,) index into `PARTS` of each face; tip : (3,) mm, the tip of the nose; the rest names it."""
        self.mesh, self.labels, self.tip, self._rng = mesh, labels, tip, rng
        self._name = (subject, expression)
        self._normals = face_normals(mesh.vertices, mesh.faces)
        self.samples = self.sample(mesh, labels)
        again = self.sample(mesh, labels)
        self.floor = {region: compare_samples(self.samples[region].tree, again[region].tree) for region in REGIONS}
        few = _few(self.samples)
        self._seen = self._visible(mesh, *(np.concatenate(arrays) for arrays in zip(*few.values(), strict=True)))

    def sample(self, mesh: Mesh, labels: np.ndarray) -> dict[Region, Sampled]:
        """Samples of every region that a mesh has, its faces' parts known, within this head's face."""
        reaching = in_face(mesh.vertices, self.tip)[mesh.faces].any(axis=1)
        sampled: dict[Region, Sampled] = {}
        for region in REGIONS:
            chosen = reaching if region == "full" else reaching & (labels == PARTS.index(region))
            if chosen.any():
                count = PART_POINTS if region in LOCAL_PARTS else FACE_POINTS
                sampled[region] = Sampled(mesh, chosen, self.tip, count, self._rng)
        return sampled

    def compare(self, mesh: Mesh, vertices: np.ndarray | None) -> HeadScores:
        """Scores of a reconstruction; vertices : (V, 3) mm, where it has this head's vertices, if that is known.

        A face of the reconstruction belongs to the part of the true face nearest to its middle.
        """
        result: dict[Region, Scores] = dict.fromkeys(REGIONS, Scores.absent())
        seen: dict[Region, VisibleScores] = dict.fromkeys(REGIONS, VisibleScores.absent())
        if not in_face(mesh.vertices[mesh.faces].reshape(-1, 3), self.tip).any():
            return HeadScores(*self._name, result, seen)
        middles = mesh.vertices[mesh.faces].mean(axis=1)
        labels = self.labels[nearest_on_surface(middles, self.mesh.vertices, self.mesh.faces).face]
        samples = self.sample(mesh, labels)
        there, back = self._from(samples, mesh), self._to(mesh)
        shifts = dict.fromkeys(REGIONS, math.nan) if vertices is None else self._shifts(vertices)
        for region in samples:
            pooled = np.concatenate([there[region].distance, back[region].distance])
            result[region] = Scores(
                *compare_samples(samples[region].tree, self.samples[region].tree),
                *self.floor[region],
                float(pooled.mean()),
                float(np.percentile(pooled, 95)),
                float(there[region].cosine.mean() + back[region].cosine.mean()) / 2,
                shifts[region],
            )
            seen[region] = _visible_scores(there[region], back[region])
        return HeadScores(*self._name, result, seen)

    def _from(self, samples: dict[Region, Sampled], mesh: Mesh) -> dict[Region, Away]:
        """From a reconstruction's samples to this head."""
        few = _few(samples)
        points, normals = (np.concatenate(arrays) for arrays in zip(*few.values(), strict=True))
        nearest = nearest_on_surface(points, self.mesh.vertices, self.mesh.faces)
        here = self._normals[nearest.face]
        seen = self._visible(mesh, points, normals) & self._visible(self.mesh, nearest.point, here)
        return _split(few, nearest.distance, normal_cosines(normals, here), seen)

    def _to(self, mesh: Mesh) -> dict[Region, Away]:
        """From this head's samples to a reconstruction."""
        few = _few(self.samples)
        points, normals = (np.concatenate(arrays) for arrays in zip(*few.values(), strict=True))
        nearest = nearest_on_surface(points, mesh.vertices, mesh.faces)
        there = face_normals(mesh.vertices, mesh.faces)[nearest.face]
        return _split(few, nearest.distance, normal_cosines(normals, there), self._seen)

    def _visible(self, mesh: Mesh, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """Which points (N, 3) of a head, with their normals (N, 3), the cameras see; only its face is in the way."""
        reaching = in_face(mesh.vertices, self.tip)[mesh.faces].any(axis=1)
        used, corners = np.unique(mesh.faces[reaching], return_inverse=True)
        face = Mesh(mesh.vertices[used], corners.reshape(-1, 3))
        return visible(points, normals, face, camera_ring(self.tip))

    def _shifts(self, vertices: np.ndarray) -> dict[Region, float]:
        """Mean distance of corresponding vertices of each region."""
        shift = np.linalg.norm(vertices - self.mesh.vertices, axis=1)
        face = in_face(self.mesh.vertices, self.tip)
        result: dict[Region, float] = {"full": float(shift[face].mean())}
        for index, region in enumerate(REGIONS[1:]):
            own = np.zeros(len(shift), dtype=bool)
            own[self.mesh.faces[self.labels == index]] = True
            result[region] = float(shift[own & face].mean())
        return result


def _few(samples: dict[Region, Sampled]) -> dict[Region, tuple[np.ndarray, np.ndarray]]:
    """The samples of each region whose exact distances are taken: points and normals, (n, 3)."""
    return {region: (own.points[:SURFACE_POINTS], own.normals[:SURFACE_POINTS]) for region, own in samples.items()}


def _split(few: dict[Region, tuple[np.ndarray, np.ndarray]], *values: np.ndarray) -> dict[Region, Away]:
    """What is known of the samples of all regions, each region's own."""
    ends = np.cumsum([len(points) for points, _ in few.values()])[:-1]
    own = zip(*(np.split(each, ends) for each in values), strict=True)
    return {region: Away(*arrays) for region, arrays in zip(few, own, strict=True)}


def _visible_scores(there: Away, back: Away) -> VisibleScores:
    """What of a region is seen; absent where nothing is."""
    if not (there.seen.any() and back.seen.any()):
        return VisibleScores.absent()
    pooled = np.concatenate([side.distance[side.seen] for side in (there, back)])
    cosine = sum(float(side.cosine[side.seen].mean()) for side in (there, back)) / 2
    return VisibleScores(float(back.seen.mean()), float(pooled.mean()), float(np.percentile(pooled, 95)), cosine)
