"""Named directions over the whole head, such as age: what a label of the training heads moves in all parts at once.

A direction is the change of the nose's, eyes', mouth's and remainder's codes that goes with one standard deviation of a
label, the other labels held. Labels are named as the source of the heads names them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facewright.core.basis import Basis
from facewright.core.errors import FacewrightError
from facewright.core.parameters import LIMIT
from facewright.core.parts import CODE_SIZES, PARTS

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters

SIZE = sum(CODE_SIZES[part] for part in PARTS)
"""Length of a direction: the codes of all `PARTS`, one after the other."""


def basis_of(model: HeadModel) -> Basis:
    """The directions of a model as sliders: 1 is one standard deviation of the label."""
    ends = np.cumsum([CODE_SIZES[part] for part in PARTS])[:-1]
    rows = {}
    for name, direction in model.directions.items():
        spaces = [model.latent[part] for part in PARTS]
        parts = zip(spaces, np.split(np.asarray(direction, np.float64), ends), strict=True)
        rows[name] = np.concatenate([(space.components @ change) / space.sigma for space, change in parts])
    return Basis(model.components, PARTS, rows)


def moved(model: HeadModel, parameters: Parameters, name: str, amount: float) -> Parameters:
    """A head moved along one of `HeadModel.directions` by so many standard deviations of its label.

    Coefficients stay within ±`LIMIT`. Raises FacewrightError if the model has no such direction.
    """
    if name not in model.directions:
        names = ", ".join(model.directions) or "none"
        raise FacewrightError(f"The model has no direction called {name}: it has {names}.")
    ends = np.cumsum([CODE_SIZES[part] for part in PARTS])[:-1]
    for part, change in zip(PARTS, np.split(model.directions[name], ends), strict=True):
        space = model.latent[part]
        values = amount * (space.components @ change) / space.sigma
        own = parameters.code(part)
        values[: len(own)] += own
        parameters = parameters.with_code(part, values.clip(-LIMIT, LIMIT).tolist())
    return parameters
