"""A patient's own face on a head: the points of the scan, and where on the template its landmarks ride.

Where landmarks belong is told once, on the scan as it was fitted (`facewright.core.anthropometry.face_mixture`): told
anew after an edit, that of a nose would move the corners of the eyes, for the whole face tells of each. From there
they ride on the cascade as the scan does, and what no edit reaches stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.anthropometry.face_mixture import face_mixture
from facewright.core.anthropometry.locate import nostrils_top
from facewright.core.anthropometry.own_surface import OwnSurface
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.anthropometry.face_mixture import FaceMixture
    from facewright.core.anthropometry.face_shape import LaidFace
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters


_NO_NEARER = 1.35
"""A face that was laid is believed where it is no further from the scan than so many times what the fitted head is.

Of faces that the mixture knows it is 0.5 to 1.2 times as far, of others (ICT-FaceKit's by Anny's people alone, and the
other way round) 1.5 to 2.5 times, and there landmarks are worse than those that the fit carries."""

_NEAR_MM = 0.1
"""… or is no further than that: of a surface without noise the fitted head may be nearer than any model of faces."""


class OwnFace(NamedTuple):
    """The patient's own face as it lies on a head.

    points : (N, 3) mm, head frame, of the scan; places : (3,) by name, mm, on the template, of landmarks it tells.
    """

    points: np.ndarray
    places: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, model: HeadModel, fitted: Parameters, points: np.ndarray, people: FaceMixture | None = None) -> OwnFace:
        """Of the scan's points (N, 3) on the head that was fitted to them; people : as for `own_places`."""
        return cls(points, own_places(model, fitted, points, people))


def own_places(
    model: HeadModel, fitted: Parameters, points: np.ndarray, people: FaceMixture | None = None
) -> dict[str, np.ndarray]:
    """Where on the template landmarks (3,) mm of a scan ride, by name: those that the shape of its whole face tells.

    fitted, points : the head, and the scan's points (N, 3) mm on it; people : how faces vary, the bundled ones if not
    given. Empty where the scan is like no face that is known, or the model's heads are none.
    """
    people = people or face_mixture()
    cascade = Cascade(model, fitted.bare)
    surface = OwnSurface(model.field(fitted.bare).distance, head_warp(model, fitted).undone(points))
    carried = carried_landmarks(model, cascade, people)
    laid = believed(cascade, surface, carried, people)
    if laid is None:
        return {}
    told = np.stack([laid.landmarks[name] for name in carried])
    return dict(zip(carried, cascade.to_template(told.astype(np.float32)), strict=True))


def carried_landmarks(model: HeadModel, cascade: Cascade, people: FaceMixture) -> dict[str, np.ndarray]:
    """Where a head of the model has the landmarks (3,) mm, by name, that the model and the people know."""
    places = {**model.points, **nostrils_top(model.points)}
    names = [name for name in people.names if name in places]
    if not names:
        return {}
    there = np.stack([places[name] for name in names])
    return dict(zip(names, cascade.from_template(there, there).astype(np.float64), strict=True))


def believed(
    cascade: Cascade, surface: OwnSurface, carried: Mapping[str, np.ndarray], people: FaceMixture
) -> LaidFace | None:
    """The likeliest face on a scan's surface; None where that is like no face that is known.

    cascade : of the head that was fitted to the scan; carried : its landmarks (3,) mm by name.
    """
    likeliest = people.laid(surface.distance, surface.covers, carried)
    if likeliest is None:
        return None
    _, laid = likeliest
    fitted_mm = _fitted_off_mm(cascade, surface, laid)
    if np.isnan(fitted_mm):  # the scan has nothing where the face was laid
        return None
    return laid if laid.off_mm < max(_NO_NEARER * fitted_mm, _NEAR_MM) else None


def _fitted_off_mm(cascade: Cascade, surface: OwnSurface, laid: LaidFace) -> float:
    """How far the fitted head is from its scan where a face was laid, mm: of half of the places it is further.

    NaN where the scan has none of them.
    """
    fitted = cascade.onto_surface(laid.places.astype(np.float32))
    covered = surface.covers(fitted)
    return float(np.median(np.abs(surface.distance(fitted[covered])))) if covered.any() else float("nan")
