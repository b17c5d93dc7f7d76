"""A slider for a share or a strength, and the field beside it: how much it is in per cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal

from facewright.editor.widgets.drag_slider import DragSlider, SliderAndField
from facewright.editor.widgets.number_field import PanelField

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_STEPS = 100
"""Steps to 100 %."""
_WIDEST = 2.0
"""An amount that is as wide as any, so that a field keeps its width."""


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
        with QSignalBlocker(self):
            self.setValue(round(amount * _STEPS))

    def end_at(self, most: float) -> None:
        """End at another amount from now on; nothing is reported as a change."""
        with QSignalBlocker(self):
            self.setMaximum(round(most * _STEPS))
        self.update()


class PercentField(PanelField):
    """An amount as a number in per cent."""

    amount_changed = Signal(float)
    """The new amount, 1 being 100 %, when a person sets it."""

    def __init__(self, least: float, most: float, parent: QWidget | None = None) -> None:
        """From `least` to `most`; 1 is 100 %."""
        super().__init__(parent)
        self._least, self._most = least, most
        self.setDecimals(0)
        self.setSuffix(" %")
        self.set_amount(-_WIDEST)
        self.setMinimumWidth(self.sizeHint().width())
        self.set_amount(0.0)
        self.valueChanged.connect(lambda value: self.amount_changed.emit(value / _STEPS))

    def set_amount(self, amount: float) -> None:
        """Show an amount, be it beyond the ends, without reporting it as a change."""
        percent = round(_STEPS * amount)  # a whole number: no −0 %
        with QSignalBlocker(self):
            self.setRange(min(round(_STEPS * self._least), percent), max(round(_STEPS * self._most), percent))
            self.setValue(percent)

    def end_at(self, most: float) -> None:
        """Take amounts up to another one from now on."""
        self._most = most
        self.set_amount(self.value() / _STEPS)


class Amount(SliderAndField):
    """A slider and a field for one amount."""

    amount_changed = Signal(float)
    """The new amount, 1 being 100 %, when a person moves the slider or sets the field."""

    def __init__(self, name: str, least: float, most: float, rest: float = 0.0) -> None:
        """From `least` to `most`, and at `rest` until it is moved; name : what screen readers call it."""
        self.slider, self.field = AmountSlider(least, most, rest), PercentField(least, most)
        super().__init__(name, self.slider, self.field)
        for control in (self.slider, self.field):
            control.amount_changed.connect(self.amount_changed)

    def set_amount(self, amount: float) -> None:
        """Show an amount without reporting it as a change."""
        self.slider.set_amount(amount)
        self.field.set_amount(amount)

    def end_at(self, most: float) -> None:
        """End at another amount from now on; nothing is reported as a change."""
        self.slider.end_at(most)
        self.field.end_at(most)

    def set_enabled(self, enabled: bool) -> None:
        """Let it be moved, or not."""
        self.slider.setEnabled(enabled)
        self.field.setEnabled(enabled)

    def set_tip(self, tip: str) -> None:
        """Say what it does."""
        self.slider.setToolTip(tip)
        self.field.setToolTip(tip)
