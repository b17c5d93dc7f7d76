"""The template's mesh carried to any head of a model: the same topology, UVs and part labels for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.mesh import Mesh
from facewright.core.sculpt.warp import head_warp
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.membrane import close_mouth

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.model.template_mesh import TemplateMesh
    from facewright.core.parameters import Parameters

_PIECE = 4096
"""Vertices carried at a time; between them, whether to go on."""


def require_template(model: HeadModel) -> TemplateMesh:
    """The model's template mesh; FacewrightError if it has none, as models have that were trained before there was."""
    if model.template is None:
        raise FacewrightError(
            f"The model {model.name} has no template mesh: choose another topology, or give it one with "
            "facewright-train template."
        )
    return model.template


def template_topology(model: HeadModel, parameters: Parameters, cancelled: Callable[[], bool] | None = None) -> Mesh:
    """The head as the template's mesh: each vertex where the cascade's inverse puts it, on Φ = 0, but in an open mouth.

    Raises FacewrightError if the model has no template mesh, Cancelled once `cancelled` answers true.
    """
    template = require_template(model)
    cascade = Cascade(model, parameters)
    pieces = []
    for start in range(0, len(template.vertices), _PIECE):
        _check(cancelled)
        piece = template.vertices[start : start + _PIECE]
        pieces.append(cascade.inverse(piece, piece))
    _check(cancelled)
    points = cascade.onto_surface(np.concatenate(pieces))
    points = close_mouth(template, points, cascade, lambda: _check(cancelled))
    return head_warp(model, parameters).of_mesh(Mesh(points, template.faces))


def _check(cancelled: Callable[[], bool] | None) -> None:
    """Raise Cancelled once `cancelled` answers true."""
    if cancelled is not None and cancelled():
        raise Cancelled
