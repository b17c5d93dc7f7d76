"""Windows on small screens: none is larger than its screen, what does not fit scrolls, buttons stay in sight."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

_FRAME = QSize(8, 40)
"""Pixels that a window's frame and title bar take: how many, the system says only once it is shown."""


def room(window: QWidget) -> QSize:
    """How large a window may be on its screen."""
    return window.screen().availableSize() - _FRAME


def fit(window: QWidget, wanted: QSize) -> None:
    """Make a window as large as it wants to be, or as its screen is."""
    window.resize(wanted.boundedTo(room(window)))


class Scrolled(QScrollArea):
    """Content that asks for all the room it needs, and scrolls up and down where it gets less."""

    def __init__(self, content: QWidget | None = None) -> None:
        """content : can be given, or exchanged for other, later."""
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has it
        if content:
            self.setWidget(content)

    def sizeHint(self) -> QSize:
        """As large as the content."""
        content = self.widget()
        return content.sizeHint() if content else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """As wide as the content at least is, a scroll bar beside it."""
        content = self.widget()
        width = content.minimumSizeHint().width() if content else 0
        return QSize(width + self.verticalScrollBar().sizeHint().width(), super().minimumSizeHint().height())
