"""Planned and achieved on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from facewright.core.anthropometry.measure import RELATIVE, has_true_scale
from facewright.editor.report.achieved_lines import (
    DIFFERENCE,
    HEADERS,
    SHARES,
    footing,
    heading,
    plan,
    registration,
    rows,
)
from facewright.editor.report.achieved_study import KINDS, VIEWED
from facewright.editor.report.paper import FAINT, GAP, MIDDLE, SMALL_SIZE, TEXT_SIZE, WHOLE, Paper
from facewright.editor.report.shots import MAPPED

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from facewright.editor.report.achieved_study import AchievedReport

_TABLE_SHARE, _MAP_SHARE = 0.59, 0.76
MAP_ENDS, UNKNOWN = ("deeper", "higher"), "; dark: nothing to compare with"


class AchievedPage(Paper):
    """The page of planned and achieved."""

    def __init__(self, painter: QPainter, report: AchievedReport) -> None:
        super().__init__(painter)
        self._report = report

    def paint(self) -> None:
        """Paint the page."""
        report = self._report
        top = self.heading(heading(report)) + GAP
        bottom = self.footing(footing(report)) - GAP
        top = self._views(top) + GAP / 2
        for text in (registration(report), plan(report), report.details.note.strip()):
            if text:
                top = self.paragraph(QRectF(WHOLE.left(), top, WHOLE.width(), 0), text, SMALL_SIZE + 1)
        room = QRectF(WHOLE.left(), top + GAP, WHOLE.width(), bottom - top - GAP)
        table = QRectF(room.left(), room.top(), _TABLE_SHARE * room.width(), room.height())
        entries = rows(report)
        counts = [row.counts for row in entries]
        self.table(table, HEADERS, SHARES, [row[:-1] for row in entries], counts, DIFFERENCE, TEXT_SIZE - 1)
        self._drawings(
            QRectF(table.right() + 2 * GAP, room.top(), room.right() - table.right() - 2 * GAP, room.height())
        )

    def _views(self, top: float) -> float:
        """Both views of each face in one row; return how far down it reaches."""
        width = (WHOLE.width() - 5 * GAP / 2) / 6
        place = QRectF()
        for column, (view, kind) in enumerate((view, kind) for view in VIEWED for kind in KINDS):
            picture = self._report.pictures[f"{kind} {view}"]
            left = WHOLE.left() + column * (width + GAP / 2)
            self.write(QRectF(left, top, width, 32), kind, SMALL_SIZE, align=MIDDLE, colour=FAINT)
            place = QRectF(left, top + 32, width, width * picture.height() / picture.width())
            self.picture(place, picture)
        return place.bottom()

    def _drawings(self, area: QRectF) -> None:
        """The profile above, the map below it."""
        unit = "mm" if has_true_scale(self._report.study.model) else RELATIVE
        picture = self._report.pictures[f"map {MAPPED[0]}"]
        width = _MAP_SHARE * (area.width() - GAP) / len(MAPPED)
        height = width * picture.height() / picture.width()
        map_top = area.bottom() - height - 36 - 60
        title = QRectF(area.left(), area.top(), area.width(), 36)
        self.write(title, "Profiles in the sagittal plane", TEXT_SIZE, bold=True)
        frame = QRectF(area.left(), title.bottom(), area.width(), map_top - GAP / 2 - title.bottom())
        lower = self.profile(frame, self._report.study.profile, unit) + GAP / 2
        title.moveTop(min(lower, map_top))
        self.fitted(title, f"Achieved out of planned, along the normal, {unit}", TEXT_SIZE, bold=True)
        for column, name in enumerate(MAPPED):
            left = area.center().x() + (column - len(MAPPED) / 2) * (width + GAP) + GAP / 2
            place = QRectF(left, title.bottom(), width, height)
            self.picture(place, self._report.pictures[f"map {name}"])
        self.legend(QRectF(area.left(), title.bottom() + height + 8, area.width(), 52), MAP_ENDS, UNKNOWN)
