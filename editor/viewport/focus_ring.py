"""A line around a widget while the keys are led to it: for one that draws everything itself and shows no focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QGuiApplication, QPainter, QPalette, QPen, QRegion
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_WIDTH = 2
_BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class FocusRing(QWidget):
    """Seen when the Tab key has brought the focus, not when a click has: the hand knows where it is."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        if QGuiApplication.platformName() == "xcb":  # where the viewport's canvas is a window, which would hide it
            self.setAttribute(Qt.WidgetAttribute.WA_NativeWindow)
        self.hide()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Come and go with the widget's focus, as large as the widget; nothing is taken from it."""
        if isinstance(event, QFocusEvent):
            self.setVisible(event.gotFocus() and event.reason() in _BY_KEYS)
        if self.isVisible() and isinstance(watched, QWidget):
            rect = watched.rect()
            self.setGeometry(rect)
            self.setMask(QRegion(rect).subtracted(rect.adjusted(_WIDTH, _WIDTH, -_WIDTH, -_WIDTH)))
            self.raise_()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2 * _WIDTH))
        painter.drawRect(self.rect())
