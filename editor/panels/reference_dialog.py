"""How a reference picture lies behind the head, or over it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout

from facewright.editor.desktop.mnemonics import underline_dialog
from facewright.editor.viewport.display_options import REFERENCE_SCALES
from facewright.editor.widgets.amount_slider import Amount
from facewright.editor.widgets.label import Label

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from facewright.editor.viewport import Viewport
    from facewright.editor.viewport.display_options import DisplayOptions

_SLIDER_WIDTH = 200
_OVER = 0.5
"""Opacity of a picture that is brought over the head while it hides what it covers."""


class ReferenceDialog(QDialog):
    """Stays beside the head; what is set is seen at once."""

    def __init__(self, viewport: Viewport, choose: Callable[[], object], parent: QWidget) -> None:
        """choose : asks for another picture."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Reference Picture")
        self._viewport = viewport
        self._grid = QGridLayout()
        self.opacity = self._row("Opacity", "opacity", 0.0, 1.0, "How much it covers.")
        self.scale = self._row("Size", "scale", *REFERENCE_SCALES, "At 100 % it is as large as the view allows.")
        self.in_front = QCheckBox("In front of the head")
        self.in_front.setToolTip("Lay it over the head, to see how they match; at half its opacity, or less.")
        self.in_front.toggled.connect(self._bring)
        self._assemble(choose)
        viewport.display_changed.connect(self._show)
        self._show(viewport.display)

    def _row(self, title: str, name: str, least: float, most: float, tip: str) -> Amount:
        """A slider and a number for one part of the look."""
        label, amount = Label(title), Amount(f"{title} of the picture", least, most, 1.0)
        label.setBuddy(amount.slider)
        label.setToolTip(tip)
        amount.set_tip(tip)
        amount.slider.setMinimumWidth(_SLIDER_WIDTH)
        row = self._grid.rowCount()
        for column, widget in enumerate((label, amount.slider, amount.field)):
            self._grid.addWidget(widget, row, column)
        amount.amount_changed.connect(partial(self._set, name))
        return amount

    def _assemble(self, choose: Callable[[], object]) -> None:
        buttons = QHBoxLayout()
        for text, tip, slot in (
            ("Choose Picture…", "Show another picture.", choose),
            ("Remove", "Take the picture away.", self._remove),
            ("Close", "Go on with the picture as it is.", self.close),
        ):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.setAutoDefault(False)
            button.clicked.connect(lambda checked=False, slot=slot: slot())
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addLayout(self._grid)
        layout.addWidget(self.in_front)
        layout.addLayout(buttons)
        underline_dialog(self)

    def _bring(self, in_front: bool) -> None:
        """Lay the picture over the head, so that the head is seen through it, or back behind it."""
        look = self._viewport.display.reference
        opacity = _OVER if in_front and look.opacity == 1.0 else look.opacity
        self._viewport.set_display(
            replace(self._viewport.display, reference=replace(look, in_front=in_front, opacity=opacity))
        )

    def _set(self, name: str, amount: float) -> None:
        display = self._viewport.display
        look = replace(display.reference, **{name: amount})  # type: ignore[arg-type]
        self._viewport.set_display(replace(display, reference=look))

    def _remove(self) -> None:
        self._viewport.set_reference(None)
        self.close()

    def _show(self, display: DisplayOptions) -> None:
        look = display.reference
        self.opacity.set_amount(look.opacity)
        self.scale.set_amount(look.scale)
        with QSignalBlocker(self.in_front):
            self.in_front.setChecked(look.in_front)
