"""The template's mesh carried to any head of a model: the same topology, UVs and part labels for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.cascade import Cascade
from core.errors import FacewrightError
from core.mesh import Mesh
from core.sampling import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.head_model import HeadModel
    from core.parameters import Parameters
    from core.template_mesh import TemplateMesh

_PIECE = 4096
"""Vertices carried at a time; between them, whether to go on."""


def require_template(model: HeadModel) -> TemplateMesh:
    """The model's template mesh; FacewrightError if it has none, as models have that were trained before there was."""
    if model.template is None:
        raise FacewrightError(
            f"The model {model.name} has no template mesh: choose marching cubes, or give it one with "
            "facewright-train template."
        )
    return model.template


def template_topology(
    model: HeadModel, parameters: Parameters, cancelled: Callable[[], bool] | None = None
) -> Mesh:
    """The head as the template's mesh, every vertex where the cascade's inverse puts it, on Φ = 0.

    Raises FacewrightError if the model has no template mesh, Cancelled once `cancelled` answers true.
    """
    template = require_template(model)
    cascade = Cascade(model, parameters)
    pieces = []
    for start in range(0, len(template.vertices), _PIECE):
        if cancelled is not None and cancelled():
            raise Cancelled
        piece = template.vertices[start : start + _PIECE]
        pieces.append(cascade.from_template(piece, piece))
    return Mesh(np.concatenate(pieces), template.faces)
