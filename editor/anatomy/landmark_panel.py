"""The list of landmarks: which are picked, which is next, and where on a face it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtawesome
from PySide6.QtCore import QEvent, QSignalBlocker
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from facewright.editor.anatomy.draft import LEFT, NEEDED
from facewright.editor.anatomy.landmark_words import title, where
from facewright.editor.anatomy.widgets import buttons, paragraph

if TYPE_CHECKING:
    from facewright.editor.anatomy.actions import AnatomyActions
    from facewright.editor.anatomy.landmark_picker import LandmarkPicker
    from facewright.editor.anatomy.session import AnatomySession

_SIDES = (
    "Right and left are the subject's own: the right is at your left when the face looks at you. "
    "Drag a landmark to correct it; drag beside the head to turn it."
)
_OPTIONAL = "Only where the mesh's faces are not left-right symmetric."


class LandmarkPanel(QWidget):
    """Follows a session; what is selected in the list is picked next."""

    def __init__(
        self, session: AnatomySession, picker: LandmarkPicker, actions: AnatomyActions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._picker = session, picker
        self.next = paragraph(marked_up=True)
        self.list = QListWidget()
        self.list.setAccessibleName("Landmarks")
        self.list.setUniformItemSizes(True)
        self._items = {name: QListWidgetItem(title(name), self.list) for name in (*NEEDED, *LEFT)}
        for name, item in self._items.items():
            item.setToolTip(f"{where(name).capitalize()}." + (f" {_OPTIONAL}" if name in LEFT else ""))
        sides = paragraph()
        sides.setText(_SIDES)
        layout = QVBoxLayout(self)
        layout.addWidget(self.next)
        layout.addWidget(self.list, 1)
        layout.addLayout(buttons(actions.remove))
        layout.addWidget(sides)
        layout.addLayout(buttons(actions.find))
        self.list.currentItemChanged.connect(self._choose)
        picker.current_changed.connect(self._show)
        session.changed.connect(self._show)
        self._show()

    @property
    def selected(self) -> str:
        """The landmark that is selected; empty for none."""
        return next((name for name, item in self._items.items() if item is self.list.currentItem()), "")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the window between dark and light."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_items"):
            self._show()
        super().changeEvent(event)

    def _choose(self) -> None:
        self._picker.choose(self.selected)

    def _show(self) -> None:
        session, current = self._session, self._picker.current
        palette = self.palette()
        done, open_ = palette.color(QPalette.ColorRole.Link), palette.color(QPalette.ColorRole.PlaceholderText)
        for name, item in self._items.items():
            picked = name in session.draft.landmarks
            glyph = "mdi6.check-circle" if picked else "mdi6.circle-outline"
            item.setIcon(qtawesome.icon(glyph, color=done if picked else open_))
            optional = name in LEFT and not session.needs_left and not picked
            item.setText(f"{title(name)}, optional" if optional else title(name))
        with QSignalBlocker(self.list):
            if current:
                self.list.setCurrentItem(self._items[current])
                self.list.scrollToItem(self._items[current])
            else:
                self.list.setCurrentRow(-1)
        self.next.setText(self._say())

    def _say(self) -> str:
        session, current = self._session, self._picker.current
        if current:
            words = f"<b>{title(current)}</b>: {where(current)}."
            needed = (*NEEDED, *(LEFT if session.needs_left else ()))
            if current in session.missing:
                return f"{needed.index(current) + 1} of {len(needed)}. Click the {words}"
            return f"Click the {words}"
        if session.is_current:
            return "The parts are found: look at them, and correct them under <b>Parts</b>."
        return "All that are needed are picked: <b>Find Parts</b>."
