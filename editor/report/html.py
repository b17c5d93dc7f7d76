"""A report as one HTML file with everything in it: pictures, the profile as a drawing, no script, no link."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImageWriter

from facewright.core.anthropometry.measure import NOTICEABLE_MM, RELATIVE, has_true_scale
from facewright.editor.report.lines import TITLE, footing, heading, operations
from facewright.editor.report.profile import AFTER, BEFORE, GRID_MM, profile_of
from facewright.editor.report.shots import MAPPED, STANDARD
from facewright.editor.report.study import RANGE_MM
from facewright.editor.report.table import rows
from facewright.editor.viewport.colours import displacement_colours

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QImage

    from facewright.editor.report.study import ComparisonReport

_JPEG_QUALITY = 90
_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; color: #16191d; max-width: 1080px; margin: 2em auto; padding: 0 1em }
h1 { margin: 0 } header p { margin: .2em 0 } .faint { color: #6b7280 } .right { float: right }
.warning { color: #b42318; font-weight: bold }
header, footer { border-color: #c9ced6; border-style: solid; border-width: 0 0 1px } footer { border-width: 1px 0 0 }
.views { display: grid; grid-template-columns: 4em repeat(6, 1fr); gap: 4px; align-items: center; margin: 1em 0 }
.views img, .maps img { width: 100%; display: block } .views span { text-align: center; font-size: 12px }
.both { display: grid; grid-template-columns: 5fr 3fr; gap: 2em; align-items: start }
table { border-collapse: collapse; width: 100% } td, th { padding: .18em .5em; text-align: right }
td:first-child, th:first-child { text-align: left } tbody tr:nth-child(even) { background: #f3f4f6 }
.maps { display: grid; grid-template-columns: 1fr 1fr; gap: 4px } .bar { height: 12px; margin-top: 6px }
.ends { display: flex; justify-content: space-between; font-size: 12px } .note { background: #f3f4f6; padding: .6em 1em;
white-space: pre-wrap } svg { width: 100%; border: 1px solid #c9ced6 }
@media print { body { font-size: 9px; margin: 0 } }
"""


def html(report: ComparisonReport) -> str:
    """A report as the text of an HTML file."""
    study, details = report.study, report.details
    head, foot = heading(report), footing(report)
    warnings = "".join(f'<p class="warning">{escape(text)}</p>' for text in head.warnings)
    note = f'<p class="note">{escape(details.note.strip())}</p>' if details.note.strip() else ""
    planned = f'<p class="note">{escape(operations(report))}</p>' if study.operations else ""
    unit = "mm" if has_true_scale(study.model) else RELATIVE
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title><style>{_STYLE}</style></head><body>
<header><span class="right">{escape(head.date)}</span><h1>{TITLE}</h1>
<p>{escape(head.heads)}</p>
<p class="faint">{escape(head.model)}</p>{warnings}</header>
{_views(report)}
<div class="both"><div>{_table(report)}</div>
<div><h3>Profile in the sagittal plane</h3>{_profile(report)}
<p class="ends"><span style="color:{BEFORE}">before</span><span style="color:{AFTER}">after</span>
<span class="faint">grid {GRID_MM:g} {unit}</span></p>
<h3>Displacement, {unit}</h3>{_maps(report)}</div></div>
{planned}{note}
<footer><p><strong>{escape(foot.caveat)}</strong></p>{_paragraphs(foot.small)}</footer>
</body></html>
"""


def _views(report: ComparisonReport) -> str:
    cells = ["<span></span>", *(f'<span class="faint">{name}</span>' for name in STANDARD)]
    for kind in ("before", "after"):
        cells.append(f"<strong>{kind.capitalize()}</strong>")
        cells += [_img(report.pictures[f"{kind} {name}"], f"{name}, {kind}") for name in STANDARD]
    return f'<div class="views">{"".join(cells)}</div>{_paragraphs([report.study.surface])}'


def _table(report: ComparisonReport) -> str:
    head = "".join(f"<th>{text}</th>" for text in ("Measurement", "Before", "After", "Difference", "z", "Norm, range"))
    body = []
    for row in rows(report):
        texts = (f"<td>{escape(text)}</td>" for text in (row.name, row.before, row.after))
        change = f"<strong>{row.difference}</strong>" if row.counts else f'<span class="faint">{row.difference}</span>'
        body.append(f"<tr>{''.join(texts)}<td>{change}</td><td>{row.z}</td><td>{escape(row.norm)}</td></tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _profile(report: ComparisonReport) -> str:
    drawing = profile_of(report.study)
    grid = [f"M{x:.2f} 0V{drawing.height:.2f}" for x in drawing.columns]
    grid += [f"M0 {y:.2f}H{drawing.width:.2f}" for y in drawing.lines]
    return (
        f'<svg viewBox="0 0 {drawing.width:.2f} {drawing.height:.2f}" fill="none" role="img" '
        'aria-label="Profile before and after">'
        f'<path d="{"".join(grid)}" stroke="#c9ced6" stroke-width=".15"/>'
        f'<path d="{_path(drawing.before)}" stroke="{BEFORE}" stroke-width=".45"/>'
        f'<path d="{_path(drawing.after)}" stroke="{AFTER}" stroke-width=".45"/></svg>'
    )


def _path(lines: Iterable[np.ndarray]) -> str:
    return "".join("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in line) for line in lines)


def _maps(report: ComparisonReport) -> str:
    pictures = "".join(_img(report.pictures[f"map {name}"], f"{name}, displacement") for name in MAPPED)
    at = np.linspace(-RANGE_MM, RANGE_MM, 101)
    shades = displacement_colours(at, RANGE_MM).tolist()
    stops = ",".join(f"rgb({red},{green},{blue})" for red, green, blue in shades)
    return (
        f'<div class="maps">{pictures}</div>'
        f'<div class="bar" style="background:linear-gradient(to right,{stops})"></div>'
        f'<p class="ends"><span>−{RANGE_MM:g}, inwards</span><span class="faint">grey: under {NOTICEABLE_MM:g}</span>'
        f"<span>outwards, +{RANGE_MM:g}</span></p>"
    )


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f'<p class="faint">{escape(text)}</p>' for text in texts if text)


def _img(picture: QImage, words: str) -> str:
    """A picture in the text itself."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"jpeg"))
    writer.setQuality(_JPEG_QUALITY)
    writer.write(picture)
    return f'<img alt="{escape(words)}" src="data:image/jpeg;base64,{base64.b64encode(content.data()).decode()}">'
