"""Whether a surface that was changed is still one that a face can have: nothing torn, folded or creased.

It is looked at as a mesh that has the same faces before and after. What is allowed is measured: 95 % of the noses of
patients that the training draws (`facewright.train.data.noses`, on two fitted faces) lie within each bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.crossings import crossing_faces
from facewright.core.mesh import Mesh
from facewright.core.surface.correspondence import require_template

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters

_ASTRAY_MM, _MOST_LOST = 0.05, 0.003
"""A vertex further from its place was not found; of so many faces the cascade has no inverse where it is torn."""

_NEAR_MM = 88.0
"""How much of the face is judged, about subnasale: down to below the chin."""

SMALLEST_STRETCH, LARGEST_STRETCH = 0.35, 2.1
"""Of a length on the skin, after over before."""

SHARPEST_CREASE = 0.6
"""Change of the angle between neighbouring faces over the distance of their centres, 1/mm, 99.9th percentile."""


@dataclass(frozen=True)
class Soundness:
    """What became of a surface.

    crossing : faces that cut through others and did not before, not counted where there is another fault; shortest,
    longest : stretch of the skin, the worst 0.2 % of the faces that moved left out; crease : change of curvature, 1/mm,
    as `SHARPEST_CREASE` has it.
    """

    crossing: int = 0
    shortest: float = 1.0
    longest: float = 1.0
    crease: float = 0.0

    @property
    def fault(self) -> str:
        """What is wrong, in words; empty if nothing is."""
        if self.crossing:
            return "the surface would cut through itself"
        if self.shortest < SMALLEST_STRETCH or self.longest > LARGEST_STRETCH:
            return "the skin would be stretched or pressed too much"
        if self.crease > SHARPEST_CREASE:
            return "the surface would be creased"
        return ""


class FaceSurface:
    """The face of one head as a mesh that follows its codes, to judge other noses of it by."""

    def __init__(self, model: HeadModel, parameters: Parameters) -> None:
        """Of the head as it is. Raises FacewrightError if the model has no template mesh."""
        self._model, template = model, require_template(model)
        centre = model.points["sn"] if "sn" in model.points else template.vertices[template.vertices[:, 2].argmax()]
        near = np.linalg.norm(template.vertices - centre, axis=1) < _NEAR_MM
        self._template = template.vertices[near]
        numbers = np.cumsum(near, dtype=np.int32) - np.int32(1)
        faces = numbers[template.faces[near[template.faces].all(axis=1)]]
        points, astray = self._carried(parameters, self._template)
        self.mesh = Mesh(points, faces[~astray[faces].any(axis=1)])

    def fault(self, parameters: Parameters) -> str:
        """What is wrong with the face of another head whose codes are near; empty if nothing is."""
        there, astray = self._carried(parameters, self.mesh.vertices)
        lost = astray[self.mesh.faces].any(axis=1)
        if lost.mean() > _MOST_LOST:
            return "the surface would be torn"
        return soundness(Mesh(self.mesh.vertices, self.mesh.faces[~lost]), there).fault

    def _carried(self, parameters: Parameters, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the template's vertices are on a head, (V, 3) mm, and which of them were not found, (V,) bool."""
        from facewright.core.surface.carrying import carried  # compiled by numba, which takes a second to import

        carried_points = carried(self._model.field(parameters), self._template, start)
        return carried_points.points, carried_points.off > _ASTRAY_MM


def soundness(before: Mesh, after: np.ndarray) -> Soundness:
    """Judge vertices `after` (V, 3) mm of a mesh: only faces that have moved are looked at."""
    moved = (after != before.vertices).any(axis=1)
    faces = before.faces[moved[before.faces].any(axis=1)]
    if not len(faces):
        return Soundness()
    old, new = np.asarray(before.vertices, dtype=np.float64), np.asarray(after, dtype=np.float64)
    short, long = _stretches(old[faces], new[faces])
    shortest, longest = float(np.quantile(short, 0.002)), float(np.quantile(long, 0.998))
    bent = Soundness(0, shortest, longest, float(np.quantile(_creases(old, new, faces), 0.999)))
    if bent.fault:
        return bent
    near = _within(new, before.faces, new[faces].reshape(-1, 3))
    fresh = len(crossing_faces(new, near)) - len(crossing_faces(old, near))
    return replace(bent, crossing=max(fresh, 0))


def _within(points: np.ndarray, faces: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Those of the faces (F, 3) that reach into the box about other points (N, 3): what these might be moved into."""
    low, high = others.min(axis=0), others.max(axis=0)
    corners = points[faces]
    reaches: np.ndarray = ((corners.max(axis=1) >= low) & (corners.min(axis=1) <= high)).all(axis=1)
    return faces[reaches]


def _stretches(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and greatest stretch (F,) of triangles (F, 3, 3): the singular values of their affine maps."""
    grams = []
    for corners in (old, new):
        u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        grams.append(
            np.stack([(u * u).sum(1), (u * v).sum(1), (v * v).sum(1)], axis=1)[:, [0, 1, 1, 2]].reshape(-1, 2, 2)
        )
    first, second = grams
    good = np.linalg.det(first) > 1e-8
    squares = np.linalg.eigvals(np.linalg.solve(first[good], second[good])).real
    stretch = np.sqrt(np.clip(squares, 0.0, None))
    return stretch.min(axis=1), stretch.max(axis=1)


def _creases(old: np.ndarray, new: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Change of the angle at each edge between two faces over the distance of their centres before, 1/mm."""
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    owner = np.repeat(np.arange(len(faces)), 3)
    order = np.lexsort(edges.T)
    same = (edges[order][1:] == edges[order][:-1]).all(axis=1)
    one, other = owner[order][:-1][same], owner[order][1:][same]
    centres = old[faces].mean(axis=1)
    apart = np.linalg.norm(centres[one] - centres[other], axis=1)
    angles = [_signed_angles(points, faces, one, other) for points in (old, new)]
    change: np.ndarray = np.abs(angles[1] - angles[0]) / np.maximum(apart, 0.3)
    return change if len(change) else np.zeros(1)


def _signed_angles(points: np.ndarray, faces: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The angle between the normals of pairs of faces, + where they bulge."""
    corners = points[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    way = corners.mean(axis=1)[other] - corners.mean(axis=1)[one]
    sine = np.linalg.norm(np.cross(normals[one], normals[other]), axis=1)
    angle = np.arctan2(sine, (normals[one] * normals[other]).sum(axis=1))
    signed: np.ndarray = np.copysign(angle, ((normals[other] - normals[one]) * way).sum(axis=1))
    return signed
