"""The measurements as a report prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from facewright.core.anthropometry.measure import NORMS_SOURCE, NOTICEABLE, RELATIVE, TEACHING, has_true_scale, shown

if TYPE_CHECKING:
    from facewright.core.anthropometry.measure import Cohort, Value
    from facewright.editor.report.study import ComparisonReport

COHORT_NAMES: dict[Cohort, str] = {"women": "women, 25 years", "men": "men, 25 years"}


class Row(NamedTuple):
    """One measurement in words; `counts` says whether its difference is more than measuring alone gives."""

    name: str
    before: str
    after: str
    difference: str
    z: str
    norm: str
    counts: bool


def rows(report: ComparisonReport) -> list[Row]:
    """All measurements of a report."""
    cohort = report.details.cohort if has_true_scale(report.study.model) else None
    before, after = report.study.values(cohort)
    return [_row(old, new, cohort, report) for old, new in zip(before, after, strict=True)]


def sources(report: ComparisonReport) -> list[str]:
    """Where norms and ranges are from, and what lengths are in."""
    if not has_true_scale(report.study.model):
        return [f"The model's data has no true scale: lengths are in {RELATIVE}, and there are no norms."]
    texts = [f"Ranges of angles and ratios: {TEACHING}."]
    if cohort := report.details.cohort:
        texts.insert(0, f"Norms (mean ± SD) and z: {COHORT_NAMES[cohort]}, {NORMS_SOURCE}.")
    return texts


def _row(old: Value, new: Value, cohort: Cohort | None, report: ComparisonReport) -> Row:
    kind, difference = new.measure.unit, new.value - old.value
    unit = "" if new.unit == RELATIVE else new.unit
    before, after = (shown(value.value, kind, unit) for value in (old, new))
    change = shown(difference, kind, unit, "+")
    z = "" if new.z is None else shown(new.z, "mm", "", "+")
    counts = abs(difference) >= NOTICEABLE[kind]
    return Row(new.measure.name, before, after, change, z, _norm(new, cohort, report), counts)


def _norm(value: Value, cohort: Cohort | None, report: ComparisonReport) -> str:
    """What the measurement is elsewhere."""
    if cohort and (norm := value.measure.norms.get(cohort)):
        return f"{norm.mean:.1f} ± {norm.sd:.1f}"
    if value.measure.usual and has_true_scale(report.study.model):
        low, high = value.measure.usual
        return f"{low:g} to {high:g}{'°' if value.measure.unit == '°' else ''}"
    return ""
