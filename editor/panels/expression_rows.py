"""Expressions with a strength each: whole ones, and the facial units that they are sums of, left and right apart."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QGridLayout, QPushButton, QVBoxLayout, QWidget

from facewright.editor import commands
from facewright.editor.panels.coefficient_row import LABEL_WIDTH, grid_of_rows
from facewright.editor.panels.regions import by_region
from facewright.editor.widgets.amount_slider import Amount
from facewright.editor.widgets.label import Label, group_heading
from facewright.editor.wording import spoken

if TYPE_CHECKING:
    from facewright.core.basis import Basis
    from facewright.core.expressions import Expressions
    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document

_FULL, _STRONGEST = 1.0, 2.0
_TIP = (
    "<br><br>Arrow keys: 1 %. Page keys: 10 %. Double-click or 0: none. “Beyond 100 %” lets it go further than the "
    "training heads do."
)


class StrengthRows(QWidget):
    """A slider and a number for each of a basis' directions, by the region of the face that they move."""

    def __init__(self, document: Document, basis: Basis, says: str) -> None:
        """says : what a direction does."""
        super().__init__()
        self._document, self._basis = document, basis
        grid = grid_of_rows(self)
        self.amounts: dict[str, Amount] = {}
        for title, names in by_region(basis.names).items():
            grid.addWidget(group_heading(title), grid.rowCount(), 0, 1, 3)
            for name in names:
                self._add(grid, name, says)
        self.setVisible(bool(self.amounts))

    def take(self, basis: Basis) -> None:
        """Show strengths along these directions from now on; they have the same names."""
        self._basis = basis

    def show_parameters(self, parameters: Parameters) -> None:
        """Show how much of each direction the head has."""
        for name, strength in self._basis.strengths(parameters).items():
            self.amounts[name].set_amount(strength)

    def unlock(self, beyond: bool) -> None:
        """Let sliders and fields go beyond full strength, or end there."""
        for amount in self.amounts.values():
            amount.end_at(_STRONGEST if beyond else _FULL)
        self.show_parameters(self._document.parameters)

    def _add(self, grid: QGridLayout, name: str, says: str) -> None:
        title, document = spoken(name), self._document
        label, amount = Label(title), Amount(title, 0.0, _FULL)
        label.setFixedWidth(LABEL_WIDTH)
        label.setBuddy(amount.slider)
        row = grid.rowCount()
        for column, widget in enumerate((label, amount.slider, amount.field)):
            grid.addWidget(widget, row, column)
            widget.setToolTip(f"<b>{escape(title)}</b><br>{says}{_TIP}")
        amount.gesture_began.connect(document.begin_gesture)
        amount.gesture_ended.connect(document.end_gesture)
        amount.amount_changed.connect(partial(commands.set_expression, document, name))
        self.amounts[name] = amount


class ExpressionRows(QWidget):
    """Whole expressions and, folded, the facial units of a model that knows them; nothing if the model names none."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        expressions = document.expressions
        self._whole = StrengthRows(
            document, expressions.presets,
            "As the training heads do it on average at 100 %, over this head. Expressions add up.",
        )  # fmt: skip
        self.facial_units = StrengthRows(
            document, expressions.facial_units,
            "One movement of the face, full at 100 %, over this head. Movements add up.",
        )  # fmt: skip
        self.amounts = {**self.facial_units.amounts, **self._whole.amounts}
        self.named = {"Expression": self._whole, "Facial Units": self.facial_units}
        """The rows by what they are called: a unit may have the name of an expression."""
        self.beyond = QCheckBox("Beyond 100 %")
        self.beyond.setToolTip("Let expressions go further than the training heads do, up to 200 %.")
        self.beyond.toggled.connect(self._whole.unlock)
        self.beyond.toggled.connect(self.facial_units.unlock)
        self.show_facial_units = QPushButton(f"Facial Units ({len(self.facial_units.amounts)})")
        self.show_facial_units.setCheckable(True)
        self.show_facial_units.setToolTip("Show or hide the single movements of the face, left and right apart.")
        self.show_facial_units.toggled.connect(self.facial_units.setVisible)
        self.facial_units.hide()
        self.show_facial_units.setVisible(bool(self.facial_units.amounts))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for widget in (self._whole, self.show_facial_units, self.facial_units, self.beyond):
            layout.addWidget(widget)
        self.setVisible(bool(self.amounts))

    def take(self, expressions: Expressions) -> None:
        """Show how much a head has of these from now on; they have the same names."""
        self._whole.take(expressions.presets)
        self.facial_units.take(expressions.facial_units)

    def show_parameters(self, parameters: Parameters) -> None:
        """Show how much of each expression and unit the head has."""
        self._whole.show_parameters(parameters)
        if self.facial_units.amounts:
            self.facial_units.show_parameters(parameters)
