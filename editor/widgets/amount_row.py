"""An amount in millimetres or degrees as one row of a grid: name, slider, number, and a note on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt

from facewright.editor.widgets.drag_slider import DragSlider, SliderAndField
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.number_field import PanelField

if TYPE_CHECKING:
    from PySide6.QtWidgets import QGridLayout, QWidget

STEPS = 10
"""Steps of a slider to a millimetre or degree."""


class AmountField(PanelField):
    """An amount as a number."""

    def __init__(self, suffix: str = "", most: float = 999.0) -> None:
        """suffix : its unit; most : the greatest amount, of either sign."""
        super().__init__()
        self.setRange(-most, most)
        self.setDecimals(1)
        self.setSingleStep(1 / STEPS)
        self.setSuffix(suffix)


class AmountRow(ABC):
    """A hand at the slider, or at the field's keys, is followed while it moves; what is typed is set at once.

    The field takes amounts beyond the slider's ends; the slider rests at its end then, and asks for nothing.
    """

    def __init__(self, name: str, slider: DragSlider, field: AmountField, grid: QGridLayout) -> None:
        self.label, self.slider, self.field, self.note = Label(name), slider, field, Label()
        self.label.setBuddy(slider)
        pair = SliderAndField(name, slider, field)
        pair.gesture_began.connect(self._take)
        pair.gesture_ended.connect(self._let_go)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.note.setMinimumWidth(self.note.fontMetrics().horizontalAdvance("+00.0 mm "))
        row = grid.rowCount()
        for column, widget in enumerate((*self.controls, self.note)):
            grid.addWidget(widget, row, column)
        self._in_hand = False
        self._asked: float | None = None
        slider.valueChanged.connect(lambda value: self._ask(value / STEPS))
        field.valueChanged.connect(self._ask)

    @property
    def controls(self) -> tuple[QWidget, QWidget, QWidget]:
        """What a person moves, and its name."""
        return self.label, self.slider, self.field

    def set_visible(self, visible: bool) -> None:
        """Show the row, or hide it where the model's landmarks do not allow it."""
        for widget in (*self.controls, self.note):
            widget.setVisible(visible)

    @abstractmethod
    def grab(self) -> bool:
        """Take hold of what the row stands for; whether that can be, now."""

    @abstractmethod
    def pull(self, amount: float) -> None:
        """The hand that holds it asks for an amount, and moves on."""

    @abstractmethod
    def release(self, amount: float | None) -> None:
        """Let it go at the last amount that was asked for; None where none was."""

    @abstractmethod
    def refuse(self) -> None:
        """Show what is: nothing can be moved now."""

    def postpone(self, amount: float) -> bool:
        """Whether an amount that was typed, and cannot be had now, will be had by itself; here none will."""
        return False

    def show_slider(self, amount: float) -> None:
        """Bring the slider to an amount, or to its end, without a word to anybody."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(STEPS * amount))

    def _take(self) -> None:
        self._asked, self._in_hand = None, self.grab()
        if not self._in_hand:
            self.refuse()

    def _let_go(self) -> None:
        if not self._in_hand:
            self.refuse()
            return
        self._in_hand = False
        self.release(self._asked)

    def _ask(self, amount: float) -> None:
        """Another amount: of a hand that holds it, or at once."""
        self.show_slider(amount)
        if self._in_hand:
            self._asked = amount
            self.pull(amount)
        elif self.grab():
            self.release(amount)
        elif not self.postpone(amount):
            self.refuse()
