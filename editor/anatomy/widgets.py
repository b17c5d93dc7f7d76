"""Small widgets that the panels of an anatomy in the making share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton

if TYPE_CHECKING:
    from PySide6.QtGui import QAction


def paragraph() -> QLabel:
    """A label for sentences."""
    label = QLabel()
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
