"""The history as a list: what was done, in order, and a click back to any of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QUndoView

if TYPE_CHECKING:
    from facewright.editor.document import Document


class HistoryPanel(QUndoView):
    """Every step; those below the chosen one can be done again."""

    def __init__(self, document: Document) -> None:
        super().__init__(document.undo_stack)
        self.setEmptyLabel("Start")
        self.setAccessibleName("History")
        self.setToolTip("Click a step to go back to it; the ones below can be done again until something new is done.")
        self.setViewportMargins(8, 4, 0, 0)
        self.setSpacing(1)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names of variants, and how far: both ends tell
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QUndoView.Shape.NoFrame)
