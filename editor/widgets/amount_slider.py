"""A slider for a share or a strength, and how much it is in per cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from facewright.editor.widgets.drag_slider import DragSlider

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_STEPS = 100
"""Steps to 100 %."""


class AmountSlider(DragSlider):
    """An amount in steps of 1 %, filled from its least."""

    amount_changed = Signal(float)
    """The new amount, 1 being 100 %, when a person moves the slider."""

    def __init__(self, least: float, most: float, rest: float, parent: QWidget | None = None) -> None:
        """From `least` to `most`, and at `rest` until it is moved; 1 is 100 %."""
        super().__init__(round(least * _STEPS), round(most * _STEPS), round(rest * _STEPS), 10, parent)
        self.fill_from(round(max(least, 0.0) * _STEPS))
        self.valueChanged.connect(lambda value: self.amount_changed.emit(value / _STEPS))

    def set_amount(self, amount: float) -> None:
        """Show an amount without reporting it as a change; one beyond the reach rests at the end."""
        blocked = self.blockSignals(True)
        self.setValue(round(amount * _STEPS))
        self.blockSignals(blocked)

    def end_at(self, most: float) -> None:
        """End at another amount from now on; nothing is reported as a change."""
        blocked = self.blockSignals(True)
        self.setMaximum(round(most * _STEPS))
        self.blockSignals(blocked)
        self.update()
