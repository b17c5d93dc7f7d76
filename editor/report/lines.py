"""What stands at the head and at the foot of a report, whatever it is drawn as."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from facewright.core.anthropometry.measure import CAVEATS, frame_of
from facewright.editor.report.table import sources

if TYPE_CHECKING:
    from facewright.editor.report.study import ComparisonReport

TITLE = "Before and after"
_APART = "   ·   "


class Heading(NamedTuple):
    """Lines of text."""

    date: str
    heads: str
    model: str
    warnings: tuple[str, ...]


class Footing(NamedTuple):
    """The caveat that has to be read, and paragraphs of small print."""

    caveat: str
    small: list[str]


def heading(report: ComparisonReport) -> Heading:
    """Whose heads these are, and which model they were made with."""
    study, patient = report.study, report.details.patient.strip()
    heads = [f"Before: {study.names[0]}", f"After: {study.names[1]}"]
    if patient:
        heads.insert(0, f"Patient: {patient}")
    model = f"Model {study.model.name}, {study.model.fingerprint[:12]}{_APART}{report.program}"
    return Heading(report.details.date, _APART.join(heads), model, report.warnings)


def operations(report: ComparisonReport) -> str:
    """The operations on the head after as one paragraph; empty where there are none."""
    texts = report.study.operations
    return f"Operations: {'; '.join(texts)}." if texts else ""


def footing(report: ComparisonReport) -> Footing:
    """What the figures cannot say, where norms are from, and whose data the model was learnt from."""
    horizontal = f"Goode ratio and tip rotation in the {frame_of(report.study.landmarks_after)}."
    credit = str(report.study.model.metadata.get("credit", ""))
    small = [" ".join([*CAVEATS[1:], horizontal]), " ".join(sources(report)), credit]
    return Footing(CAVEATS[0], [paragraph for paragraph in small if paragraph])
