"""A slider for a share or a strength, and the field beside it: how much it is in per cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal

from facewright.editor.widgets.drag_slider import DragSlider, HeldKeys
from facewright.editor.widgets.number_field import NumberField

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent
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
        blocked = self.blockSignals(True)
        self.setValue(round(amount * _STEPS))
        self.blockSignals(blocked)

    def end_at(self, most: float) -> None:
        """End at another amount from now on; nothing is reported as a change."""
        blocked = self.blockSignals(True)
        self.setMaximum(round(most * _STEPS))
        self.blockSignals(blocked)
        self.update()


class PercentField(NumberField):
    """An amount as a number in per cent; Enter or leaving the field sets it."""

    amount_changed = Signal(float)
    """The new amount, 1 being 100 %, when a person sets it."""

    def __init__(self, least: float, most: float, parent: QWidget | None = None) -> None:
        """From `least` to `most`; 1 is 100 %."""
        super().__init__(parent)
        self._least, self._most = least, most
        self.setDecimals(0)
        self.setSuffix(" %")
        self.setKeyboardTracking(False)
        self.setButtonSymbols(NumberField.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_amount(-_WIDEST)
        self.setMinimumWidth(self.sizeHint().width())
        self.set_amount(0.0)
        self.valueChanged.connect(lambda value: self.amount_changed.emit(value / _STEPS))

    def set_amount(self, amount: float) -> None:
        """Show an amount, be it beyond the ends, without reporting it as a change."""
        percent, blocker = round(_STEPS * amount), QSignalBlocker(self)  # a whole number: no −0 %
        self.setRange(min(round(_STEPS * self._least), percent), max(round(_STEPS * self._most), percent))
        self.setValue(percent)
        blocker.unblock()

    def end_at(self, most: float) -> None:
        """Take amounts up to another one from now on."""
        self._most = most
        self.set_amount(self.value() / _STEPS)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel."""
        event.ignore()


class Amount(QObject):
    """A slider and a field for one amount: whichever is moved, the change and the gesture are told here."""

    amount_changed = Signal(float)
    """The new amount, 1 being 100 %, when a person moves the slider or sets the field."""
    gesture_began = Signal()
    gesture_ended = Signal()

    def __init__(self, name: str, least: float, most: float, rest: float = 0.0) -> None:
        """From `least` to `most`, and at `rest` until it is moved; name : what screen readers call it."""
        self.slider, self.field = AmountSlider(least, most, rest), PercentField(least, most)
        super().__init__(self.slider)
        self.slider.setAccessibleName(f"{name}, slider")
        self.field.setAccessibleName(f"{name}, value")
        for source in (self.slider, HeldKeys(self.field)):
            source.gesture_began.connect(self.gesture_began)
            source.gesture_ended.connect(self.gesture_ended)
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
