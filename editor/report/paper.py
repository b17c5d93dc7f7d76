"""What every page of paper is painted with; lengths are in tenths of a millimetre, so that ten of them are 1 mm."""

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

from facewright.core.anthropometry.measure import NOTICEABLE_MM
from facewright.editor.report.profile import GRID_MM, RULER_MM, tick_mm
from facewright.editor.report.study import RANGE_MM
from facewright.editor.viewport.colours import displacement_colours

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from facewright.editor.report.lines import Footing, Heading
    from facewright.editor.report.profile import Profile

WIDTH, HEIGHT = 2100.0, 2970.0
MARGIN, GAP = 120.0, 14.0
WHOLE = QRectF(MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN)
"""Of a page of A4, within its margins."""

INK, FAINT, RULE, BAND, ALARM = (QColor(name) for name in ("#16191d", "#6b7280", "#c9ced6", "#f3f4f6", "#b42318"))
TITLE_SIZE, HEADING_SIZE, TEXT_SIZE, SMALL_SIZE = 54, 30, 25, 21
LEFT, RIGHT, MIDDLE = (
    side | Qt.AlignmentFlag.AlignVCenter
    for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter)
)
WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
_DOTS_PER_INCH = 254
_TRUE = 10.0
"""Units of paper to a millimetre at true scale."""


def pdf(title: str, program: str, pages: Sequence[Callable[[QPainter], None]]) -> bytes:
    """Pages, each painted by a function, as the bytes of a PDF file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DOTS_PER_INCH)
    writer.setPageLayout(
        QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))
    )
    writer.setTitle(title)
    writer.setCreator(program)
    painter = QPainter(writer)
    for number, page in enumerate(pages):
        if number:
            writer.newPage()
        page(painter)
    painter.end()
    buffer.close()
    return bytes(content.data())


class Paper:
    """A page that is being painted."""

    def __init__(self, painter: QPainter) -> None:
        """A white page; the painter's unit is a tenth of a millimetre."""
        self.painter = painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(QRectF(0, 0, WIDTH, HEIGHT), Qt.GlobalColor.white)

    def heading(self, text: Heading) -> float:
        """Title, people and date, what is compared, and what is doubtful; return how far down it reaches."""
        line = QRectF(WHOLE.left(), WHOLE.top(), WHOLE.width(), 62)
        self.write(line, text.title, TITLE_SIZE, bold=True)
        self.write(line, text.date, HEADING_SIZE, align=RIGHT)
        line.moveTop(line.bottom() + 4)
        for words, size, colour in (
            *((people, HEADING_SIZE, INK) for people in text.people),
            (text.heads, HEADING_SIZE, INK),
            (text.model, SMALL_SIZE, FAINT),
        ):
            line.setHeight(self.written_height(words, size, WHOLE.width()))
            self.write(line, words, size, align=WRAPPED, colour=colour)
            line.moveTop(line.bottom() + 2)
        for warning in text.warnings:
            line.setHeight(self.written_height(warning, TEXT_SIZE, WHOLE.width(), bold=True))
            self.write(line, warning, TEXT_SIZE, bold=True, align=WRAPPED, colour=ALARM)
            line.moveTop(line.bottom() + 4)
        return self.rule(WHOLE, line.top() + GAP / 2)

    def footing(self, text: Footing, page: str = "") -> float:
        """What has to be said, and which page this is; return how far up it reaches."""
        heights = [self.written_height(line, SMALL_SIZE, WHOLE.width()) for line in text.small]
        top = WHOLE.bottom() - 50 - sum(heights)
        self.rule(WHOLE, top)
        self.write(QRectF(WHOLE.left(), top + 6, WHOLE.width(), 40), text.caveat, HEADING_SIZE, bold=True)
        self.write(QRectF(WHOLE.left(), top + 6, WHOLE.width(), 40), page, SMALL_SIZE, align=RIGHT, colour=FAINT)
        at = top + 50
        for line, height in zip(text.small, heights, strict=True):
            self.write(QRectF(WHOLE.left(), at, WHOLE.width(), height), line, SMALL_SIZE, align=WRAPPED, colour=FAINT)
            at += height
        return top

    def table(
        self, area: QRectF, headers: Sequence[str], shares: Sequence[float], rows: Sequence[Sequence[str]],
        bold: Sequence[bool], emphasised: int, size: int = TEXT_SIZE,
    ) -> float:  # fmt: skip
        """Rows of texts, as high as there is room; bold : (rows,) of column `emphasised`, which is else faint.

        Return how far down it reaches.
        """
        height = min(area.height() / (len(rows) + 1), 46.0)
        line = QRectF(area.left(), area.top(), area.width(), height)
        self._cells(line, shares, headers, [True] * len(headers), [FAINT] * len(headers), size)
        self.rule(line, line.bottom())
        for index, (row, heavy) in enumerate(zip(rows, bold, strict=True)):
            line.translate(0, height)
            if index % 2:
                self.painter.fillRect(line, BAND)
            weights = [heavy and column == emphasised for column in range(len(row))]
            colours = [FAINT if column == emphasised and not heavy else INK for column in range(len(row))]
            self._cells(line, shares, row, weights, colours, size)
        return line.bottom()

    def _cells(
        self, line: QRectF, shares: Sequence[float], texts: Sequence[str], bold: Sequence[bool],
        colours: Sequence[QColor], size: int,
    ) -> None:  # fmt: skip
        left = line.left()
        for column, (share, text) in enumerate(zip(shares, texts, strict=True)):
            cell = QRectF(left, line.top(), share * line.width(), line.height()).adjusted(5, 0, -5, 0)
            self.fitted(cell, text, size, bold[column], RIGHT if column else LEFT, colours[column])
            left += share * line.width()

    def profile(self, frame: QRectF, drawing: Profile, unit: str) -> float:
        """Outlines over a grid, with rulers, at true scale where they fit; return how far down it reaches."""
        painter, ruler = self.painter, _TRUE * RULER_MM
        room = frame.adjusted(ruler, 0, 0, -ruler - 34)
        scale = min(room.width() / drawing.width, room.height() / drawing.height)
        true = unit == "mm" and scale >= _TRUE
        scale = _TRUE if true else scale
        box = QRectF(room.left(), room.top(), scale * drawing.width, scale * drawing.height)
        painter.save()
        painter.setClipRect(box)
        painter.setPen(QPen(RULE, 1.2))
        for at in drawing.columns:
            painter.drawLine(
                QPointF(box.left() + scale * at, box.top()), QPointF(box.left() + scale * at, box.bottom())
            )
        for at in drawing.lines:
            painter.drawLine(QPointF(box.left(), box.top() + scale * at), QPointF(box.right(), box.top() + scale * at))
        for outline in drawing.outlines:
            painter.setPen(QPen(QColor(outline.colour), outline.width, j=Qt.PenJoinStyle.RoundJoin))
            for line in outline.lines:
                painter.drawPolyline(QPolygonF([QPointF(*point) for point in (box.topLeft().toTuple() + scale * line)]))
        painter.restore()
        painter.setPen(QPen(RULE, 2))
        painter.drawRect(box)
        self._rulers(box, scale, drawing)
        caption = QRectF(frame.left(), box.bottom() + ruler, frame.width(), 32)
        caption.setLeft(caption.left() + self._key(caption, [(each.name, each.colour) for each in drawing.outlines]))
        said = "true scale, 1 : 1" if true else f"scale {scale / _TRUE:.2f} : 1" if unit == "mm" else ""
        self.fitted(caption, f"{said}; {unit}".removeprefix("; "), SMALL_SIZE, align=RIGHT, colour=FAINT)
        return caption.bottom()

    def _rulers(self, box: QRectF, scale: float, drawing: Profile) -> None:
        """One to the left and one below, from the upper and the left end on, with a number at each grid line."""
        painter = self.painter
        painter.setPen(QPen(INK, 1.0))
        for at in range(int(drawing.height) + 1):
            y, long = box.top() + scale * at, _TRUE * tick_mm(at)
            painter.drawLine(QPointF(box.left() - long, y), QPointF(box.left(), y))
            if at % GRID_MM == 0:
                self.write(QRectF(box.left() - 90, y - 12, 58, 24), f"{at}", 16, align=RIGHT, colour=FAINT)
                painter.setPen(QPen(INK, 1.0))
        for at in range(int(drawing.width) + 1):
            x, long = box.left() + scale * at, _TRUE * tick_mm(at)
            painter.drawLine(QPointF(x, box.bottom()), QPointF(x, box.bottom() + long))
            if at % GRID_MM == 0:
                self.write(QRectF(x - 30, box.bottom() + 30, 60, 22), f"{at}", 16, align=MIDDLE, colour=FAINT)
                painter.setPen(QPen(INK, 1.0))

    def _key(self, line: QRectF, entries: Sequence[tuple[str, str]]) -> float:
        """Colours with their names; return how far they reach."""
        left = line.left()
        for name, colour in entries:
            self.painter.setPen(QPen(QColor(colour), 5))
            self.painter.drawLine(QPointF(left, line.center().y()), QPointF(left + 30, line.center().y()))
            width = self._width(name, SMALL_SIZE, bold=False) + 6
            self.write(QRectF(left + 38, line.top(), width, line.height()), name, SMALL_SIZE)
            left += 38 + width + 16
        return left - line.left()

    def legend(self, area: QRectF, ends: tuple[str, str] = ("inwards", "outwards"), unknown: str = "") -> float:
        """A map's colours with their range, and what is to be said of what has none; return how far down it reaches."""
        count = 201
        shades = displacement_colours(np.linspace(-RANGE_MM, RANGE_MM, count), RANGE_MM)
        bar = QRectF(area.left(), area.top(), area.width(), 20)
        strip = QImage(np.ascontiguousarray(shades).tobytes(), count, 1, 3 * count, QImage.Format.Format_RGB888).copy()
        self.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        self.painter.drawImage(bar, strip)
        self.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        text = QRectF(area.left(), bar.bottom(), area.width(), 32)
        self.write(text, f"−{RANGE_MM:g}, {ends[0]}", SMALL_SIZE)
        middle = text.adjusted(130, 0, -130, 0)
        self.fitted(middle, f"grey: under {NOTICEABLE_MM:g}{unknown}", SMALL_SIZE, align=MIDDLE, colour=FAINT)
        self.write(text, f"{ends[1]}, +{RANGE_MM:g}", SMALL_SIZE, align=RIGHT)
        return text.bottom()

    def paragraph(self, area: QRectF, text: str, size: int) -> float:
        """A text that is wrapped within the area's width; return how far down it reaches."""
        place = QRectF(area.left(), area.top(), area.width(), self.written_height(text, size, area.width()))
        self.write(place, text, size, align=WRAPPED)
        return place.bottom()

    def paragraphs(self, area: QRectF, title: str, texts: Sequence[str]) -> float:
        """Paragraphs under a title, in smaller letters where there is little room; return how far down they reach."""
        title_line = QRectF(area.left(), area.top(), area.width(), 36)
        self.write(title_line, title, TEXT_SIZE, bold=True)
        size, bottom = TEXT_SIZE, title_line.bottom()
        room = area.bottom() - bottom
        while size > 12 and sum(self.written_height(text, size, area.width()) + 4 for text in texts) > room:
            size -= 1
        for text in texts:
            bottom = self.paragraph(QRectF(area.left(), bottom + 4, area.width(), 0), text, size)
        return bottom

    def picture(self, place: QRectF, picture: QImage) -> None:
        """A picture."""
        self.painter.drawImage(place, picture)

    def rule(self, area: QRectF, y: float) -> float:
        """A line across; return where."""
        self.painter.setPen(QPen(RULE, 2))
        self.painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        return y

    def write_upright(self, area: QRectF, text: str) -> None:
        """A title that reads upwards."""
        painter = self.painter
        painter.save()
        painter.translate(area.center())
        painter.rotate(-90)
        turned = QRectF(-area.height() / 2, -area.width() / 2, area.height(), area.width())
        self.write(turned, text, HEADING_SIZE, True, MIDDLE)
        painter.restore()

    def written_height(self, text: str, size: int, width: float, bold: bool = False) -> float:
        """How high a text is that is wrapped within a width."""
        metrics = QFontMetricsF(font(size, bold), self.painter.device())
        return metrics.boundingRect(QRectF(0, 0, width, 4000), int(WRAPPED), text).height() + 4

    def _width(self, text: str, size: int, bold: bool) -> float:
        return float(QFontMetricsF(font(size, bold), self.painter.device()).horizontalAdvance(text))

    def fitted(
        self, area: QRectF, text: str, size: int, bold: bool = False, align: Qt.AlignmentFlag = LEFT,
        colour: QColor = INK,
    ) -> None:  # fmt: skip
        """One line, in smaller letters where it is too long."""
        while size > 10 and self._width(text, size, bold) > area.width():
            size -= 1
        self.write(area, text, size, bold, align, colour)

    def write(
        self,
        area: QRectF,
        text: str,
        size: int,
        bold: bool = False,
        align: Qt.AlignmentFlag | Qt.TextFlag = LEFT,
        colour: QColor = INK,
    ) -> None:
        """A text in an area."""
        self.painter.setFont(font(size, bold))
        self.painter.setPen(colour)
        self.painter.drawText(area, int(align), text)


def font(size: int, bold: bool = False) -> QFont:
    """Letters of a size in units of paper."""
    letters = QFont()
    letters.setPixelSize(size)
    letters.setBold(bold)
    return letters
