"""One reconstructed head against the true one: the figures of one row of the paper's Tables 1 and 2."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from core.metrics import (
    FACE_POINTS,
    PART_POINTS,
    compare_samples,
    face_normals,
    in_face,
    nearest_on_surface,
    normal_consistency,
    sample_tree,
)
from core.parts import LOCAL_PARTS, PARTS
from train.sampling.samples import surface_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.spatial import cKDTree

    from core.mesh import Mesh

Region = Literal["full", "nose", "eyes", "mouth", "remainder"]

REGIONS: tuple[Region, ...] = get_args(Region)
"""The face, then the parts as in `PARTS`; the remainder is the face without the local parts."""

SURFACE_POINTS = 20_000
"""Points at most of a region whose exact distance to the other surface is taken, from each side."""


@dataclass(frozen=True)
class Scores:
    """A region of one head, or means over heads.

    scd_mm, f1mm, floor_scd_mm, floor_f1mm : symmetric Chamfer distance and F-score in %, and what they are for the
    true surface sampled twice; p2s_mean_mm, p2s_p95_mm : mean and 95th percentile of the distances from samples of
    either surface to the other; normal_consistency : mean cosine of the normals there; vertex_mean_mm : mean
    distance of corresponding vertices, NaN where correspondence is not known; missing : heads whose reconstruction has
    nothing of the region. The other figures are means over the rest, NaN if there are none.
    """

    scd_mm: float
    f1mm: float
    floor_scd_mm: float
    floor_f1mm: float
    p2s_mean_mm: float
    p2s_p95_mm: float
    normal_consistency: float
    vertex_mean_mm: float
    missing: int = field(default=0, kw_only=True)

    @classmethod
    def absent(cls) -> Scores:
        """One head's, where its reconstruction has nothing of the region."""
        return cls(*[math.nan] * (len(fields(cls)) - 1), missing=1)

    @classmethod
    def mean(cls, scores: Sequence[Scores]) -> Scores:
        """The mean over heads, one or more."""
        present = [astuple(score)[:-1] for score in scores if not score.missing]
        if not present:
            return replace(cls.absent(), missing=len(scores))
        return cls(*np.mean(present, axis=0).tolist(), missing=len(scores) - len(present))


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


class TrueHead:
    """A registered head, its regions and its samples."""

    def __init__(self, mesh: Mesh, labels: np.ndarray, tip: np.ndarray, rng: np.random.Generator) -> None:
        """labels : (F,) index into `PARTS` of each face; tip : (3,) mm, the tip of the nose."""
        self.mesh, self.labels, self.tip, self._rng = mesh, labels, tip, rng
        self.samples = self.sample(mesh, labels)
        again = self.sample(mesh, labels)
        self.floor = {
            region: compare_samples(self.samples[region].tree, again[region].tree) for region in REGIONS
        }

    def sample(self, mesh: Mesh, labels: np.ndarray) -> dict[Region, Sampled]:
        """Samples of every region that a mesh has, its faces' parts known, within this head's face."""
        reaching = in_face(mesh.vertices, self.tip)[mesh.faces].any(axis=1)
        found: dict[Region, Sampled] = {}
        for region in REGIONS:
            chosen = reaching if region == "full" else reaching & (labels == PARTS.index(region))
            if chosen.any():
                count = PART_POINTS if region in LOCAL_PARTS else FACE_POINTS
                found[region] = Sampled(mesh, chosen, self.tip, count, self._rng)
        return found

    def compare(self, mesh: Mesh, vertices: np.ndarray | None) -> dict[Region, Scores]:
        """Scores of a reconstruction; vertices : (V, 3) mm, where it has this head's vertices, if that is known.

        A face of the reconstruction belongs to the part of the true face nearest to its middle.
        """
        result: dict[Region, Scores] = dict.fromkeys(REGIONS, Scores.absent())
        if not in_face(mesh.vertices[mesh.faces].reshape(-1, 3), self.tip).any():
            return result
        middles = mesh.vertices[mesh.faces].mean(axis=1)
        labels = self.labels[nearest_on_surface(middles, self.mesh.vertices, self.mesh.faces).face]
        samples = self.sample(mesh, labels)
        there, cosines_there = _to_surface(samples, self.mesh)
        back, cosines_back = _to_surface(self.samples, mesh)
        shifts = dict.fromkeys(REGIONS, math.nan) if vertices is None else self._shifts(vertices)
        for region in samples:
            pooled = np.concatenate([there[region], back[region]])
            result[region] = Scores(
                *compare_samples(samples[region].tree, self.samples[region].tree),
                *self.floor[region],
                float(pooled.mean()),
                float(np.percentile(pooled, 95)),
                (cosines_there[region] + cosines_back[region]) / 2,
                shifts[region],
            )
        return result

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


def _to_surface(samples: dict[Region, Sampled], mesh: Mesh) -> tuple[dict[Region, np.ndarray], dict[Region, float]]:
    """Every region's distances to a mesh and its normal consistency; one search for all of them."""
    few = {region: sampled.points[:SURFACE_POINTS] for region, sampled in samples.items()}
    ends = np.cumsum([len(points) for points in few.values()])[:-1]
    found = nearest_on_surface(np.concatenate(list(few.values())), mesh.vertices, mesh.faces)
    normals = face_normals(mesh.vertices, mesh.faces)[found.face]
    distances = dict(zip(few, np.split(found.distance, ends), strict=True))
    cosines = {
        region: normal_consistency(samples[region].normals[:SURFACE_POINTS], there)
        for region, there in zip(few, np.split(normals, ends), strict=True)
    }
    return distances, cosines
