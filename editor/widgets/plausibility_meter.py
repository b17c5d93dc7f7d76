"""How far from the training heads a part or the head is: a small bar, and words where that is unusual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from facewright.core.plausibility import EXTREME, UNUSUAL, Plausibility

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_COLOURS = {"unusual": QColor(0xE6, 0x9F, 0x00), "extreme": QColor(0xD5, 0x5E, 0x00)}
"""Orange and vermilion of Okabe and Ito's (2008) colours, told apart by all eyes."""


class PlausibilityMeter(QWidget):
    """Fills up the rarer the shape is among the training heads; its tool tip says so in words."""

    def __init__(self, subject: str) -> None:
        """A meter of what is called `subject` among many, such as 'the noses', or just 'all'."""
        super().__init__()
        self._subject = subject
        self._shown = Plausibility(0.0, 0.0)
        self.setFixedSize(self.sizeHint())
        self.show_plausibility(self._shown)

    def sizeHint(self) -> QSize:
        """Small enough for a panel's header."""
        return QSize(44, 14)

    @property
    def words(self) -> str:
        """What it shows, as a sentence."""
        share = self._shown.share
        if self._shown.distance == 0.0:
            return f"The mean of {self._subject} of the training heads."
        if self._shown.level == "extreme":
            return f"Far out: practically all of {self._subject} of the training heads are more usual."
        start = "Unusual: " if self._shown.level == "unusual" else ""
        return f"{start}{100 * share:.0f} % of {self._subject} of the training heads are more usual."

    def show_plausibility(self, plausibility: Plausibility) -> None:
        """Show another value."""
        self._shown = plausibility
        self.setToolTip(
            f"{self.words}<br>Mahalanobis distance {plausibility.distance:.1f} σ. "
            f"Unusual from {100 * UNUSUAL:g} %, far out from {100 * EXTREME:g} %. "
            "Nothing is held back: what lies far out is drawn from less experience."
        )
        self.setAccessibleName("Plausibility")
        self.setAccessibleDescription(self.words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A groove, filled by the share of training heads that are more usual."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        text = self.palette().color(QPalette.ColorRole.WindowText)
        groove = QRectF(1, self.height() / 2 - 2.5, self.width() - 2, 5)
        text.setAlphaF(0.14)
        painter.setBrush(text)
        painter.drawRoundedRect(groove, 2.5, 2.5)
        text.setAlphaF(0.40)
        painter.setBrush(_COLOURS.get(self._shown.level, text))
        filled = QRectF(groove)
        filled.setWidth(groove.width() * self._shown.share)
        painter.drawRoundedRect(filled, 2.5, 2.5)
