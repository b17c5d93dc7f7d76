"""Which places of a scan are which of the template's, told by the shape of the whole face.

A fit that knows surfaces alone brings the head onto the scan, and slides along it by a millimetre: cheeks and lips lie
right, but the cascade takes them for their neighbours, and a mesh that it carries has its loops beside the eyes and the
mouth. Faces vary together, so a linear model of them (`facewright.core.anthropometry.face_mixture`) laid on the scan
tells which place is which. Where these are on the template a model knows that was trained on heads of the same
topology; for others the faces are laid on its mean head too. The rest of the fit is held to both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.anthropometry.face_mixture import face_mixture
from facewright.core.anthropometry.own_face import believed, carried_landmarks
from facewright.core.anthropometry.own_surface import OwnSurface
from facewright.core.parameters import Parameters
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from facewright.core.anthropometry.face_mixture import FaceMixture
    from facewright.core.model.head_model import HeadModel

_NEAR_MM = 0.25
"""A mean head from which half of the places of the face laid on it are further is like no face that is known."""


class HeldPlaces(NamedTuple):
    """Places that are the same: points (n, 3) mm on a scan, head frame, and template (n, 3) mm on the template."""

    points: np.ndarray
    template: np.ndarray


def held_places(model: HeadModel, fitted: Parameters, points: np.ndarray) -> HeldPlaces | None:
    """Those that points (N, 3) mm of a scan cover, which lie on a head that was about fitted to them.

    None where the scan, or the model's mean head, is like no face that is known.
    """
    people = face_mixture()
    template = _on_template(model, people)
    if template is None:
        return None
    cascade = Cascade(model, fitted)
    try:
        surface = OwnSurface(model.field(fitted).distance, points)
    except ValueError:  # no point is near the head
        return None
    laid = believed(cascade, surface, carried_landmarks(model, cascade, people), people)
    if laid is None:
        return None
    covered = surface.covers(laid.places)
    return HeldPlaces(laid.places[covered], template[covered]) if covered.any() else None


def _on_template(model: HeadModel, people: FaceMixture) -> np.ndarray | None:
    """The places (P, 3) float32, mm, of faces on a model's template: as it was trained, or else by its mean head."""
    if model.registration and model.registration.topology == people.topology:
        known = model.registration.of(people.vertices)
        if known is not None:
            return known
    mean = Cascade(model, Parameters())
    home = people.laid(model.field(Parameters()).distance, _everywhere, carried_landmarks(model, mean, people))
    if home is None or home[1].off_mm > _NEAR_MM:
        return None
    return mean.to_template(home[1].places.astype(np.float32))


def _everywhere(points: np.ndarray) -> np.ndarray:
    return np.ones(len(points), dtype=bool)
