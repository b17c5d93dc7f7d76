"""Named expressions with a strength each, two in a row."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QWidget

from facewright.editor import commands
from facewright.editor.widgets.amount_slider import AmountSlider
from facewright.editor.widgets.label import Label

if TYPE_CHECKING:
    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document

_STRONGEST = 1.5
_COLUMNS = 2


class ExpressionRows(QWidget):
    """A slider for each expression of the training heads, over any head; nothing if the model names none."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 0, 0, 6)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        self.sliders = {name: AmountSlider(0.0, _STRONGEST, 0.0) for name in document.expressions.names}
        for place, (name, slider) in enumerate(self.sliders.items()):
            row, column = divmod(place, _COLUMNS)
            title = name.replace("_", " ").capitalize()
            label = Label(title)
            label.setBuddy(slider)
            grid.addWidget(label, row, 2 * column)
            grid.addWidget(slider, row, 2 * column + 1)
            grid.setColumnStretch(2 * column + 1, 1)
            slider.setAccessibleName(f"{title}, strength")
            for widget in (label, slider):
                widget.setToolTip(
                    f"<b>{escape(title)}</b><br>As the training heads do it on average at 100 %, over this head. "
                    "Expressions add up.<br><br>Arrow keys: 1 %. Page keys: 10 %. Double-click or 0: none."
                )
            slider.gesture_began.connect(document.begin_gesture)
            slider.gesture_ended.connect(document.end_gesture)
            slider.amount_changed.connect(partial(commands.set_expression, document, name))
        self.setVisible(bool(self.sliders))

    def show_parameters(self, parameters: Parameters) -> None:
        """Show how much of each expression the head has."""
        for name, strength in self._document.expressions.strengths(parameters).items():
            self.sliders[name].set_amount(strength)
