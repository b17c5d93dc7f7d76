"""What a head's skin carries along: teeth and gums with the jaws, eyeballs, lashes, and the skin out of sight."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import igl
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from facewright.core.anatomy import bundled_anatomy
from facewright.core.production.similarity import Similarity, similarity
from facewright.core.production.topology import SKIN, Topology

if TYPE_CHECKING:
    from collections.abc import Callable

_WELDED = (*SKIN, "mouth_socket", "eye_sockets")
"""Materials whose faces hang together."""

_RIM = ("lacrimal_fluid", "eye_blend", "eye_occlusion", "lashes")
"""Materials that the lids carry."""

_NEAREST = 8
_JAW_MM = 35.0
_LEAST_MM = 0.5


@dataclass(frozen=True, eq=False)
class Frames:
    """How what is rigid lies in a head, from the topology's neutral one."""

    upper_jaw: Similarity
    lower_jaw: Similarity
    eye_left: Similarity
    eye_right: Similarity


class Followers:
    """What follows the skin, on one topology; everything is known from its neutral head."""

    def __init__(self, topology: Topology) -> None:
        """Takes half a second: one factorisation."""
        self.topology = topology
        neutral = topology.neutral.astype(np.float64)
        self._skin = np.flatnonzero(topology.on_surface)
        mouth = topology.vertices_of("teeth", "gums_and_tongue")
        self.upper_mouth = mouth[topology.jaw[mouth] < 0.5]
        self.lower_mouth = mouth[topology.jaw[mouth] >= 0.5]
        eyes = topology.vertices_of("sclera", "cornea", "iris")
        self.eye_left, self.eye_right = eyes[neutral[eyes, 0] > 0.0], eyes[neutral[eyes, 0] < 0.0]
        self._margins = _lid_margins(neutral)
        self._weights = {
            "upper_jaw": self._near(neutral[self.upper_mouth], topology.jaw < 0.5),
            "lower_jaw": self._near(neutral[self.lower_mouth], topology.jaw > 0.5),
        }
        self._rim = topology.vertices_of(*_RIM)
        self._rim_weights = _blend(neutral[self._rim], neutral[self._skin])
        self._extension = _extension(topology)

    def _near(self, piece: np.ndarray, of: np.ndarray) -> np.ndarray:
        """Weights (S,) of the skin's vertices beside a piece (n, 3), of those `of` (V,) alone."""
        neutral = self.topology.neutral
        away, _ = cKDTree(piece).query(neutral[self._skin])
        weights: np.ndarray = np.exp(-np.square(away / _JAW_MM)) * of[self._skin]
        return weights

    def frames(self, vertices: np.ndarray) -> Frames:
        """Where the rigid pieces are, by the skin of a head: vertices (V, 3), mm, of which the skin's are read."""
        here, there = self.topology.neutral[self._skin], vertices[self._skin]
        jaws = {name: similarity(here, there, weights) for name, weights in self._weights.items()}
        eyes = {
            name: similarity(self.topology.neutral[margin], vertices[margin]) for name, margin in self._margins.items()
        }
        return Frames(**jaws, **eyes)

    def follow(self, vertices: np.ndarray) -> tuple[np.ndarray, Frames]:
        """All vertices (V, 3) float64, mm, of a head of which the skin's are known, and its frames."""
        neutral, placed = self.topology.neutral.astype(np.float64), vertices.astype(np.float64)
        frames = self.frames(vertices)
        placed[self.upper_mouth] = frames.upper_jaw(neutral[self.upper_mouth])
        placed[self.lower_mouth] = frames.lower_jaw(neutral[self.lower_mouth])
        placed[self.eye_left] = frames.eye_left(neutral[self.eye_left])
        placed[self.eye_right] = frames.eye_right(neutral[self.eye_right])
        moved = placed - neutral
        placed[self._rim] = neutral[self._rim] + self._rim_weights @ moved[self._skin]
        return self._extension(placed), frames


def _lid_margins(neutral: np.ndarray) -> dict[str, np.ndarray]:
    """The vertices on the margins of either eye's lids."""
    openings = [each for each in bundled_anatomy("ict_facekit").closing.openings if len(each.eyeball)]
    margins = [np.unique(np.concatenate([each.upper, each.lower])) for each in openings]
    return {"eye_left" if neutral[margin, 0].mean() > 0.0 else "eye_right": margin for margin in margins}


def _blend(points: np.ndarray, anchors: np.ndarray) -> sparse.csr_array:
    """Each point (N, 3) as a mean of the nearest anchors (M, 3), by distance: (N, M)."""
    away, near = cKDTree(anchors).query(points, k=_NEAREST)
    weights = 1.0 / np.maximum(away, _LEAST_MM) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(points)), _NEAREST)
    return sparse.csr_array((weights.ravel(), (rows, near.ravel())), shape=(len(points), len(anchors)))


def _extension(topology: Topology) -> Callable[[np.ndarray], np.ndarray]:
    """The displacement of the skin in sight carried on to what is welded to it, the least bent: min ∫ (Δd)²."""
    neutral = topology.neutral.astype(np.float64)
    welded = topology.vertices_of(*_WELDED)
    place = np.full(len(neutral), -1)
    place[welded] = np.arange(len(welded))
    faces = place[topology.triangles]
    faces = faces[(faces >= 0).all(axis=1)].astype(np.int64)
    laplacian = igl.cotmatrix(neutral[welded], faces).tocsr()
    inverse = sparse.diags_array(1.0 / igl.massmatrix(neutral[welded], faces).diagonal())
    bending = (laplacian @ inverse @ laplacian).tocsr()
    known = topology.on_surface[welded]
    free, fixed = np.flatnonzero(~known), np.flatnonzero(known)
    solver = splu(bending[free][:, free].tocsc())
    coupling = bending[free][:, fixed]

    def extend(vertices: np.ndarray) -> np.ndarray:
        moved = vertices[welded[fixed]] - neutral[welded[fixed]]
        placed = vertices.copy()
        placed[welded[free]] = neutral[welded[free]] - solver.solve(coupling @ moved)
        return placed

    return extend


@lru_cache(maxsize=1)
def bundled_followers(topology: Topology) -> Followers:
    """Those of the topology that ships."""
    return Followers(topology)
