"""How the brush acts: what it does, how wide and how strong it is; and how much of its work a head has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QButtonGroup, QFormLayout, QHBoxLayout, QPushButton, QRadioButton, QVBoxLayout, QWidget

from facewright.core.sculpt.brush import KINDS, LEAST_RADIUS_MM
from facewright.core.sculpt.dabs import MOST_DABS, WIDEST_MM
from facewright.editor.widgets.amount_slider import Amount
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.number_field import NumberField

if TYPE_CHECKING:
    from facewright.core.parameters import Parameters
    from facewright.core.sculpt.brush import Brush, BrushKind
    from facewright.editor.document import Document
    from facewright.editor.sculpt.brush_tool import BrushTool

_TIPS: dict[BrushKind, str] = {
    "grab": "Pull the surface along with the hand.",
    "inflate": "Raise the surface under the brush; with Control lower it.",
    "smooth": "Even out what is rough under the brush. Shift does so with any brush.",
}


class BrushPanel(QWidget):
    """The brush's settings."""

    def __init__(self, document: Document, tool: BrushTool) -> None:
        super().__init__()
        self._tool = tool
        self.kinds = {kind: QRadioButton(kind.capitalize()) for kind in KINDS}
        self.radius = NumberField()
        self.radius.setRange(LEAST_RADIUS_MM, WIDEST_MM)
        self.radius.setDecimals(1)
        self.radius.setSuffix(" mm")
        self.radius.setToolTip("How far the brush reaches to each side. Keys: [ narrower, ] wider.")
        self.strength = Amount("Strength of the brush", 0.0, 1.0, tool.brush.strength)
        self.strength.set_tip("How much a stroke does. Pulling follows the hand whatever this is.")
        self.work = Label()
        self.clear = QPushButton("Clear Brush Work")
        self.clear.setToolTip("Take all brush work off this head; the sliders stay. Ctrl+Z brings it back.")
        self._assemble()
        for kind, button in self.kinds.items():
            button.setToolTip(_TIPS[kind])
            button.toggled.connect(lambda on, kind=kind: self._choose(kind, on))
        self.radius.valueChanged.connect(lambda radius: tool.set_brush(replace(tool.brush, radius=radius)))
        self.strength.amount_changed.connect(lambda share: tool.set_brush(replace(tool.brush, strength=share)))
        self.clear.clicked.connect(tool.clear)
        tool.changed.connect(self._show)
        document.parameters_changed.connect(self._count)
        self._show(tool.brush)
        self._count(document.parameters)

    def _assemble(self) -> None:
        row, self._group = QHBoxLayout(), QButtonGroup(self)
        for button in self.kinds.values():
            self._group.addButton(button)
            row.addWidget(button)
        form = QFormLayout()
        form.addRow("Brush", row)
        form.addRow("Radius", self.radius)
        strength = QHBoxLayout()
        strength.addWidget(self.strength.slider)
        strength.addWidget(self.strength.field)
        form.addRow("Strength", strength)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addLayout(form)
        layout.addWidget(self.work)
        layout.addWidget(self.clear)
        layout.addStretch()

    def _choose(self, kind: BrushKind, on: bool) -> None:
        if on:
            self._tool.set_brush(replace(self._tool.brush, kind=kind))

    def _show(self, brush: Brush) -> None:
        blockers = [QSignalBlocker(each) for each in (*self.kinds.values(), self.radius)]
        self.kinds[brush.kind].setChecked(True)
        self.radius.setValue(brush.radius)
        self.strength.set_amount(brush.strength)
        for blocker in blockers:
            blocker.unblock()

    def _count(self, parameters: Parameters) -> None:
        count = len(parameters.dabs)
        self.work.setText(f"{count:,} of {MOST_DABS:,} dabs on this head" if count else "No brush work on this head")
        self.clear.setEnabled(count > 0)
