"""Sliders in an artist's words: features of one part, or of the whole head."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from facewright.editor import commands
from facewright.editor.panels.coefficient_row import LABEL_WIDTH, grid_of_rows
from facewright.editor.widgets.label import Label, group_heading
from facewright.editor.widgets.slider import Coefficient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtWidgets import QGridLayout

    from facewright.core.basis import Basis
    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document
    from facewright.editor.widgets.slider import CoefficientField, CoefficientSlider


class FeatureRows(QWidget):
    """A slider and a number for each direction of a basis, under the titles of their groups."""

    def __init__(
        self, document: Document, groups: Mapping[str, Sequence[str]], tips: Mapping[str, str], unit: str
    ) -> None:
        """groups : names by title, which may be empty; tips : what each does; unit : what 1 σ of them is, in words.

        Nothing can be moved before there is a basis.
        """
        super().__init__()
        self._document = document
        self._basis: Basis | None = None
        self._unit = unit
        self._widgets: dict[str, tuple[QWidget, ...]] = {}
        self._coefficients: dict[str, Coefficient] = {}
        self.sliders: dict[str, CoefficientSlider] = {}
        self.fields: dict[str, CoefficientField] = {}
        grid = grid_of_rows(self)
        row = 0
        for title, names in groups.items():
            if title:
                grid.addWidget(group_heading(title), row, 0, 1, 3)
                row += 1
            for name in names:
                self._add(grid, row, name)
                row += 1
        self.describe(tips)
        self.setEnabled(False)

    def describe(self, tips: Mapping[str, str]) -> None:
        """Say what each direction does."""
        for name, widgets in self._widgets.items():
            for widget in widgets:
                widget.setToolTip(
                    f"<b>{escape(name)}</b><br>{escape(tips.get(name, ''))}<br><br>{self._unit}<br>"
                    "Arrow keys: 0.1 σ. Page keys: 1 σ. Double-click or 0: back to the mean."
                )

    def take(self, basis: Basis) -> None:
        """Move along these directions from now on."""
        self._basis = basis
        self.setEnabled(True)
        self.show_parameters(self._document.parameters)

    def forget(self) -> None:
        """Move along nothing until there is another basis."""
        self._basis = None
        self.setEnabled(False)

    def show_parameters(self, parameters: Parameters) -> None:
        """Show how much of each feature the head has."""
        if self._basis is None:
            return
        for name, amount in self._basis.strengths(parameters).items():
            if name in self._coefficients:
                self._coefficients[name].set_coefficient(amount)

    def _add(self, grid: QGridLayout, row: int, name: str) -> None:
        label, coefficient = Label(name), Coefficient(name)
        label.setFixedWidth(LABEL_WIDTH)
        label.setBuddy(coefficient.slider)
        self._widgets[name] = (label, coefficient.slider, coefficient.field)
        for column, widget in enumerate(self._widgets[name]):
            grid.addWidget(widget, row, column)
        coefficient.gesture_began.connect(self._document.begin_gesture)
        coefficient.gesture_ended.connect(self._document.end_gesture)
        coefficient.coefficient_changed.connect(partial(self._set, name))
        self._coefficients[name] = coefficient
        self.sliders[name], self.fields[name] = coefficient.slider, coefficient.field

    def _set(self, name: str, amount: float) -> None:
        if self._basis is not None:
            commands.set_feature(self._document, self._basis, name, amount)
            self.show_parameters(self._document.parameters)  # a locked one stays where it was
