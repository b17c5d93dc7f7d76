"""Small widgets that the panels of an anatomy in the making share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton

from facewright.editor.widgets.label import Label, MarkedUpLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QAction


def paragraph(*, marked_up: bool = False) -> QLabel:
    """A label for sentences; for our own with HTML in them, if `marked_up`."""
    label = MarkedUpLabel() if marked_up else Label()
    label.setWordWrap(True)
    return label


def buttons(*actions: QAction) -> QHBoxLayout:
    """Buttons for actions, side by side."""
    row = QHBoxLayout()
    for action in actions:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row.addWidget(button)
    return row
