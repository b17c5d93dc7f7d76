"""One operation: what it is called, its slider, its amount and what that measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt

from facewright.core.anthropometry.measure import shown
from facewright.core.surgery.solve import TOLERANCE
from facewright.editor.widgets.drag_slider import DragSlider, HeldKeys
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.number_field import NumberField

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QGridLayout

    from facewright.core.surgery.operations import OperationKind
    from facewright.editor.surgery.operator import Operator

_STEPS = 10
"""Steps of a slider to a millimetre or degree."""


class AmountField(NumberField):
    """An amount as a number; Enter or leaving the field sets it."""

    def __init__(self, kind: OperationKind) -> None:
        super().__init__()
        self.setRange(-99.0, 99.0)
        self.setDecimals(1)
        self.setSingleStep(1 / _STEPS)
        self.setKeyboardTracking(False)
        self.setButtonSymbols(NumberField.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setSuffix("°" if kind.unit == "°" else " mm")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{kind.title}, amount")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel."""
        event.ignore()


class OperationRow:
    """A row of a grid. A hand at the slider is followed roughly; when it lets go, exactly and judged."""

    def __init__(self, kind: OperationKind, operator: Operator, grid: QGridLayout) -> None:
        self.kind, self._operator = kind, operator
        most = round(_STEPS * kind.most)
        self.label, self.measured = Label(kind.title), Label()
        self.slider, self.field = DragSlider(-most, most, 0, _STEPS), AmountField(kind)
        self.label.setBuddy(self.slider)
        self.slider.setAccessibleName(f"{kind.title}, slider")
        self.measured.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.measured.setMinimumWidth(self.measured.fontMetrics().horizontalAdvance("+00.0 mm "))
        tip = f"{kind.measured}.<br>+ {kind.more}, − {kind.less}. Double-click: not at all."
        row = grid.rowCount()
        for column, widget in enumerate((self.label, self.slider, self.field, self.measured)):
            widget.setToolTip(f"<b>{kind.title}</b>: {tip}")
            grid.addWidget(widget, row, column)
        self.measured.setToolTip("What it measures on the face as it is now.")
        self._in_hand, self._asked = False, 0.0
        for source in (self.slider, HeldKeys(self.field)):
            source.gesture_began.connect(self._take)
            source.gesture_ended.connect(self._let_go)
        self.slider.valueChanged.connect(lambda value: self._ask(value / _STEPS))
        self.field.valueChanged.connect(self._ask)

    def show_amount(self, amount: float) -> None:
        """Show what is asked for; a slider that a hand holds stays under it."""
        self._asked = amount
        if self._in_hand:
            return
        blockers = [QSignalBlocker(widget) for widget in (self.slider, self.field)]
        self.slider.setValue(round(_STEPS * amount))
        self.field.setValue(amount)
        for blocker in blockers:
            blocker.unblock()

    def show_measured(self, asked: float, amount: float | None) -> None:
        """Show what it measures; bold where that is not what is asked for."""
        off = amount is not None and abs(amount - asked) > TOLERANCE[self.kind.unit]
        font = self.measured.font()
        font.setBold(off)
        self.measured.setFont(font)
        self.measured.setText("" if amount is None else shown(amount, self.kind.unit, self.kind.unit, "+"))

    def set_visible(self, visible: bool) -> None:
        """Show the row, or hide it where the model's landmarks do not allow it."""
        for widget in (self.label, self.slider, self.field, self.measured):
            widget.setVisible(visible)

    def _take(self) -> None:
        self._in_hand = self._operator.grab(self.kind.key)
        if not self._in_hand:
            self.show_amount(self._asked)

    def _let_go(self) -> None:
        if not self._in_hand:
            self.show_amount(self._asked)
            return
        self._in_hand = False
        self._operator.pull(self.kind.key, self.slider.value() / _STEPS, rough=False)
        self._operator.release()

    def _ask(self, amount: float) -> None:
        """Another amount: of a hand that holds it, or at once."""
        blocker = QSignalBlocker(self.slider)
        self.slider.setValue(round(_STEPS * amount))
        blocker.unblock()
        if self._in_hand:
            self._operator.pull(self.kind.key, amount)
            return
        if not self._operator.grab(self.kind.key):
            self.show_amount(self._asked)
            return
        self._operator.pull(self.kind.key, amount, rough=False)
        self._operator.release()
