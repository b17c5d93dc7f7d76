"""Planned and achieved as one HTML file with everything in it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from facewright.core.anthropometry.measure import RELATIVE, has_true_scale
from facewright.editor.report.achieved_lines import DIFFERENCE, HEADERS, footing, heading, plan, registration, rows
from facewright.editor.report.achieved_page import MAP_ENDS, UNKNOWN
from facewright.editor.report.achieved_study import KINDS, VIEWED
from facewright.editor.report.html_parts import document, image, legend, profile, table
from facewright.editor.report.shots import MAPPED

if TYPE_CHECKING:
    from facewright.editor.report.achieved_study import AchievedReport


def achieved_html(report: AchievedReport) -> str:
    """A report as the text of an HTML file."""
    unit = "mm" if has_true_scale(report.study.model) else RELATIVE
    entries = rows(report)
    figures = table(HEADERS, [row[:-1] for row in entries], [row.counts for row in entries], DIFFERENCE)
    views = [(view, kind) for view in VIEWED for kind in KINDS]
    cells = [f'<span class="faint">{kind}</span>' for _, kind in views]
    cells += [image(report.pictures[f"{kind} {view}"], f"{view}, {kind}") for view, kind in views]
    maps = "".join(image(report.pictures[f"map {name}"], f"{name}, achieved out of planned") for name in MAPPED)
    told = [f"<p>{escape(text)}</p>" for text in (registration(report), plan(report)) if text]
    note = report.details.note.strip()
    noted = f'<p class="note">{escape(note)}</p>' if note else ""
    body = f"""<div class="views" style="grid-template-columns: repeat({len(views)}, 1fr)">{"".join(cells)}</div>
{"".join(told)}{noted}
<div class="both"><div>{figures}</div>
<div><h3>Profiles in the sagittal plane</h3>{profile(report.study.profile, unit)}
<h3>Achieved out of planned, along the normal, {unit}</h3><div class="maps">{maps}</div>
{legend(MAP_ENDS, UNKNOWN)}</div></div>"""
    return document(heading(report), footing(report), body)
