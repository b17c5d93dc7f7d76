"""A patient's own face on a head: the points of the scan, and where on the template its landmarks ride.

Where landmarks belong is told once, on the scan as it was fitted (`facewright.core.anthropometry.face_shape`): told
anew after an edit, that of a nose would move the corners of the eyes, for the whole face tells of each. From there
they ride on the cascade as the scan does, and what no edit reaches stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.anthropometry.face_shape import face_shape
from facewright.core.anthropometry.locate import nostrils_top
from facewright.core.anthropometry.own_surface import OwnSurface
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.cascade import Cascade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facewright.core.anthropometry.face_shape import FaceShape
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters


class OwnFace(NamedTuple):
    """The patient's own face as it lies on a head.

    points : (N, 3) mm, head frame, of the scan; places : (3,) by name, mm, on the template, of landmarks it tells.
    """

    points: np.ndarray
    places: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, model: HeadModel, fitted: Parameters, points: np.ndarray, shape: FaceShape | None = None) -> OwnFace:
        """Of the scan's points (N, 3) on the head that was fitted to them; shape : as for `own_places`."""
        return cls(points, own_places(model, fitted, points, shape))


def own_places(
    model: HeadModel, fitted: Parameters, points: np.ndarray, shape: FaceShape | None = None
) -> dict[str, np.ndarray]:
    """Where on the template landmarks (3,) mm of a scan ride, by name: those that the shape of its whole face tells.

    fitted, points : the head, and the scan's points (N, 3) mm on it; shape : how faces vary, the bundled one if not
    given. Empty where the scan or the model is no such face.
    """
    shape = shape or face_shape()
    places = {**model.points, **nostrils_top(model.points)}
    names = [name for name in shape.names if name in places]
    if not names:
        return {}
    cascade, there = Cascade(model, fitted.bare), np.stack([places[name] for name in names])
    surface = OwnSurface(model.field(fitted.bare).distance, head_warp(model, fitted).undone(points))
    carried = dict(zip(names, cascade.from_template(there, there).astype(np.float64), strict=True))
    told = shape.located(surface.distance, surface.covers, carried)
    if told is None:
        return {}
    return dict(zip(names, cascade.to_template(np.stack(list(told.values())).astype(np.float32)), strict=True))
