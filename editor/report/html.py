"""A report as one HTML file with everything in it: pictures, the profile as a drawing, no script, no link."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from facewright.core.anthropometry.measure import RELATIVE, has_true_scale
from facewright.editor.report.html_parts import document, image, legend, paragraphs, profile, table
from facewright.editor.report.lines import footing, heading
from facewright.editor.report.shots import CLOSE, MAPPED, STANDARD
from facewright.editor.report.table import DIFFERENCE, HEADERS, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.editor.fit_verdict import FitWords
    from facewright.editor.report.study import ComparisonReport


def html(report: ComparisonReport) -> str:
    """A report as the text of an HTML file."""
    study, details = report.study, report.details
    unit = "mm" if has_true_scale(study.model) else RELATIVE
    entries = rows(report)
    figures = table(HEADERS, [row[:-1] for row in entries], [row.counts for row in entries], DIFFERENCE)
    operations = "".join(f"<li>{escape(text)}</li>" for text in study.operations)
    planned = f'<div class="note"><h3>Operations</h3><ol>{operations}</ol></div>' if operations else ""
    note = f'<p class="note">{escape(details.note.strip())}</p>' if details.note.strip() else ""
    body = f"""{_views(report, tuple(STANDARD))}{paragraphs([study.surface])}
{_views(report, tuple(CLOSE))}
{planned}{note}
<div class="both"><div>{figures}</div>
<div><h3>Profile in the sagittal plane</h3>{profile(study.profile, unit)}
<h3>Displacement across the surface, {unit}</h3>{_maps(report)}
{"".join(_fit(words, unit) for words in report.fits)}</div></div>"""
    return document(heading(report), footing(report), body)


def _views(report: ComparisonReport, names: Sequence[str]) -> str:
    cells = ["<span></span>", *(f'<span class="faint">{name}</span>' for name in names)]
    for kind in ("before", "after"):
        cells.append(f"<strong>{kind.capitalize()}</strong>")
        cells += [image(report.pictures[f"{kind} {name}"], f"{name}, {kind}") for name in names]
    columns = f"grid-template-columns: 4em repeat({len(names)}, 1fr)"
    return f'<div class="views" style="{columns}">{"".join(cells)}</div>'


def _maps(report: ComparisonReport) -> str:
    pictures = "".join(image(report.pictures[f"map {name}"], f"{name}, displacement") for name in MAPPED)
    return f'<div class="maps">{pictures}</div>{legend(("inwards", "outwards"))}'


def _fit(words: FitWords, unit: str) -> str:
    figures = table(("", "mean", "95 %", "points"), words.rows, [True] * len(words.rows), -1)
    told = f"<p><strong>{escape(words.verdict)}</strong> {escape(words.meaning)}</p>"
    return f"<h3>Distance from “{escape(words.name)}” to the head, {unit}</h3>{told}{figures}"
