"""What the page of planned and achieved says, whatever it is drawn as."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facewright.core.anthropometry.measure import (
    CAVEATS,
    NOTICEABLE,
    RELATIVE,
    difference,
    frame_of,
    has_true_scale,
    shown,
)
from facewright.editor.report.lines import APART, Footing, Heading, made, people
from facewright.editor.report.table import UNCOVERED, value_text

if TYPE_CHECKING:
    from facewright.core.anthropometry.measure import Value
    from facewright.editor.report.achieved_study import AchievedReport

TITLE = "Planned and achieved"
HEADERS = ("Measurement", "Before", "Planned", "Achieved", "±", "Achieved − planned")
SHARES = (0.285, 0.13, 0.13, 0.13, 0.095, 0.23)
DIFFERENCE = len(HEADERS) - 1

_SURE = 2.0
"""Standard deviations beyond which a difference is more than measuring twice gives."""


class Row(NamedTuple):
    """One measurement in words; `counts` says whether what was achieved differs from what was planned."""

    name: str
    before: str
    planned: str
    achieved: str
    spread: str
    difference: str
    counts: bool


def rows(report: AchievedReport) -> list[Row]:
    """All measurements."""
    return [_row(*values) for values in zip(*report.study.values, strict=True)]


def heading(report: AchievedReport) -> Heading:
    """Whose heads these are, and which model they were made with."""
    study, details = report.study, report.details
    heads = APART.join([f"Planned: {study.names[0]}", f"Achieved: {study.names[1]}"])
    return Heading(TITLE, details.date, people(details), heads, made(study.model, report.program), report.warnings)


def footing(report: AchievedReport) -> Footing:
    """What the figures cannot say."""
    model = report.study.model
    small = [
        f"Differences are bold beyond {_SURE:g} standard deviations of two measurements. {UNCOVERED} Goode ratio, tip "
        f"rotation and chin projection of all three in the {frame_of(report.study.faces[0])}, as the "
        "earlier scan has it. " + ("" if has_true_scale(model) else f"Lengths are in {RELATIVE}."),
        str(model.metadata.get("credit", "")),
    ]
    return Footing(CAVEATS[0], [text.strip() for text in small if text.strip()])


def registration(report: AchievedReport) -> str:
    """How well the later scan lies on the earlier one."""
    found = report.study.registration
    unit = "mm" if has_true_scale(report.study.model) else RELATIVE
    return (
        f"The later scan was placed on the earlier one by {found.beside:.0%} of the face outside what was operated on: "
        f"there they are {found.mean_mm:.2f} {unit} apart on average, {found.p95_mm:.2f} at 95 %."
    )


def plan(report: AchievedReport) -> str:
    """The operations that were planned; empty where there are none."""
    texts = report.study.operations
    return f"Planned: {'; '.join(texts)}." if texts else ""


def _row(before: Value, planned: Value, achieved: Value) -> Row:
    kind = achieved.measure.unit
    more = difference(achieved.value, planned.value, kind)
    unit = "" if achieved.unit == RELATIVE else achieved.unit
    spread = float(np.hypot(planned.uncertainty, achieved.uncertainty))
    counts = abs(more) >= max(NOTICEABLE[kind], _SURE * np.nan_to_num(spread))
    change = shown(more, kind, unit, "+")
    if np.isfinite(spread) and np.isfinite(more):
        change = f"{shown(more, kind, '', '+').rstrip('°')} ± {shown(spread, kind, unit)}"
    first, second, third = (value_text(value) for value in (before, planned, achieved))
    return Row(achieved.measure.name, first, second, third, achieved.spread, change, bool(counts))
