"""What stands at the head and at the foot of a report, whatever it is drawn as."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from facewright.core.anthropometry.measure import CAVEATS, frame_of
from facewright.editor.report.table import UNCOVERED, sources

if TYPE_CHECKING:
    from facewright.core.model.head_model import HeadModel
    from facewright.editor.report.study import ComparisonReport, Details

TITLE = "Before and after"
APART = "   ·   "


class Heading(NamedTuple):
    """Lines of text; people : who the page is of and from."""

    title: str
    date: str
    people: tuple[str, ...]
    heads: str
    model: str
    warnings: tuple[str, ...]


class Footing(NamedTuple):
    """The caveat that has to be read, and paragraphs of small print."""

    caveat: str
    small: list[str]


def heading(report: ComparisonReport) -> Heading:
    """Whose heads these are, and which model they were made with."""
    study = report.study
    heads = APART.join([f"Before: {study.names[0]}", f"After: {study.names[1]}"])
    made_with = made(study.model, report.program)
    return Heading(TITLE, report.details.date, people(report.details), heads, made_with, report.warnings)


def people(details: Details) -> tuple[str, ...]:
    """The patient, the clinic and the clinician, as far as they are named."""
    named = (("Patient", details.patient), ("Clinician", details.clinician), ("Clinic", details.clinic))
    texts = [f"{title}: {name.strip()}" for title, name in named if name.strip()]
    return (APART.join(texts),) if texts else ()


def made(model: HeadModel, program: str) -> str:
    """The model and the program that a page was made with."""
    return f"Model {model.name}, {model.fingerprint[:12]}{APART}{program}"


def footing(report: ComparisonReport) -> Footing:
    """What the figures cannot say, where norms are from, and whose data the model was learnt from."""
    study = report.study
    before, after = frame_of(study.landmarks_before), frame_of(study.landmarks_after)
    where = f"in the {after}" if before == after else f"before in the {before}, after in the {after}"
    horizontal = f"Goode ratio, tip rotation and chin projection {where}."
    small = [" ".join([*CAVEATS[1:], horizontal]), " ".join([*sources(study.model, report.details.cohort), UNCOVERED])]
    small.append(str(study.model.metadata.get("credit", "")))
    return Footing(CAVEATS[0], [paragraph for paragraph in small if paragraph])
