"""One component of a code: what it does, its slider and its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from facewright.editor import commands
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.slider import Coefficient
from facewright.editor.wording import SUBJECTS, TITLES

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from facewright.core.parameters import Parameters
    from facewright.core.parts import CodeName
    from facewright.editor.document import Document

_RANKS = ("", "second-", "third-", "fourth-", "fifth-", "sixth-", "seventh-", "eighth-", "ninth-", "tenth-")
_SIDED = (
    "One-sided: it changes nothing alike on both sides. Turn off Edit → Edit Symmetrically to use it."
)  # fmt: skip
LABEL_WIDTH = 205
"""Pixels of a name, the same in all panels, so that the sliders stand in line."""


class ComponentLabel(Label):
    """What a component does, in as many whole phrases as there is room for."""

    def __init__(self, number: int, name: str) -> None:
        """A component of that number, called `name` until more is known."""
        super().__init__(name)
        self._number, self._name = number, name
        self._phrases: list[str] = []
        self.setMinimumWidth(60)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """The same width for all, so that the sliders stand in line."""
        return QSize(LABEL_WIDTH, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Less than the text needs, or the longest would push its slider out of line."""
        return QSize(self.minimumWidth(), super().minimumSizeHint().height())

    def describe(self, words: str) -> None:
        """Say what the component does at +σ, in phrases separated by commas; its name alone where it is not known."""
        self._phrases = words.split(", ") if words else []
        self.setText(self._name)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the room there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave out what does not fit, phrase by phrase."""
        for count in range(len(self._phrases), 0, -1):
            text = f"{self._number}  {', '.join(self._phrases[:count])}"
            if count == 1 or self.fontMetrics().horizontalAdvance(text) <= self.width():
                self.setText(text)
                return


class CoefficientRow:
    """Label, slider and field of one component, in one row of a grid."""

    def __init__(self, document: Document, code: CodeName, index: int, grid: QGridLayout) -> None:
        self._document, self._code, self._index = document, code, index
        self.name = f"{TITLES[code]} {index + 1}"
        self._words = self._hint = ""
        self.label = ComponentLabel(index + 1, self.name)
        self._coefficient = Coefficient(self.name)
        self.slider, self.field = self._coefficient.slider, self._coefficient.field
        self.label.setBuddy(self.slider)
        for column, widget in enumerate(self.widgets):
            grid.addWidget(widget, index, column)
        self._coefficient.gesture_began.connect(document.begin_gesture)
        self._coefficient.gesture_ended.connect(document.end_gesture)
        self._coefficient.coefficient_changed.connect(self._set)
        self._tells_sources_apart = index >= document.model.people_components[code]
        self.describe("")
        self.show_tools()

    @property
    def widgets(self) -> tuple[QWidget, QWidget, QWidget]:
        """From left to right."""
        return self.label, self.slider, self.field

    def show_parameters(self, parameters: Parameters) -> None:
        """Show this component's coefficient."""
        self._coefficient.set_coefficient(parameters.value(self._code, self._index))

    def describe(self, words: str) -> None:
        """Say what the component does at +σ, in phrases separated by commas; nothing where it is not known."""
        self._words = words
        self.label.describe(words or ("tells sources apart" if self._tells_sources_apart else ""))
        spoken = f"{self.name}, {words}" if words else self.name
        self.slider.setAccessibleName(f"{spoken}, slider")
        self.field.setAccessibleName(f"{spoken}, value")
        self._teach()

    def show_tools(self) -> None:
        """Offer the component unless editing is symmetric and it is not; show the spread of the heads chosen."""
        document = self._document
        spread = document.model.spread_of(self._code, document.tools.hills)
        self.slider.set_spread(None if spread is None else spread[self._index])
        usable = not (document.tools.symmetric and document.symmetry.is_sided(self._code, self._index))
        for widget in self.widgets:
            widget.setEnabled(usable)
        self._hint = "" if usable else _SIDED
        self._teach()

    def _teach(self) -> None:
        rank = _RANKS[self._index] if self._index < len(_RANKS) else f"{self._index + 1}th-"
        title = f"<b>{self.name}</b>" + (f": at +σ {self._words}, at −σ the opposite" if self._words else "")
        text = self._hint or self._explained(rank)
        for widget in self.widgets:
            widget.setToolTip(f"{title}<br>{text}")

    def _explained(self, rank: str) -> str:
        """What a component of a rank is, in a tip."""
        if self._tells_sources_apart:
            return (
                f"Where {SUBJECTS[self._code]} of one source of training heads differ from those of another, which lie "
                "about −1 and +1 σ: no way in which people differ. Beyond, there are no heads."
            )
        return (
            f"The {rank}strongest way in which {SUBJECTS[self._code]} of the training heads differ, in standard "
            "deviations (σ) from the mean; the hill shows how many of them lie where."
            "<br><br>Arrow keys: 0.1 σ. Page keys: 1 σ. Double-click or 0: back to the mean."
        )

    def _set(self, value: float) -> None:
        commands.set_coefficient(self._document, self._code, self._index, value)
        self.show_parameters(self._document.parameters)  # a locked or one-sided one stays where it was


def grid_of_rows(body: QWidget) -> QGridLayout:
    """A grid that lines up rows of label, slider and value."""
    grid = QGridLayout(body)
    grid.setContentsMargins(8, 0, 0, 6)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(1, 1)
    grid.setAlignment(Qt.AlignmentFlag.AlignTop)
    return grid
