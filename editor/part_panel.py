"""The panels that set a head: one for each code, one row for each component."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from core.parts import LOCAL_PARTS
from editor import commands
from editor.slider import CoefficientField, CoefficientSlider, HeldKeys
from editor.wording import PANEL_ORDER, SUBJECTS, TITLES

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from core.parameters import Parameters
    from core.parts import CodeName
    from editor.actions import PartActions
    from editor.document import Document


_RANKS = ("", "second-", "third-", "fourth-", "fifth-", "sixth-", "seventh-", "eighth-", "ninth-", "tenth-")


class CoefficientRow:
    """Label, slider and field of one component, in one row of a grid."""

    def __init__(self, document: Document, code: CodeName, index: int, grid: QGridLayout) -> None:
        self._document, self._code, self._index = document, code, index
        name = f"{TITLES[code]} {index + 1}"
        teaching = (
            f"<b>{name}</b><br>The {_RANKS[index]}strongest way in which {SUBJECTS[code]} of the training heads "
            "differ, in standard deviations (σ) from the mean: two heads in three lie within ±1 σ, nearly all within "
            "±3 σ.<br><br>Arrow keys: 0.1 σ. Page keys: 1 σ. Double-click or 0: back to the mean."
        )
        self.label = QLabel(name)
        self.slider = CoefficientSlider()
        self.field = CoefficientField()
        self.label.setBuddy(self.slider)
        self.label.setMinimumWidth(self.label.fontMetrics().horizontalAdvance(f"{max(TITLES.values(), key=len)} 10"))
        self.slider.setAccessibleName(f"{name} slider")
        self.field.setAccessibleName(f"{name} value")
        for column, widget in enumerate((self.label, self.slider, self.field)):
            widget.setToolTip(teaching)
            grid.addWidget(widget, index, column)
        for source in (self.slider, HeldKeys(self.slider), HeldKeys(self.field)):
            source.gesture_began.connect(document.begin_gesture)
            source.gesture_ended.connect(document.end_gesture)
        self.slider.coefficient_changed.connect(self._set)
        self.field.coefficient_changed.connect(self._set)

    def show_parameters(self, parameters: Parameters) -> None:
        """Show this component's coefficient."""
        value = parameters.value(self._code, self._index)
        self.slider.set_coefficient(value)
        self.field.set_coefficient(value)

    def _set(self, value: float) -> None:
        commands.set_coefficient(self._document, self._code, self._index, value)


class PartPanel(QFrame):
    """One code: a title that folds the panel, Mean and Random, and a row for each of the first components."""

    def __init__(self, document: Document, code: CodeName, actions: PartActions) -> None:
        super().__init__()
        self.code = code
        self.title = QToolButton()
        self.title.setText(TITLES[code])
        self.title.setAutoRaise(True)
        self.title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.title.setToolTip(f"Show or hide the sliders of {SUBJECTS[code]}.")
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        header = QHBoxLayout()
        header.addWidget(self.title)
        header.addStretch()
        header.addWidget(_button(actions.mean, "Mean"))
        header.addWidget(_button(actions.random, "Random"))
        self._body = QWidget()
        grid = QGridLayout(self._body)
        grid.setContentsMargins(8, 0, 0, 6)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        self.rows = [CoefficientRow(document, code, i, grid) for i in range(commands.component_count(document, code))]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 8, 4)
        layout.setSpacing(4)
        layout.addLayout(header)
        layout.addWidget(self._body)
        self.title.clicked.connect(lambda: self.set_expanded(self._body.isHidden()))

    def set_expanded(self, expanded: bool) -> None:
        """Show or hide the rows."""
        self.title.setArrowType(Qt.ArrowType.DownArrow if expanded else Qt.ArrowType.RightArrow)
        self._body.setVisible(expanded)

    def show_parameters(self, parameters: Parameters) -> None:
        """Show the coefficients of this code."""
        for row in self.rows:
            row.show_parameters(parameters)


class PartPanels(QScrollArea):
    """All panels, one above the other, made anew for each model."""

    def __init__(self, document: Document, actions: dict[CodeName, PartActions]) -> None:
        super().__init__()
        self._document = document
        self._actions = actions
        self.panels: dict[CodeName, PartPanel] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        document.model_changed.connect(self._build)
        document.parameters_changed.connect(self._show_parameters)
        self._build()

    def _build(self) -> None:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(0)
        self.panels = {code: PartPanel(self._document, code, self._actions[code]) for code in PANEL_ORDER}
        for panel in self.panels.values():
            panel.set_expanded(panel.code in LOCAL_PARTS)
            layout.addWidget(panel)
        layout.addStretch()
        self.setWidget(content)
        self._show_parameters(self._document.parameters)

    def _show_parameters(self, parameters: Parameters) -> None:
        for panel in self.panels.values():
            panel.show_parameters(parameters)


def _button(action: QAction, text: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setAccessibleName(action.text())
    button.setToolTip(action.toolTip())
    button.clicked.connect(action.trigger)
    return button
