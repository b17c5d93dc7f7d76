"""What an exported head says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.core.parts import CODES

if TYPE_CHECKING:
    from facewright.core.exchange.shape import LengthUnit
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters


def provenance(
    model: HeadModel,
    parameters: Parameters,
    unit: LengthUnit = "mm",
    *,
    of_patient: bool = False,
    coefficients: bool = True,
) -> list[str]:
    """Lines for the head of an exported file: what the shape is, its model, coefficients, unit and frame.

    of_patient : it is a patient's scan, edited, rather than a head made up; coefficients : whether they are told: a
    patient's are the face.
    """
    made = f"made by Facewright with the model {model.name}"
    lines = [f"Illustration, no prediction: a scan edited, {made}" if of_patient else f"Synthetic head, {made}"]
    if coefficients:
        values = " ".join(
            f"{code}.{component}={value:g}"
            for code in CODES
            for component, value in enumerate(parameters.code(code), start=1)
            if value != 0.0
        )
        lines.append(f"Coefficients in standard deviations: {values or 'all 0 (the mean head)'}")
    if operations := [f"{key} {amount:+g}" for key, amount in parameters.plan.asked.items()]:
        lines.append(f"Operations, mm or degrees: {', '.join(operations)}")
    if parameters.dabs:
        count = len(parameters.dabs)
        lines.append(f"Brush work: {count:,} dab{'s' * (count > 1)}")
    return [*lines, f"Unit: {unit}. Axes: x to the subject's left, y up, z out of the face"]
