"""Expressions with a strength each: whole ones, and the facial units that they are sums of, left and right apart."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QGridLayout, QPushButton, QVBoxLayout, QWidget

from facewright.editor import commands
from facewright.editor.widgets.amount_slider import AmountSlider
from facewright.editor.widgets.label import Label
from facewright.editor.wording import spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.basis import Basis
    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document

_FULL, _STRONGEST = 1.0, 2.0
_COLUMNS = 2
_NARROWEST = 46
"""Pixels of a slider, so that two with their numbers stand beside each other."""
_TIP = (
    "<br><br>Arrow keys: 1 %. Page keys: 10 %. Double-click or 0: none. “Beyond 100 %” lets it go further than the "
    "training heads do."
)


class StrengthRows(QWidget):
    """A slider with its number for each of a basis' directions, so many in a row."""

    def __init__(self, document: Document, basis: Basis, rows: Sequence[Sequence[str]], says: str) -> None:
        """rows : names of the directions, those that stand beside each other together; says : what one does."""
        super().__init__()
        self._document, self._basis = document, basis
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 0, 0, 6)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(2)
        self.sliders: dict[str, AmountSlider] = {}
        self._numbers: dict[str, Label] = {}
        for row, names in enumerate(rows):
            for column, name in enumerate(names):
                title = spoken(name)
                pair = len(names) == _COLUMNS and name.endswith(("_L", "_R"))
                if not pair or column == 0:
                    label = Label(title.removesuffix(", left") if pair else title)
                    self._grid.addWidget(label, row, 3 * column)
                self._add(name, row, column, says)
        self.setVisible(bool(self.sliders))

    def show_parameters(self, parameters: Parameters) -> None:
        """Show how much of each direction the head has."""
        for name, strength in self._basis.strengths(parameters).items():
            if name in self.sliders:
                self.sliders[name].set_amount(strength)
                percent = round(100.0 * strength)
                self._numbers[name].setText(f"{percent} %".replace("-", "−") if percent else "")

    def unlock(self, beyond: bool) -> None:
        """Let the sliders go beyond full strength, or end there."""
        for slider in self.sliders.values():
            slider.end_at(_STRONGEST if beyond else _FULL)
        self.show_parameters(self._document.parameters)

    def _add(self, name: str, row: int, column: int, says: str) -> None:
        title, document = spoken(name), self._document
        slider, number = AmountSlider(0.0, _FULL, 0.0), Label()
        number.setFixedWidth(number.fontMetrics().horizontalAdvance("100 %") + 2)
        for place, widget in enumerate((slider, number), start=1):
            self._grid.addWidget(widget, row, 3 * column + place)
            widget.setToolTip(f"<b>{escape(title)}</b><br>{says}{_TIP}")
        self._grid.setColumnStretch(3 * column + 1, 1)
        slider.setMinimumWidth(_NARROWEST)
        slider.setAccessibleName(f"{title}, strength")
        slider.gesture_began.connect(document.begin_gesture)
        slider.gesture_ended.connect(document.end_gesture)
        slider.amount_changed.connect(partial(commands.set_expression, document, name))
        self.sliders[name], self._numbers[name] = slider, number


class ExpressionRows(QWidget):
    """Whole expressions and, folded, the facial units of a model that knows them; nothing if the model names none."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        expressions = document.expressions
        names = expressions.presets.names
        pairs = [names[start : start + _COLUMNS] for start in range(0, len(names), _COLUMNS)]
        self._whole = StrengthRows(
            document, expressions.presets, pairs,
            "As the training heads do it on average at 100 %, over this head. Expressions add up.",
        )  # fmt: skip
        self.units = StrengthRows(
            document, expressions.units, unit_rows(expressions.units.names),
            "One movement of the face, full at 100 %, over this head. Movements add up.",
        )  # fmt: skip
        self.sliders = {**self.units.sliders, **self._whole.sliders}
        self.beyond = QCheckBox("Beyond 100 %")
        self.beyond.setToolTip("Let expressions go further than the training heads do, up to 200 %.")
        self.beyond.toggled.connect(self._whole.unlock)
        self.beyond.toggled.connect(self.units.unlock)
        self.show_units = QPushButton(f"Facial Units ({len(self.units.sliders)})")
        self.show_units.setCheckable(True)
        self.show_units.setToolTip("Show or hide the single movements of the face, left and right apart.")
        self.show_units.toggled.connect(self.units.setVisible)
        self.units.hide()
        self.show_units.setVisible(bool(self.units.sliders))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for widget in (self._whole, self.show_units, self.units, self.beyond):
            layout.addWidget(widget)
        self.setVisible(bool(self.sliders))

    def show_parameters(self, parameters: Parameters) -> None:
        """Show how much of each expression and unit the head has."""
        self._whole.show_parameters(parameters)
        if self.units.sliders:
            self.units.show_parameters(parameters)


def unit_rows(names: Sequence[str]) -> list[list[str]]:
    """Facial units in rows: left and right of one beside each other, those without sides by two."""
    stems: dict[str, list[str]] = {}
    for name in sorted(names):
        stems.setdefault(name[:-2] if name.endswith(("_L", "_R")) else name, []).append(name)
    sided = [row for row in stems.values() if len(row) > 1]
    whole = [row[0] for row in stems.values() if len(row) == 1]
    return sided + [whole[start : start + _COLUMNS] for start in range(0, len(whole), _COLUMNS)]
