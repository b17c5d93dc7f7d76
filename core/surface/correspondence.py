"""The template's mesh carried to any head of a model: the same topology, UVs and part labels for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.mesh import Mesh
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.membrane import close_mouth
from facewright.core.surgery.fields import warp_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from facewright.core.model.head_model import HeadModel
    from facewright.core.model.template_mesh import TemplateMesh

_PIECE = 4096
"""Vertices carried at a time; between them, whether to go on."""

ASTRAY_MM = 0.01
"""A vertex that the cascade carries further from its place on the template was not found yet."""

_STEPS = 16
"""Steps from the mean head to one on which vertices were not found from the template at once."""


def require_template(model: HeadModel) -> TemplateMesh:
    """The model's template mesh; FacewrightError if it has none, as models have that were trained before there was."""
    if model.template is None:
        raise FacewrightError(
            f"The model {model.name} has no template mesh: choose marching cubes, or give it one with "
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
    points = np.concatenate(pieces)
    astray = np.linalg.norm(cascade.to_template(points) - template.vertices, axis=1) > ASTRAY_MM
    if astray.any():
        points[astray] = walked(model, parameters, template.vertices[astray], cancelled)
    _check(cancelled)
    points = close_mouth(template, cascade.onto_surface(points), cascade, lambda: _check(cancelled))
    return warp_of(parameters.plan).of_mesh(Mesh(points, template.faces))


def walked(
    model: HeadModel, parameters: Parameters, template: np.ndarray, cancelled: Callable[[], bool] | None = None
) -> np.ndarray:
    """The cascade's inverse at `template` (N, 3), followed from the mean head to this one in small steps.

    An open jaw moves lips by centimetres, and a grown-up's alae lie a centimetre from a child's, which the mean head
    may be: from so far Newton's method finds nothing or another sheet.
    """
    points, mean = template, Parameters()
    for share in np.linspace(0.0, 1.0, _STEPS + 1).tolist():
        _check(cancelled)
        between = mean
        for code in CODES:
            between = between.toward(parameters, code, share)
        points = Cascade(model, between).inverse(template, points)
    return points


def _check(cancelled: Callable[[], bool] | None) -> None:
    """Raise Cancelled once `cancelled` answers true."""
    if cancelled is not None and cancelled():
        raise Cancelled
