"""One operation: what it is called, its slider, its amount and what that measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker

from facewright.core.anthropometry.measure import shown
from facewright.core.surgery.solve import TOLERANCE
from facewright.editor.widgets.amount_row import STEPS, AmountField, AmountRow
from facewright.editor.widgets.drag_slider import DragSlider

if TYPE_CHECKING:
    from PySide6.QtWidgets import QGridLayout

    from facewright.core.surgery.operations import OperationKind
    from facewright.editor.surgery.operator import Operator


class OperationRow(AmountRow):
    """A hand at the slider is followed roughly; when it lets go, exactly and judged."""

    def __init__(self, kind: OperationKind, operator: Operator, grid: QGridLayout) -> None:
        most = round(STEPS * kind.most)
        field = AmountField("°" if kind.unit == "°" else " mm", 99.0)
        super().__init__(kind.title, DragSlider(-most, most, 0, STEPS), field, grid)
        self.kind, self._operator, self._amount = kind, operator, 0.0
        for widget in self.controls:
            widget.setToolTip(
                f"<b>{kind.title}</b>: {kind.measured}.<br>+ {kind.more}, − {kind.less}. Double-click: not at all."
            )
        self.note.setToolTip("What it measures on the face as it is now.")

    def show_amount(self, amount: float) -> None:
        """Show what is asked for; a slider that a hand holds stays under it."""
        self._amount = amount
        if self._in_hand:
            return
        self.show_slider(amount)
        with QSignalBlocker(self.field):
            self.field.setValue(amount)

    def show_measured(self, asked: float, amount: float | None) -> bool:
        """Show what it measures; whether that is not what is asked for, and bold."""
        off = amount is not None and abs(amount - asked) > TOLERANCE[self.kind.unit]
        font = self.note.font()
        font.setBold(off)
        self.note.setFont(font)
        self.note.setText("" if amount is None else shown(amount, self.kind.unit, self.kind.unit, "+"))
        return off

    def grab(self) -> bool:
        """Take hold of the operation; whether that can be, now."""
        return self._operator.grab(self.kind.key)

    def pull(self, amount: float) -> None:
        """Carry out another amount, roughly."""
        self._operator.pull(self.kind.key, amount)

    def release(self, amount: float | None) -> None:
        """Carry out the last amount that was asked for, exactly."""
        self._operator.pull(self.kind.key, self._amount if amount is None else amount, rough=False)
        self._operator.release()

    def postpone(self, amount: float) -> bool:
        """Have an amount carried out after what is being carried out."""
        return self._operator.postpone(self.kind.key, amount)

    def refuse(self) -> None:
        """Show the amount that is carried out, or will be."""
        self.show_amount(self._operator.asked.get(self.kind.key, 0.0))
