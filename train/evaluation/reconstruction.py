"""Heads reconstructed by a model from what they look like: codes fitted, surface extracted, vertices followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facewright.core.fit import Target, fit
from facewright.core.mesh import Mesh
from facewright.core.metrics import FACE_DEPTH_MM, FACE_RADIUS_MM
from facewright.core.parts import PARTS
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import NoSurface
from facewright.train.evaluation.cropped import cropped_head
from facewright.train.samples import distance_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from facewright.core.fit import FitSettings
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.train.data.heads import HeadSet

VOXEL_MM = 1.0
"""At this size marching cubes is off the surface by 0.01 mm on a face, and by 0.04 mm in one place of twenty."""

_COUNTS = (4000, 5000, 1000)
"""Points of a head to fit: on its surface, near it and in the ball."""

_DENSITY = 4.0
"""How many times denser points to fit lie on nose, eyes and mouth: as in training."""

_MARGIN_MM = 3.0


@dataclass(frozen=True)
class Reconstruction:
    """What a model makes of a head.

    mesh : of the face at least, empty if the model has no surface there; vertices : (V, 3) float32, mm, the true head's
    on it, if correspondence is known.
    """

    mesh: Mesh
    vertices: np.ndarray | None


@dataclass(frozen=True)
class FittedHead:
    """A head of a set, by subject and expression number, and its parameters in the model."""

    subject: int
    expression: int
    parameters: Parameters


@dataclass(frozen=True)
class Unseen:
    """Closed heads of one topology to reconstruct, in the models' head frame.

    vertices : (S, E, V, 3) float32, mm, subject by expression, expression 0 neutral; faces : (F, 3) int32; labels :
    (F,) index into `PARTS` of each face; tip : the vertex at the tip of the nose; subjects, expressions : their names.
    """

    vertices: np.ndarray
    faces: np.ndarray
    labels: np.ndarray
    tip: int
    subjects: tuple[str, ...]
    expressions: tuple[str, ...]

    @classmethod
    def of(cls, heads: HeadSet) -> Unseen:
        """The heads of a data set."""
        surface = heads.surface
        tip = surface.points["prn"]
        return cls(heads.vertices, surface.faces, heads.face_parts, tip, heads.subjects, heads.expressions)


class ImplicitHeads:
    """A model's reconstructions of heads."""

    def __init__(self, model: HeadModel, heads: Unseen, template: np.ndarray | None) -> None:
        """template : (V, 3) mm, the heads' vertices on the model's template, if correspondence is known."""
        self.model, self.heads = model, heads
        self._template = template if model.network.config.stages else None
        self._density = np.where(heads.labels == PARTS.index("remainder"), 1.0, _DENSITY)

    def fit(
        self,
        chosen: Sequence[tuple[int, int]],
        settings: FitSettings,
        progress: Callable[[float, float], None] | None = None,
    ) -> list[FittedHead]:
        """Fit the codes of heads, (subject, expression) each, all at once."""
        faces, frame = self.heads.faces, self.model.frame
        ball = (np.asarray(frame.centre_mm), frame.radius_mm)
        samples = [
            distance_samples(
                self.heads.vertices[subject, expression],
                faces,
                self._density,
                _COUNTS,
                ball,
                np.random.default_rng([settings.seed, subject, expression]),
            )
            for subject, expression in chosen
        ]
        target = Target(*(np.stack(arrays) for arrays in zip(*samples, strict=True)))
        fitted = fit(self.model, target, settings, progress=progress)
        return [FittedHead(*head, p) for head, p in zip(chosen, fitted.parameters, strict=True)]

    def reconstruct(self, head: FittedHead) -> Reconstruction:
        """The surface about the face, and the vertices that the cascade carries to the template's."""
        truth = self.heads.vertices[head.subject, head.expression]
        bounds = face_bounds(truth[self.heads.tip], self.model.bounds_mm)
        try:
            mesh = cropped_head(self.model.field(head.parameters).distance, bounds, self.model.bounds_mm, VOXEL_MM)
        except NoSurface:
            mesh = Mesh(np.empty((0, 3), np.float32), np.empty((0, 3), np.int32))
        return Reconstruction(mesh, self.vertices(head))

    def vertices(self, head: FittedHead) -> np.ndarray | None:
        """The registered vertices (V, 3) float32, mm, on the model's surface: what is carried to the template's.

        None if correspondence is not known, or for a model that deforms nothing.
        """
        if self._template is None:
            return None
        truth = self.heads.vertices[head.subject, head.expression]
        return Cascade(self.model, head.parameters).from_template(self._template, truth)


def face_bounds(nose_tip: np.ndarray, bounds_mm: np.ndarray, margin_mm: float = _MARGIN_MM) -> np.ndarray:
    """The box (2, 3), mm, about the face's ball and a margin, within a model's bounds (2, 3)."""
    centre = np.asarray(nose_tip) - [0.0, 0.0, FACE_DEPTH_MM]
    reach = FACE_RADIUS_MM + margin_mm
    return np.stack([np.maximum(centre - reach, bounds_mm[0]), np.minimum(centre + reach, bounds_mm[1])])
