"""What an exported head says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.core.parts import CODES

if TYPE_CHECKING:
    from facewright.core.exchange.shape import Unit
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters


def provenance(model: HeadModel, parameters: Parameters, unit: Unit = "mm") -> list[str]:
    """Lines for the head of an exported file: that the shape is synthetic, its model, coefficients, unit and frame."""
    coefficients = [
        f"{code}.{component}={value:g}"
        for code in CODES
        for component, value in enumerate(parameters.code(code), start=1)
        if value != 0.0
    ]
    return [
        f"Synthetic head, made by Facewright with the model {model.name}",
        f"Coefficients in standard deviations: {' '.join(coefficients) or 'all 0 (the mean head)'}",
        f"Unit: {unit}. Axes: x to the subject's left, y up, z out of the face",
    ]
