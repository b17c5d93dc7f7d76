"""Faces to learn from how faces vary (`facewright.train.data.make_face_shape`): ICT-FaceKit's, Anny's, and between.

All have the same places: vertices of ICT-FaceKit's skin, which Anny's heads are carried to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.anatomy import bundled_anatomy
from facewright.core.anthropometry.nose_fields import displacement
from facewright.core.metrics import in_face
from facewright.train.data.expressions import recipe_matrix
from facewright.train.data.noses import draw_changes
from facewright.train.data.people import People
from facewright.train.data.several import open_sources

if TYPE_CHECKING:
    from facewright.train.anatomy.closed_surface import ClosedSurface
    from facewright.train.data.heads import HeadSet, Split
    from facewright.train.data.ict_facekit import Morphs

LANDMARKS = (
    *("en_l", "en_r", "ex_l", "ex_r", "or_l", "or_r", "n", "g", "prn", "sn", "ac_l", "ac_r", "sbal_l", "sbal_r"),
    *("al_l", "al_r", "ls", "sto", "li", "ch_l", "ch_r", "pg", "gn"),
)
"""Of the face that a scan shows."""

_NOSTRILS_TOP_MM = (5.2, -5.4, 124.8)
"""Where the left nostril's top is on the mean head: the front end of its rim."""

_KINDS = ("usual", "wide", "nose", "expression")
_SIGMA = {"wide": (1.5, 4.5)}
"""Of the identity coefficients, and where they are cut; (1, 2.5) of others than these."""

PEOPLE = People(wide=0.6, noses=0.3, expressions=1)
"""How Anny's heads are drawn: as for the bundled model, each neutral and in one expression."""


class IctFaces:
    """Draws ICT-FaceKit's faces.

    mean : (V, 3) mm, the skin of the mean head; faces : (F, 3) int64 of it; seen : (n,) int64, the vertices that
    scanners see of a face; marks : (L, 2) int64, vertices half-way between which `LANDMARKS` lie, and the place between
    the tops of the nostrils.
    """

    def __init__(self, morphs: Morphs, identities: int | None = None) -> None:
        """Of ICT-FaceKit's folder; identities : of its shapes the first so many vary, all if not given."""
        self._morphs, self._anatomy = morphs, bundled_anatomy("ict_facekit")
        self._identities = morphs.identities[:identities]
        self._skin = slice(*self._anatomy.closing.skin)
        self.mean = morphs.neutral[self._skin].astype(np.float64)
        polygons = morphs.polygons[((morphs.polygons < len(self.mean)) & (morphs.polygons >= -1)).all(axis=1)]
        whole = polygons[polygons[:, 3] >= 0]
        self.faces = np.concatenate([polygons[:, :3], whole[:, [0, 2, 3]]]).astype(np.int64)
        top = np.array(_NOSTRILS_TOP_MM)
        tops = [int(np.linalg.norm(self.mean - top * [side, 1.0, 1.0], axis=1).argmin()) for side in (1.0, -1.0)]
        self.marks = np.array([*([self._anatomy.points[name]] * 2 for name in LANDMARKS), tops])
        face = in_face(self.mean, self.mean[self._anatomy.points["prn"]])
        face[self._anatomy.closing.hidden[self._anatomy.closing.hidden < len(face)]] = False
        self.seen = np.flatnonzero(face)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """The skin (V, 3) of the next head, mm."""
        morphs, kind = self._morphs, rng.choice(_KINDS)
        sigma, most = _SIGMA.get(kind, (1.0, 2.5))
        weights = (sigma * rng.standard_normal(len(self._identities))).clip(-most, most)
        skin = self.mean + np.tensordot(weights, self._identities[:, self._skin], axes=1)
        if kind == "expression":
            recipes = recipe_matrix()
            strengths = rng.uniform() * recipes[rng.integers(len(recipes))]
            skin += np.tensordot(strengths, morphs.morphs[:, self._skin], axes=1)
        if kind == "nose":
            marks = {name: skin[row].copy() for name, row in self._anatomy.points.items() if row < len(skin)}
            skin += displacement(draw_changes(rng), marks, skin)
        return skin


class Topology(NamedTuple):
    """Where places and landmarks are among the vertices of heads.

    places : (P,) int64; marks : (L, 2) int64, each landmark half-way between two.
    """

    places: np.ndarray
    marks: np.ndarray

    def of(self, vertices: np.ndarray) -> np.ndarray:
        """Places and landmarks (..., P + L, 3) of heads (..., V, 3), float64."""
        landmarks = vertices[..., self.marks, :].mean(axis=-2)
        return np.concatenate([vertices[..., self.places, :], landmarks], axis=-2).astype(np.float64)

    def closed(self, surface: ClosedSurface) -> Topology:
        """The same among the vertices of heads that were closed; each must be one of them."""
        rows = np.full(surface.sources.max() + 1, -1)
        own = surface.sources >= 0
        rows[surface.sources[own]] = np.flatnonzero(own)
        return Topology(rows[self.places], rows[self.marks])


def anny_faces(data: str, split: Split, subjects: int) -> HeadSet:
    """Anny's heads in ICT-FaceKit's topology, closed; FacewrightError as `open_sources` raises it."""
    heads = open_sources((data, "anny:"), split, subjects, PEOPLE)
    return replace(heads, vertices=heads.vertices[len(heads.subjects) // 2 :])
