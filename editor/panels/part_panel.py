"""The panels that set a head: one for each code, one row for each component."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facewright.core import plausibility
from facewright.core.features import features_of
from facewright.core.parts import LOCAL_PARTS
from facewright.editor import commands
from facewright.editor.panels.coefficient_row import CoefficientRow, grid_of_rows
from facewright.editor.panels.expression_rows import ExpressionRows
from facewright.editor.panels.head_panel import HeadPanel
from facewright.editor.panels.part_features import PartFeatures
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.plausibility_meter import PlausibilityMeter
from facewright.editor.widgets.small_screen import Scrolled
from facewright.editor.wording import PANEL_ORDER, SUBJECTS, TITLES, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from PySide6.QtGui import QAction

    from facewright.core.features import FeatureMap
    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.core.plausibility import Ways
    from facewright.core.project import EditState
    from facewright.editor.document import Document


_WARNINGS = {"typical": "", "unusual": "Unusual", "extreme": "Far out"}


@dataclass(frozen=True)
class PartActions:
    """What can be done with one code as a whole; `take` offers the variants to take it from."""

    reset: QAction
    random: QAction
    lock: QAction
    symmetric: QAction
    take: QMenu


class PartPanel(QFrame):
    """One code: a header that folds the panel, its tools, and a row for each of the first components."""

    def __init__(self, document: Document, code: CodeName, actions: PartActions) -> None:
        super().__init__()
        self._document = document
        self._words: Sequence[str] = ()
        self._ways: Ways | None = None
        self.code = code
        self.title = _title(code)
        self.meter = PlausibilityMeter(SUBJECTS[code])
        self.warning = Label()  # always there, or what it pushes aside would move under the hand
        self.warning.setFixedWidth(max(map(self.warning.fontMetrics().horizontalAdvance, _WARNINGS.values())) + 4)
        self.expressions = ExpressionRows(document) if code == "expression" else None
        self.features = PartFeatures(document, code)
        self.components = QPushButton("Components")
        self.components.setCheckable(True)
        self.components.setToolTip(
            f"Show or hide the raw principal components of {SUBJECTS[code]}, which the sliders above are made of."
        )
        self.rows: list[CoefficientRow] = []
        self.more = QPushButton()
        self.more.setToolTip(f"Show sliders of finer differences between {SUBJECTS[code]} of the training heads.")
        self.more.clicked.connect(self.show_more)
        self._menu = _menu_button(code, actions)
        self._body = QWidget()
        self._grid = grid_of_rows(self._body)
        self._raw = QWidget()
        self._content = QWidget()
        self._assemble(actions)
        self.show_more()
        has_words = bool(self.features.features or (self.expressions and self.expressions.amounts))
        self.components.setVisible(has_words)
        self.components.toggled.connect(self._raw.setVisible)
        self._raw.setVisible(not has_words)
        self.title.clicked.connect(lambda: self.set_expanded(self._content.isHidden()))

    def set_expanded(self, expanded: bool) -> None:
        """Show or hide the rows."""
        self.title.setArrowType(Qt.ArrowType.DownArrow if expanded else Qt.ArrowType.RightArrow)
        self._content.setVisible(expanded)

    def show_more(self) -> None:
        """Add sliders of the next components, as many as there are at first."""
        total = self._document.model.components[self.code]
        last: QWidget = self.rows[-1].field if self.rows else self._menu
        for index in range(len(self.rows), min(len(self.rows) + commands.SHOWN_COMPONENTS, total)):
            self.rows.append(CoefficientRow(self._document, self.code, index, self._grid))
            QWidget.setTabOrder(last, self.rows[-1].slider)
            QWidget.setTabOrder(self.rows[-1].slider, last := self.rows[-1].field)
        QWidget.setTabOrder(last, self.more)
        left = total - len(self.rows)
        self.more.setText(f"Show {min(left, commands.SHOWN_COMPONENTS)} more of {left}")
        self.more.setVisible(left > 0)
        self.describe(self._words)
        self.show_parameters(self._document.parameters)

    def describe(self, words: Sequence[str]) -> None:
        """Say what the first components do."""
        self._words = words
        for index, row in enumerate(self.rows):
            row.describe(words[index] if index < len(words) else "")

    def show_parameters(self, parameters: Parameters) -> None:
        """Show the coefficients of this code, and how plausible they are."""
        for row in self.rows:
            row.show_parameters(parameters)
        if self.expressions:
            self.expressions.show_parameters(parameters)
        self.features.show_parameters(parameters)
        values: Sequence[float] | np.ndarray = parameters.code(self.code)
        if self.code == "expression":
            values = self._document.expressions.beyond(parameters)
        rarity = plausibility.of_coefficients(values, self._ways)
        self.meter.show_plausibility(rarity)
        self.warning.setText(_WARNINGS[rarity.level])
        self.warning.setToolTip(self.meter.toolTip())
        self.warning.setAccessibleDescription(self.meter.words)

    def take_model(self) -> None:
        """Show another state of the model, with the same components and names: it is described and measured anew."""
        self._ways = None
        self.describe(())
        self.features.forget()
        if self.expressions:
            self.expressions.take(self._document.expressions)
        self.show_tools()

    def take_features(self, features: FeatureMap) -> None:
        """Give it the sliders that were measured for it, and tell how usual the head is along them, too."""
        self.features.take(features)
        self._ways = features.ways
        self.show_parameters(self._document.parameters)

    def show_state(self, state: EditState) -> None:
        """A locked part shows its sliders, but lets nobody move them."""
        self._content.setEnabled(self.code not in state.locked)

    def show_tools(self) -> None:
        """Offer the components that the tools can move, beside the spread of the heads chosen."""
        for row in self.rows:
            row.show_tools()

    def _assemble(self, actions: PartActions) -> None:
        header = QHBoxLayout()
        header.setSpacing(4)
        header.addWidget(self.title)
        header.addWidget(self.meter)
        header.addWidget(self.warning)
        header.addStretch()
        header.addWidget(_HeaderButton(actions.reset, "Reset"))
        header.addWidget(_HeaderButton(actions.random, "Random"))
        header.addWidget(_HeaderButton(actions.lock, "Lock"))
        header.addWidget(self._menu)
        content = QVBoxLayout(self._content)
        content.setContentsMargins(0, 0, 0, 0)
        content.setSpacing(2)
        if self.expressions:
            content.addWidget(self.expressions)
        content.addWidget(self.features)
        content.addWidget(self.components, alignment=Qt.AlignmentFlag.AlignLeft)
        raw = QVBoxLayout(self._raw)
        raw.setContentsMargins(0, 0, 0, 0)
        raw.setSpacing(2)
        raw.addWidget(self._body)
        raw.addWidget(self.more, alignment=Qt.AlignmentFlag.AlignLeft)
        content.addWidget(self._raw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 8, 4)
        layout.setSpacing(4)
        layout.addLayout(header)
        layout.addWidget(self._content)


class PartPanels(Scrolled):
    """All panels, one above the other, made anew for a model with other sliders than the last one."""

    def __init__(self, document: Document, actions: dict[CodeName, PartActions]) -> None:
        super().__init__()
        self._document = document
        self._actions = actions
        self.panels: dict[CodeName, PartPanel] = {}
        document.model_changed.connect(self._show_model)
        document.parameters_changed.connect(self._show_parameters)
        document.state_changed.connect(self._show_state)
        document.tools_changed.connect(self._show_tools)
        self._build()

    def describe(self, code: CodeName, words: Sequence[str]) -> None:
        """Say what the first components of a code do."""
        self.panels[code].describe(words)

    def take_features(self, features: FeatureMap) -> None:
        """Give a part the sliders that were measured for it."""
        self.panels[features.part].take_features(features)

    def sliders(self) -> list[tuple[str, Callable[[], None]]]:
        """Every slider by what it is called, and what shows it and gives it the keys."""
        sliders: list[tuple[str, Callable[[], None]]] = []
        for name, slider in self.head.rows.sliders.items():
            sliders.append((f"Slider → {name}", partial(self._show, None, slider)))
        for panel in self.panels.values():
            for name, slider in panel.features.rows.sliders.items():
                sliders.append((f"Slider → {name}", partial(self._show, panel, slider)))
            for title, rows in panel.expressions.named.items() if panel.expressions else ():
                for name, amount in rows.amounts.items():
                    sliders.append((f"{title} → {spoken(name)}", partial(self._show, panel, amount.slider)))
        return sliders

    def _show(self, panel: PartPanel | None, slider: QWidget) -> None:
        if panel:
            panel.set_expanded(True)
            if panel.expressions and panel.expressions.facial_units.isAncestorOf(slider):
                panel.expressions.show_facial_units.setChecked(True)
        QApplication.processEvents()  # the panel must have its new size before it is scrolled
        self.ensureWidgetVisible(slider)
        slider.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_model(self) -> None:
        if _sliders_of(self._document) != self._sliders:
            self._build()
            return
        self.head.take_model()
        for panel in self.panels.values():
            panel.take_model()

    def _build(self) -> None:
        self._sliders = _sliders_of(self._document)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(0)
        self.head = HeadPanel(self._document)
        layout.addWidget(self.head)
        self.panels = {code: PartPanel(self._document, code, self._actions[code]) for code in PANEL_ORDER}
        for panel in self.panels.values():
            panel.set_expanded(panel.code in LOCAL_PARTS)
            layout.addWidget(panel)
        layout.addStretch()
        self.setWidget(content)
        self._show_state(self._document.state)

    def _show_parameters(self, parameters: Parameters) -> None:
        self.head.show_parameters(parameters)
        for panel in self.panels.values():
            panel.show_parameters(parameters)

    def _show_state(self, state: EditState) -> None:
        for panel in self.panels.values():
            panel.show_state(state)

    def _show_tools(self) -> None:
        for panel in self.panels.values():
            panel.show_tools()


def _sliders_of(document: Document) -> tuple[object, ...]:
    """Which sliders a document's model has: where they are the same, the same widgets show another state of it."""
    model, expressions = document.model, document.expressions
    return (
        *(model.components, model.people_components, [*model.directions]),
        *(expressions.presets.names, expressions.facial_units.names),
        features_of(model),
    )


def _title(code: CodeName) -> QToolButton:
    title = QToolButton()
    title.setText(TITLES[code])
    title.setAutoRaise(True)
    title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    title.setToolTip(f"Show or hide the sliders of {SUBJECTS[code]}.")
    font = title.font()
    font.setBold(True)
    title.setFont(font)
    return title


class _HeaderButton(QToolButton):
    """A button that does what an action does, with a shorter text."""

    def __init__(self, action: QAction, text: str) -> None:
        super().__init__()
        self._action = action
        self.setText(text)
        self.setAccessibleName(action.iconText())
        self.setToolTip(action.toolTip())
        self.setAutoRaise(True)
        self.setCheckable(action.isCheckable())
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setEnabled(self._action.isEnabled())
        self.setChecked(self._action.isChecked())


def _menu_button(code: CodeName, actions: PartActions) -> QToolButton:
    """What is wanted less often."""
    button = QToolButton()
    button.setText("⋯")
    button.setAutoRaise(True)
    button.setAccessibleName(f"More for {TITLES[code]}")
    button.setToolTip("Take it from another variant or a file, or make it symmetric.")
    menu = QMenu(button)
    menu.addMenu(actions.take)
    menu.addAction(actions.symmetric)
    # Not the button's own menu: that adds an arrow, and a style sheet against it would keep the colours it began with.
    button.clicked.connect(lambda: menu.popup(button.mapToGlobal(button.rect().bottomLeft())))
    return button
