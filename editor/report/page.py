"""Before and after on both sides of one sheet: the pictures, and the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from facewright.core.anthropometry.measure import RELATIVE, has_true_scale
from facewright.editor.report.lines import footing, heading
from facewright.editor.report.paper import FAINT, GAP, MIDDLE, SMALL_SIZE, TEXT_SIZE, WHOLE, Paper
from facewright.editor.report.shots import CLOSE, MAPPED, STANDARD
from facewright.editor.report.table import DIFFERENCE, HEADERS, SHARES, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QPainter

    from facewright.editor.fit_verdict import FitWords
    from facewright.editor.report.study import ComparisonReport

_TABLE_SHARE = 0.59
_LABEL = 52.0


def pages(report: ComparisonReport) -> tuple[Callable[[QPainter], None], ...]:
    """What paints each page with a painter whose unit is a tenth of a millimetre."""
    return (lambda painter: _Front(painter, report).paint(), lambda painter: _Back(painter, report).paint())


class _Side(Paper):
    """One side of the sheet."""

    def __init__(self, painter: QPainter, report: ComparisonReport) -> None:
        super().__init__(painter)
        self.report = report

    def room(self, page: str) -> QRectF:
        """Write head and foot; return what is between them."""
        top = self.heading(heading(self.report)) + GAP
        bottom = self.footing(footing(self.report), page) - GAP
        return QRectF(WHOLE.left(), top, WHOLE.width(), bottom - top)


class _Front(_Side):
    """The views, the nose alone, and what a person plans and notes."""

    def paint(self) -> None:
        """Paint the page."""
        room = self.room("1 of 2")
        top = self._grid(room, room.top(), tuple(STANDARD))
        surface = QRectF(room.left() + _LABEL, top, room.width() - _LABEL, 30)
        self.fitted(surface, self.report.study.surface, SMALL_SIZE, colour=FAINT)
        top = self._grid(room, surface.bottom() + GAP / 2, tuple(CLOSE))
        below = QRectF(room.left(), top + GAP, room.width(), room.bottom() - top - GAP)
        plan, note = self.report.study.operations, self.report.details.note.strip()
        told = [("Operations", plan)] if plan else []
        told += [("Note", tuple(note.splitlines()))] if note else []
        for number, (title, texts) in enumerate(told):
            width = (below.width() - 2 * GAP) / len(told)
            self.paragraphs(
                QRectF(below.left() + number * (width + 2 * GAP), below.top(), width, below.height()), title, texts
            )

    def _grid(self, room: QRectF, top: float, names: Sequence[str]) -> float:
        """A column for each view, before above after; return how far down it reaches."""
        width = (room.width() - _LABEL - (len(names) - 1) * GAP / 2) / len(names)
        bottom = top + 34
        for kind in ("before", "after"):
            for column, name in enumerate(names):
                picture = self.report.pictures[f"{kind} {name}"]
                left = room.left() + _LABEL + column * (width + GAP / 2)
                place = QRectF(left, bottom, width, width * picture.height() / picture.width())
                self.picture(place, picture)
                if kind == "before":
                    self.write(QRectF(left, top, width, 34), name, SMALL_SIZE, align=MIDDLE, colour=FAINT)
            self.write_upright(QRectF(room.left(), place.top(), _LABEL - GAP, place.height()), kind.capitalize())
            bottom = place.bottom() + GAP / 2
        return bottom


class _Back(_Side):
    """The table, the profile, the map, and how well the heads fit their scans."""

    def paint(self) -> None:
        """Paint the page."""
        room = self.room("2 of 2")
        table = QRectF(room.left(), room.top(), _TABLE_SHARE * room.width(), room.height())
        entries = rows(self.report)
        has_z, has_norm = any(row.z for row in entries), any(row.norm for row in entries)
        headers = (*HEADERS[:-2], "z" if has_z else "", HEADERS[-1] if has_norm else "")
        counts = [row.counts for row in entries]
        self.table(table, headers, SHARES, [row[:-1] for row in entries], counts, DIFFERENCE, TEXT_SIZE - 1)
        side = QRectF(table.right() + 2 * GAP, room.top(), room.right() - table.right() - 2 * GAP, room.height())
        self._drawings(side)

    def _drawings(self, area: QRectF) -> None:
        """The profile above, the map below it, the fits at the foot."""
        unit = "mm" if has_true_scale(self.report.study.model) else RELATIVE
        bottom = area.bottom()
        for words in reversed(self.report.fits):
            bottom = self._fit(area, words, bottom, unit) - GAP
        picture = self.report.pictures[f"map {MAPPED[0]}"]
        width = (area.width() - GAP) / len(MAPPED)
        height = width * picture.height() / picture.width()
        map_top = bottom - height - 38 - 60
        title = QRectF(area.left(), area.top(), area.width(), 36)
        self.write(title, "Profile in the sagittal plane", TEXT_SIZE, bold=True)
        frame = QRectF(area.left(), title.bottom(), area.width(), map_top - GAP - title.bottom())
        lower = self.profile(frame, self.report.study.profile, unit) + GAP
        title.moveTop(max(min(lower, map_top), area.top()))
        self.write(title, f"Displacement, {unit}", TEXT_SIZE, bold=True)
        for column, name in enumerate(MAPPED):
            place = QRectF(area.left() + column * (width + GAP), title.bottom(), width, height)
            self.picture(place, self.report.pictures[f"map {name}"])
        self.legend(QRectF(area.left(), place.bottom() + 8, area.width(), 52))

    def _fit(self, area: QRectF, words: FitWords, bottom: float, unit: str) -> float:
        """A fit's verdict and residuals, above `bottom`; return how far up they reach."""
        verdict = f"{words.verdict} {words.meaning}"
        told = self.written_height(verdict, SMALL_SIZE, area.width())
        height = 36 + told + 30 * (len(words.rows) + 1)
        top = bottom - height
        line = QRectF(area.left(), top, area.width(), 36)
        self.fitted(line, f"Distance from “{words.name}” to the head, {unit}", TEXT_SIZE, bold=True)
        end = self.paragraph(QRectF(area.left(), line.bottom(), area.width(), told), verdict, SMALL_SIZE)
        table = QRectF(area.left(), end, area.width(), bottom - end)
        headers, shares = ("", "mean", "95 %", "points"), (0.4, 0.2, 0.2, 0.2)
        self.table(table, headers, shares, words.rows, [True] * len(words.rows), -1, SMALL_SIZE)
        return top
