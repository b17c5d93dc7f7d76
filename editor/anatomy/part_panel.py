"""The parts that were found, in numbers, and what corrects them: rings of vertices and a brush."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QVBoxLayout, QWidget

from facewright.editor.anatomy.draft import PART_OF
from facewright.editor.anatomy.widgets import buttons, paragraph
from facewright.editor.viewport.colours import PART_COLOURS
from facewright.editor.widgets.number_field import NumberField

if TYPE_CHECKING:
    from facewright.core.anatomy import Anatomy
    from facewright.editor.anatomy.actions import AnatomyActions
    from facewright.editor.anatomy.part_brush import PartBrush
    from facewright.editor.anatomy.session import AnatomySession

COMPONENT_TITLES = {"nose": "Nose", "eye_right": "Right eye", "eye_left": "Left eye", "mouth": "Mouth"}
_RADII_MM = (1.0, 30.0)
_CHIP_PIXELS = 14
_BRUSH = (
    "Drag over the head to paint this part; with Shift, or Erase, to take it away. Drag beside the head to turn it."
)


class AnatomyPartPanel(QWidget):
    """Follows a session; sets up the brush."""

    def __init__(
        self, session: AnatomySession, brush: PartBrush, actions: AnatomyActions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._brush = session, brush
        self.summary = paragraph(marked_up=True)
        self.component, self.radius, self.erase = QComboBox(), NumberField(), QCheckBox("Erase")
        for name, title in COMPONENT_TITLES.items():
            self.component.addItem(_chip(QColor.fromRgbF(*PART_COLOURS[PART_OF[name]])), title, name)
        self.component.setAccessibleName("Part to correct")
        self.component.setToolTip("The part that the buttons and the brush change.")
        self.component.currentIndexChanged.connect(self._choose)
        self.radius.setRange(*_RADII_MM)
        self.radius.setValue(brush.radius_mm)
        self.radius.setDecimals(1)
        self.radius.setSuffix(" mm")
        self.radius.setAccessibleName("Radius of the brush")
        self.radius.setToolTip("How far the brush reaches from the pointer, on the head's own scale.")
        self.radius.valueChanged.connect(self._choose)
        self.erase.setShortcut("E")
        self.erase.setToolTip("The brush takes vertices away instead of adding them (E; Shift does so for a stroke).")
        self.erase.toggled.connect(self._choose)
        form = QFormLayout()
        form.addRow("Part", self.component)
        form.addRow("Brush", self.radius)
        form.addRow("", self.erase)
        self.how = paragraph()
        layout = QVBoxLayout(self)
        layout.addWidget(self.summary)
        layout.addSpacing(8)
        layout.addLayout(form)
        layout.addLayout(buttons(actions.grow, actions.shrink))
        layout.addLayout(buttons(actions.forget))
        layout.addWidget(self.how)
        layout.addStretch()
        session.changed.connect(self._show)
        self._show()

    def _choose(self) -> None:
        self._brush.component = self.component.currentData()
        self._brush.radius_mm = self.radius.value()
        self._brush.erases = self.erase.isChecked()

    def _show(self) -> None:
        anatomy = self._session.anatomy
        self.summary.setText(in_words(anatomy) if anatomy else "")
        even = anatomy is not None and len(anatomy.mirror)
        self.how.setText(f"{_BRUSH} {'Both sides change alike.' if even else 'Each side changes alone.'}")


def in_words(anatomy: Anatomy) -> str:
    """What an anatomy holds, as rich text for people."""
    rows = "".join(
        f"<tr><td>{COMPONENT_TITLES[each.name]}&nbsp;&nbsp;</td>"
        f"<td align='right'>{len(each.vertices):,}</td><td>&nbsp;vertices, collar&nbsp;</td>"
        f"<td align='right'>{len(each.collar):,}</td></tr>"
        for each in anatomy.components
    )
    pairs = "Every vertex has its twin on the other side."
    if not len(anatomy.mirror):
        pairs = "Its faces are not left-right symmetric: mirror images are approximate."
    closed = {each.component for each in anatomy.closing.openings}
    names = [title.lower() for name, title in COMPONENT_TITLES.items() if name in closed]
    openings = f"Openings that are closed: {', '.join(names)}." if names else "Neither eyes nor mouth are open."
    return f"<table>{rows}</table><p>{pairs} {openings}</p>"


def _chip(colour: QColor) -> QIcon:
    """A square of one colour."""
    pixels = QPixmap(_CHIP_PIXELS, _CHIP_PIXELS)
    pixels.fill(colour)
    return QIcon(pixels)
