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

    from facewright.editor.report.study import ComparisonReport

_TABLE_SHARE = 0.59
_LABEL, _FIT_ROW = 52.0, 30.0


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
    """The table, how well the heads fit their scans, the profile and the map."""

    def paint(self) -> None:
        """Paint the page."""
        room = self.room("2 of 2")
        left = QRectF(room.left(), room.top(), _TABLE_SHARE * room.width(), room.height())
        fits = self._fits(left)
        entries = rows(self.report)
        has_z, has_norm = any(row.z for row in entries), any(row.norm for row in entries)
        headers = (*HEADERS[:-2], "z" if has_z else "", HEADERS[-1] if has_norm else "")
        counts = [row.counts for row in entries]
        left.setBottom(fits)
        self.table(left, headers, SHARES, [row[:-1] for row in entries], counts, DIFFERENCE, TEXT_SIZE - 1)
        self._drawings(QRectF(left.right() + 2 * GAP, room.top(), room.right() - left.right() - 2 * GAP, room.height()))

    @property
    def _unit(self) -> str:
        return "mm" if has_true_scale(self.report.study.model) else RELATIVE

    def _drawings(self, area: QRectF) -> None:
        """The profile above, the map below it."""
        picture = self.report.pictures[f"map {MAPPED[0]}"]
        width = (area.width() - GAP) / len(MAPPED)
        height = width * picture.height() / picture.width()
        map_top = area.bottom() - height - 36 - 60
        title = QRectF(area.left(), area.top(), area.width(), 36)
        self.write(title, "Profile in the sagittal plane", TEXT_SIZE, bold=True)
        frame = QRectF(area.left(), title.bottom() + 4, area.width(), map_top - GAP - title.bottom())
        lower = self.profile(frame, self.report.study.profile, self._unit) + 2 * GAP
        title.moveTop(min(lower, map_top))
        self.write(title, f"Displacement across the surface, {self._unit}", TEXT_SIZE, bold=True)
        for column, name in enumerate(MAPPED):
            place = QRectF(area.left() + column * (width + GAP), title.bottom(), width, height)
            self.picture(place, self.report.pictures[f"map {name}"])
        self.legend(QRectF(area.left(), title.bottom() + height + 8, area.width(), 52))

    def _fits(self, area: QRectF) -> float:
        """The fits side by side at the foot; return how far up they reach."""
        fits = self.report.fits
        if not fits:
            return area.bottom()
        width = (area.width() - (len(fits) - 1) * 2 * GAP) / len(fits)
        texts = [f"{words.verdict} {words.meaning}" for words in fits]
        told = max(self.written_height(text, SMALL_SIZE, width) for text in texts)
        top = area.bottom() - 36 - told - _FIT_ROW * (max(len(words.rows) for words in fits) + 1)
        for number, (words, text) in enumerate(zip(fits, texts, strict=True)):
            line = QRectF(area.left() + number * (width + 2 * GAP), top, width, 36)
            self.fitted(line, f"Distance from “{words.name}” to the head, {self._unit}", TEXT_SIZE, bold=True)
            self.paragraph(QRectF(line.left(), line.bottom(), width, told), text, SMALL_SIZE)
            table = QRectF(line.left(), line.bottom() + told, width, area.bottom() - line.bottom() - told)
            headers, shares = ("", "mean", "95 %", "points"), (0.4, 0.2, 0.2, 0.2)
            self.table(table, headers, shares, words.rows, [True] * len(words.rows), -1, SMALL_SIZE)
        return top - 2 * GAP
