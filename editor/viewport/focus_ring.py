"""A line around a widget that the keys are led to, and a cross where they act: for one that shows no focus itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QGuiApplication, QPainter, QPalette, QRegion
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_WIDTH = 2
_ARM = 12
"""Pixels from the middle of the cross to its ends."""
_BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class FocusRing(QWidget):
    """Seen when the Tab key has brought the focus, not when a click has: the hand knows where it is."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        if QGuiApplication.platformName() == "xcb":  # where the viewport's canvas is a window, which would hide it
            self.setAttribute(Qt.WidgetAttribute.WA_NativeWindow)
        self._widget, self._marks = widget, False
        self.hide()
        widget.installEventFilter(self)

    def mark_middle(self, marks: bool) -> None:
        """Show a cross in the middle too, or not."""
        self._marks = marks
        self._cover()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Come and go with the widget's focus, as large as the widget; nothing is taken from it."""
        if isinstance(event, QFocusEvent):
            self.setVisible(event.gotFocus() and event.reason() in _BY_KEYS)
        if self.isVisible():
            self._cover()
        return False

    def _cover(self) -> None:
        rect, middle = self._widget.rect(), self._widget.rect().center()
        shape = QRegion(rect).subtracted(rect.adjusted(_WIDTH, _WIDTH, -_WIDTH, -_WIDTH))
        if self._marks:
            for across, along in ((_ARM, 1), (1, _ARM)):
                shape |= QRegion(middle.x() - across, middle.y() - along, 2 * across, 2 * along)
        self.setGeometry(rect)
        self.setMask(shape)
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both in one colour."""
        QPainter(self).fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Highlight))
