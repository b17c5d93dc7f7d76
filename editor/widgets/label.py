"""Labels that show what they are given letter by letter: Qt would take HTML for HTML, and fetch what that names."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget


class Label(QLabel):
    """A label for any text, names from files included."""

    def __init__(self, text: str | QWidget | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent if isinstance(text, str) else text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if isinstance(text, str):
            self.setText(text)


def group_heading(title: str) -> Label:
    """The title of a group of rows."""
    heading = Label(title)
    font = heading.font()
    font.setItalic(True)
    heading.setFont(font)
    return heading


class MarkedUpLabel(QLabel):
    """A label for our own sentences with HTML in them; nothing from elsewhere belongs in there."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.RichText)
