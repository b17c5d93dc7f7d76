"""The measurements as a report prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from facewright.core.anthropometry.measure import (
    NOTICEABLE,
    RELATIVE,
    TEACHING,
    difference,
    has_true_scale,
    less_sure,
    shown,
)
from facewright.core.anthropometry.norms import COHORT_NAMES, NORMS_SOURCE

if TYPE_CHECKING:
    from facewright.core.anthropometry.measure import Value
    from facewright.core.anthropometry.norms import Cohort
    from facewright.core.model.head_model import HeadModel
    from facewright.editor.report.study import ComparisonReport

HEADERS = ("Measurement", "Before", "After", "±", "Difference", "z", "Norm, range")
SHARES = (0.315, 0.125, 0.125, 0.095, 0.135, 0.065, 0.14)
"""Of the table's width, by column."""

DIFFERENCE = HEADERS.index("Difference")
_MARK = " *"
UNCOVERED = "* The scan does not cover this: the value is a guess of the fitted head."


class Row(NamedTuple):
    """One measurement in words; `counts` says whether its difference is more than measuring alone gives."""

    name: str
    before: str
    after: str
    spread: str
    difference: str
    z: str
    norm: str
    counts: bool


def rows(report: ComparisonReport) -> list[Row]:
    """All measurements of a report."""
    cohort = report.details.cohort if has_true_scale(report.study.model) else None
    before, after = report.study.values(cohort)
    return [_row(old, new, cohort, report.study.model) for old, new in zip(before, after, strict=True)]


def sources(model: HeadModel, cohort: Cohort | None) -> list[str]:
    """Where norms and ranges are from, and what lengths are in."""
    if not has_true_scale(model):
        return [f"The model's data has no true scale: lengths are in {RELATIVE}, and there are no norms."]
    texts = [f"Ranges of angles and ratios: {TEACHING}."]
    if cohort:
        texts.insert(0, f"Norms (mean ± SD) and z: {COHORT_NAMES[cohort]} years, {NORMS_SOURCE}.")
    return texts


def value_text(value: Value) -> str:
    """A value with its unit, marked where the scan does not cover it."""
    text = shown(value.value, value.measure.unit, "" if value.unit == RELATIVE else value.unit)
    return text + (_MARK if value.uncovered else "")


def _row(old: Value, new: Value, cohort: Cohort | None, model: HeadModel) -> Row:
    kind = new.measure.unit
    more = difference(new.value, old.value, kind)
    change = shown(more, kind, "" if new.unit == RELATIVE else new.unit, "+")
    z = "" if new.z is None else shown(new.z, "mm", "", "+")
    counts = abs(more) >= NOTICEABLE[kind]
    spread, norm = less_sure(old, new).spread, _norm(new, cohort, model)
    return Row(new.measure.name, value_text(old), value_text(new), spread, change, z, norm, counts)


def _norm(value: Value, cohort: Cohort | None, model: HeadModel) -> str:
    """What the measurement is elsewhere."""
    if cohort and (norm := value.measure.norms.get(cohort)):
        return f"{norm.mean:.1f} ± {norm.sd:.1f}"
    if value.measure.usual and has_true_scale(model):
        low, high = value.measure.usual
        return f"{low:g} to {high:g}°" if value.measure.unit == "°" else f"{low:.2f} to {high:.2f}"
    return ""
