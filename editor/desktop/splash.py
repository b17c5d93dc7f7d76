"""What is seen while the program loads: its name at once, and what it is doing."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QSplashScreen, QWidget

_SIZE, _ICON = QSize(460, 220), 132
_GROUND, _INK, _FAINT = QColor(0x1D, 0x1E, 0x20), QColor(0xF0, 0xEC, 0xE8), QColor(0xA8, 0xA4, 0xA0)


class Splash(QSplashScreen):
    """Shown from the first moment until the window is there."""

    def __init__(self) -> None:
        super().__init__(_picture())
        self.show()
        self.say("Loading…")

    def event(self, event: QEvent) -> bool:
        """Qt's, but as a plain widget when it is shown: from 6.6 on a splash waits there, on X11 for a whole second."""
        return QWidget.event(self, event) if event.type() == QEvent.Type.Show else super().event(event)

    def say(self, words: str) -> None:
        """Show what is being done."""
        self.showMessage(f"   {words}", Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, _FAINT)
        QApplication.processEvents()


def _picture() -> QPixmap:
    """The program's sign and name."""
    ratio = QApplication.primaryScreen().devicePixelRatio()
    picture = QPixmap(_SIZE * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(_GROUND)
    painter = QPainter(picture)
    icon = QIcon(str(files("facewright.resources") / "icons" / "facewright.svg"))
    painter.drawPixmap(28, (_SIZE.height() - _ICON) // 2 - 8, icon.pixmap(QSize(_ICON, _ICON), ratio))
    font = QFont(painter.font())
    font.setPointSize(25)
    painter.setFont(font)
    painter.setPen(_INK)
    left = 28 + _ICON + 24
    where = QRectF(left, 0, _SIZE.width() - left, _SIZE.height() - 16)
    painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, "Facewright")
    painter.end()
    return picture
