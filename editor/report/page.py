"""A report painted on one page of A4; lengths are in tenths of a millimetre of paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QPolygonF,
)

from facewright.core.anthropometry.measure import NOTICEABLE_MM, RELATIVE, has_true_scale
from facewright.editor.report.lines import TITLE, footing, heading, operations
from facewright.editor.report.profile import AFTER, BEFORE, GRID_MM, profile_of
from facewright.editor.report.shots import MAPPED, STANDARD
from facewright.editor.report.study import RANGE_MM
from facewright.editor.report.table import rows
from facewright.editor.viewport.colours import displacement_colours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.editor.report.study import ComparisonReport

WIDTH, HEIGHT = 2100.0, 2970.0
_DOTS_PER_INCH = 254
_MARGIN, _GAP = 120.0, 14.0
_INK, _FAINT, _RULE, _BAND = QColor("#16191d"), QColor("#6b7280"), QColor("#c9ced6"), QColor("#f3f4f6")
_ALARM, _WARNING_HEIGHT = QColor("#b42318"), 68.0
_TITLE, _HEADING, _TEXT, _SMALL = 54, 30, 25, 21
_TABLE_SHARE = 0.63
_LEFT, _RIGHT, _MIDDLE = (
    side | Qt.AlignmentFlag.AlignVCenter
    for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter)
)
_WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


def pdf(report: ComparisonReport) -> bytes:
    """A report as the bytes of a PDF file of one page."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DOTS_PER_INCH)
    writer.setPageLayout(
        QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))
    )
    writer.setTitle(TITLE)
    writer.setCreator(report.program)
    painter = QPainter(writer)
    Page(painter, report).paint()
    painter.end()
    buffer.close()
    return bytes(content.data())


class Page:
    """Paints a report with a painter whose unit is a tenth of a millimetre."""

    def __init__(self, painter: QPainter, report: ComparisonReport) -> None:
        self._painter, self._report = painter, report
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)

    def paint(self) -> None:
        """Paint all of the page."""
        painter = self._painter
        painter.fillRect(QRectF(0, 0, WIDTH, HEIGHT), Qt.GlobalColor.white)
        whole = QRectF(_MARGIN, _MARGIN, WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN)
        top = self._heading(whole)
        top = self._views(whole, top + 2 * _GAP)
        bottom = self._footer(whole)
        for text in (self._report.details.note.strip(), operations(self._report)):
            if text:
                bottom = self._note(whole, bottom - 2 * _GAP, text)
        area = QRectF(whole.left(), top + 2 * _GAP, whole.width(), bottom - top - 4 * _GAP)
        table = QRectF(area.topLeft(), area.bottomRight())
        table.setWidth(_TABLE_SHARE * area.width())
        self._table(table)
        self._drawings(QRectF(QPointF(table.right() + 3 * _GAP, area.top()), area.bottomRight()))

    def _heading(self, whole: QRectF) -> float:
        """Title, patient and date; the two heads and the model. Return how far down it reaches."""
        text = heading(self._report)
        line = QRectF(whole.left(), whole.top(), whole.width(), 62)
        self._write(line, TITLE, _TITLE, bold=True)
        self._write(line, text.date, _HEADING, align=_RIGHT)
        line.translate(0, 66)
        line.setHeight(38)
        self._write(line, text.heads, _HEADING)
        line.translate(0, 38)
        self._write(line, text.model, _SMALL, colour=_FAINT)
        for warning in text.warnings:
            line.translate(0, line.height())
            line.setHeight(_WARNING_HEIGHT)
            self._write(line, warning, _TEXT, bold=True, align=_WRAPPED, colour=_ALARM)
        return self._rule(whole, line.bottom() + _GAP)

    def _views(self, whole: QRectF, top: float) -> float:
        """Six columns, two rows, and what they show. Return how far down they reach."""
        label = 52.0
        width = (whole.width() - label - 5 * _GAP / 2) / 6
        for row, kind in enumerate(("before", "after")):
            for column, name in enumerate(STANDARD):
                picture = self._report.pictures[f"{kind} {name}"]
                height = width * picture.height() / picture.width()
                left = whole.left() + label + column * (width + _GAP / 2)
                place = QRectF(left, top + 36 + row * (height + _GAP / 2), width, height)
                self._painter.drawImage(place, picture)
                if row == 0:
                    self._write(QRectF(left, top, width, 34), name, _SMALL, align=_MIDDLE, colour=_FAINT)
            self._write_upright(QRectF(whole.left(), place.top(), label - _GAP, place.height()), kind.capitalize())
        caption = QRectF(whole.left() + label, place.bottom() + 4, whole.width() - label, 30)
        self._write(caption, self._report.study.surface, _SMALL, colour=_FAINT)
        return caption.bottom()

    def _table(self, area: QRectF) -> None:
        """All measurements."""
        entries = rows(self._report)
        headers = ("Measurement", "Before", "After", "Difference", "z", "Norm")
        shares = (0.335, 0.135, 0.135, 0.15, 0.07, 0.175)
        has_z, has_norm = any(row.z for row in entries), any(row.norm for row in entries)
        headers = (*headers[:4], "z" if has_z else "", "Norm, range" if has_norm else "")
        height = min(area.height() / (len(entries) + 1), 52.0)
        line = QRectF(area.left(), area.top(), area.width(), height)
        self._cells(line, shares, headers, bold=(True,) * len(headers), colour=_FAINT)
        self._rule(line, line.bottom())
        for index, row in enumerate(entries):
            line.translate(0, height)
            if index % 2:
                self._painter.fillRect(line, _BAND)
            bold = (False, False, False, row.counts, False, False)
            self._cells(line, shares, row[:6], bold, _INK, faint=() if row.counts else (3,))

    def _cells(
        self,
        line: QRectF,
        shares: Sequence[float],
        texts: Sequence[str],
        bold: Sequence[bool],
        colour: QColor,
        faint: Sequence[int] = (),
    ) -> None:
        left = line.left()
        for column, (share, text) in enumerate(zip(shares, texts, strict=True)):
            cell = QRectF(left, line.top(), share * line.width(), line.height()).adjusted(6, 0, -6, 0)
            shade = _FAINT if column in faint else colour
            self._write(cell, text, _TEXT, bold[column], _RIGHT if column else _LEFT, shade)
            left += share * line.width()

    def _drawings(self, area: QRectF) -> None:
        """The profile above, the map below."""
        title = QRectF(area.left(), area.top(), area.width(), 38)
        unit = "mm" if has_true_scale(self._report.study.model) else RELATIVE
        self._write(title, "Profile in the sagittal plane", _TEXT, bold=True)
        picture = self._report.pictures[f"map {MAPPED[0]}"]
        width = (area.width() - _GAP) / len(MAPPED)
        below = width * picture.height() / picture.width() + 38 + 66
        frame = QRectF(area.left(), title.bottom(), area.width(), area.bottom() - title.bottom() - below - 2 * _GAP)
        self._profile(frame, unit)
        title.moveTop(frame.bottom() + 2 * _GAP)
        self._write(title, f"Displacement, {unit}", _TEXT, bold=True)
        for column, name in enumerate(MAPPED):
            place = QRectF(area.left() + column * (width + _GAP), title.bottom(), width, below - 104)
            self._painter.drawImage(place, self._report.pictures[f"map {name}"])
        self._legend(QRectF(area.left(), place.bottom() + 8, area.width(), 58))

    def _profile(self, frame: QRectF, unit: str) -> None:
        """Both outlines over a grid of centimetres."""
        painter, drawing = self._painter, profile_of(self._report.study)
        scale = min(frame.width() / drawing.width, (frame.height() - 34) / drawing.height)
        box = QRectF(frame.left(), frame.top(), scale * drawing.width, scale * drawing.height)
        box.moveLeft(frame.left() + (frame.width() - box.width()) / 2)
        painter.save()
        painter.setClipRect(box)
        painter.setPen(QPen(_RULE, 1.2))
        for x in drawing.columns:
            painter.drawLine(QPointF(box.left() + scale * x, box.top()), QPointF(box.left() + scale * x, box.bottom()))
        for y in drawing.lines:
            painter.drawLine(QPointF(box.left(), box.top() + scale * y), QPointF(box.right(), box.top() + scale * y))
        for outlines, colour, pixels in ((drawing.before, BEFORE, 4.0), (drawing.after, AFTER, 4.5)):
            painter.setPen(QPen(QColor(colour), pixels, j=Qt.PenJoinStyle.RoundJoin))
            for line in outlines:
                painter.drawPolyline(QPolygonF([QPointF(*point) for point in (box.topLeft().toTuple() + scale * line)]))
        painter.restore()
        painter.setPen(QPen(_RULE, 2))
        painter.drawRect(box)
        caption = QRectF(frame.left(), box.bottom() + 2, frame.width(), 32)
        spaces = self._key(caption, (("before", BEFORE), ("after", AFTER)))
        caption.setLeft(caption.left() + spaces)
        self._write(caption, f"grid {GRID_MM:g} {unit}", _SMALL, align=_RIGHT, colour=_FAINT)

    def _key(self, line: QRectF, entries: Sequence[tuple[str, str]]) -> float:
        """Colours with their names; return how far they reach."""
        left = line.left()
        for name, colour in entries:
            self._painter.setPen(QPen(QColor(colour), 5))
            self._painter.drawLine(QPointF(left, line.center().y()), QPointF(left + 40, line.center().y()))
            self._write(QRectF(left + 50, line.top(), 130, line.height()), name, _SMALL)
            left += 160
        return left - line.left()

    def _legend(self, area: QRectF) -> None:
        """The map's colours with their range."""
        count = 201
        shades = displacement_colours(np.linspace(-RANGE_MM, RANGE_MM, count), RANGE_MM)
        bar = QRectF(area.left(), area.top(), area.width(), 20)
        strip = QImage(np.ascontiguousarray(shades).tobytes(), count, 1, 3 * count, QImage.Format.Format_RGB888).copy()
        self._painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        self._painter.drawImage(bar, strip)
        self._painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        text = QRectF(area.left(), bar.bottom(), area.width(), 32)
        self._write(text, f"−{RANGE_MM:g}, inwards", _SMALL)
        self._write(text, f"grey: under {NOTICEABLE_MM:g}", _SMALL, align=_MIDDLE, colour=_FAINT)
        self._write(text, f"outwards, +{RANGE_MM:g}", _SMALL, align=_RIGHT)

    def _note(self, whole: QRectF, bottom: float, text: str) -> float:
        """A paragraph that stands out, above `bottom`; return how far up it reaches."""
        font = self._font(_TEXT + 2)
        bounds = QFontMetricsF(font, self._painter.device()).boundingRect(
            QRectF(0, 0, whole.width() - 40, 400), int(_WRAPPED), text
        )
        height = min(bounds.height(), 260.0)
        box = QRectF(whole.left(), bottom - height - 30, whole.width(), height + 30)
        self._painter.fillRect(box, _BAND)
        self._write(box.adjusted(20, 15, -20, -15), text, _TEXT + 2, align=_WRAPPED)
        return box.top()

    def _footer(self, whole: QRectF) -> float:
        """What has to be said; return how far up it reaches."""
        caveat, lines = footing(self._report)
        top = whole.bottom() - 46 - 56 * len(lines)
        self._rule(whole, top)
        self._write(QRectF(whole.left(), top + 6, whole.width(), 40), caveat, _HEADING, bold=True)
        for index, line in enumerate(lines):
            place = QRectF(whole.left(), top + 50 + 56 * index, whole.width(), 56)
            self._write(place, line, _SMALL, align=_WRAPPED, colour=_FAINT)
        return top

    def _rule(self, area: QRectF, y: float) -> float:
        self._painter.setPen(QPen(_RULE, 2))
        self._painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        return y

    def _write_upright(self, area: QRectF, text: str) -> None:
        painter = self._painter
        painter.save()
        painter.translate(area.center())
        painter.rotate(-90)
        turned = QRectF(-area.height() / 2, -area.width() / 2, area.height(), area.width())
        self._write(turned, text, _HEADING, True, _MIDDLE)
        painter.restore()

    def _write(
        self,
        area: QRectF,
        text: str,
        size: int,
        bold: bool = False,
        align: Qt.AlignmentFlag | Qt.TextFlag = _LEFT,
        colour: QColor = _INK,
    ) -> None:
        self._painter.setFont(self._font(size, bold))
        self._painter.setPen(colour)
        self._painter.drawText(area, int(align), text)

    @staticmethod
    def _font(size: int, bold: bool = False) -> QFont:
        font = QFont()
        font.setPixelSize(size)
        font.setBold(bold)
        return font
