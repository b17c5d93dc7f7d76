"""Pieces of every report that is an HTML file."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImageWriter

from facewright.core.anthropometry.measure import NOTICEABLE_MM
from facewright.editor.report.profile import GRID_MM, RULER_MM, tick_mm
from facewright.editor.report.study import RANGE_MM
from facewright.editor.viewport.colours import displacement_colours

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QImage

    from facewright.editor.report.lines import Footing, Heading
    from facewright.editor.report.profile import Profile

_JPEG_QUALITY = 90
_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; color: #16191d; max-width: 1080px; margin: 2em auto; padding: 0 1em }
h1 { margin: 0 } header p { margin: .2em 0 } .faint { color: #6b7280 } .right { float: right }
.warning { color: #b42318; font-weight: bold }
header, footer { border-color: #c9ced6; border-style: solid; border-width: 0 0 1px } footer { border-width: 1px 0 0 }
.views { display: grid; gap: 4px; align-items: center; margin: 1em 0 }
.views img, .maps img { width: 100%; display: block } .views span { text-align: center; font-size: 12px }
.both { display: grid; grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); gap: 2em; align-items: start }
table { border-collapse: collapse; width: 100% } td, th { padding: .18em .4em; text-align: right; white-space: nowrap }
td:first-child, th:first-child { text-align: left }
tbody tr:nth-child(even) { background: #f3f4f6 }
.maps { display: grid; grid-template-columns: 1fr 1fr; gap: 4px } .bar { height: 12px; margin-top: 6px }
.ends { display: flex; justify-content: space-between; font-size: 12px; gap: 1em }
.note { background: #f3f4f6; padding: .6em 1em } p.note { white-space: pre-wrap } .note h3 { margin: 0 }
svg { max-width: 100%; display: block } svg text { font-size: 2px; fill: #6b7280 }
@media print { body { font-size: 9px; margin: 0; max-width: none } svg { max-width: none }
.bar { print-color-adjust: exact } .both > div, .views { break-inside: avoid } }
"""


def document(head: Heading, foot: Footing, body: str) -> str:
    """A file of a head, a body and a foot."""
    people = "".join(f"<p>{escape(text)}</p>" for text in (*head.people, head.heads))
    warnings = "".join(f'<p class="warning">{escape(text)}</p>' for text in head.warnings)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(head.title)}</title><style>{_STYLE}</style></head><body>
<header><span class="right">{escape(head.date)}</span><h1>{escape(head.title)}</h1>
{people}
<p class="faint">{escape(head.model)}</p>{warnings}</header>
{body}
<footer><p><strong>{escape(foot.caveat)}</strong></p>{paragraphs(foot.small)}</footer>
</body></html>
"""


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], bold: Sequence[bool], emphasised: int) -> str:
    """A table; bold : (rows,) of column `emphasised`, which is else faint."""
    head = "".join(f"<th>{escape(text)}</th>" for text in headers)
    body = []
    for row, heavy in zip(rows, bold, strict=True):
        cells = [escape(text) for text in row]
        if emphasised >= 0:
            text = cells[emphasised]
            cells[emphasised] = f"<strong>{text}</strong>" if heavy else f'<span class="faint">{text}</span>'
        body.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def profile(drawing: Profile, unit: str) -> str:
    """Outlines over a grid with rulers, at true scale where the page leaves room and lengths are millimetres."""
    width, height = drawing.width + RULER_MM, drawing.height + RULER_MM
    left, top = RULER_MM, 1.0
    grid = [f"M{at:.2f} 0V{drawing.height:.2f}" for at in drawing.columns]
    grid += [f"M0 {at:.2f}H{drawing.width:.2f}" for at in drawing.lines]
    ticks = [f"M0 {at}h{-tick_mm(at)}" for at in range(int(drawing.height) + 1)]
    ticks += [f"M{at} {drawing.height:.2f}v{tick_mm(at)}" for at in range(int(drawing.width) + 1)]
    numbers = [f'<text x="-2.8" y="{at + 0.7}" text-anchor="end">{at}</text>' for at in _tens(drawing.height)]
    numbers += [
        f'<text x="{at}" y="{drawing.height + 4.6:.2f}" text-anchor="middle">{at}</text>' for at in _tens(drawing.width)
    ]
    outlines = [
        f'<path d="{_path(each.lines)}" stroke="{each.colour}" stroke-width="{each.width / 10:g}" '
        'clip-path="url(#frame)"/>'
        for each in drawing.outlines
    ]
    size = f"width:{width:.2f}mm;height:{height + top:.2f}mm" if unit == "mm" else "width:100%"
    key = "".join(f'<span style="color:{each.colour}">{each.name}</span>' for each in drawing.outlines)
    scale = "true scale, 1 : 1, printed at 100 %; mm" if unit == "mm" else unit
    return (
        f'<svg viewBox="{-left} {-top} {width:.2f} {height + top:.2f}" style="{size}" fill="none" role="img" '
        f'aria-label="Profiles"><clipPath id="frame"><path d="M0 0H{drawing.width:.2f}V{drawing.height:.2f}H0Z"/>'
        f'</clipPath><path d="{"".join(grid)}" stroke="#c9ced6" stroke-width=".12"/>'
        f'<path d="M0 0H{drawing.width:.2f}V{drawing.height:.2f}H0Z" stroke="#c9ced6" stroke-width=".2"/>'
        f'<path d="{"".join(ticks)}" stroke="#16191d" stroke-width=".1"/>{"".join(numbers)}{"".join(outlines)}</svg>'
        f'<p class="ends">{key}<span class="faint">{scale}</span></p>'
    )


def legend(ends: tuple[str, str], unknown: str = "") -> str:
    """A map's colours with their range; unknown : what is to be said of what has none."""
    at = np.linspace(-RANGE_MM, RANGE_MM, 101)
    shades = displacement_colours(at, RANGE_MM).tolist()
    stops = ",".join(f"rgb({red},{green},{blue})" for red, green, blue in shades)
    return (
        f'<div class="bar" style="background:linear-gradient(to right,{stops})"></div>'
        f'<p class="ends"><span>−{RANGE_MM:g}, {ends[0]}</span>'
        f'<span class="faint">grey: under {NOTICEABLE_MM:g}{unknown}</span>'
        f"<span>{ends[1]}, +{RANGE_MM:g}</span></p>"
    )


def paragraphs(texts: Iterable[str]) -> str:
    """Paragraphs of small print."""
    return "".join(f'<p class="faint">{escape(text)}</p>' for text in texts if text)


def image(picture: QImage, words: str) -> str:
    """A picture in the text itself."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"jpeg"))
    writer.setQuality(_JPEG_QUALITY)
    writer.write(picture)
    return f'<img alt="{escape(words)}" src="data:image/jpeg;base64,{base64.b64encode(content.data()).decode()}">'


def _tens(length: float) -> range:
    return range(0, int(length) + 1, GRID_MM)


def _path(lines: Iterable[np.ndarray]) -> str:
    return "".join("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in line) for line in lines)
