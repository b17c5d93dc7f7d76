"""A head between two variants, whole or part by part, in a variant of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFormLayout, QGridLayout, QVBoxLayout, QWidget

from facewright.core.parts import CODES
from facewright.editor import commands
from facewright.editor.widgets.amount_slider import Amount
from facewright.editor.widgets.label import Label
from facewright.editor.wording import PANEL_ORDER, TITLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.parts import CodeName
    from facewright.core.project import Blend, EditState, Variant
    from facewright.editor.document import Document

_NAME_LENGTH = 10
"""Characters of a variant's name for which there is always room."""
_SLIDER_WIDTH = 140
"""Pixels: a step of 1 % is about one of them."""


class BlendPanel(QWidget):
    """Two variants, a slider between them for the whole head, and one for each part.

    Moving a slider goes on in a blend's variant, or begins one, so that neither of the two changes.
    """

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.first, self.second = QComboBox(), QComboBox()
        self.whole = Amount("Blend of Whole Head", 0.0, 1.0)
        self.parts: dict[CodeName, Amount] = {
            code: Amount(f"Blend of {TITLES[code]}", 0.0, 1.0) for code in PANEL_ORDER
        }
        self.hint = Label("Two variants are needed: make another one with Variants → New Variant.")
        self.hint.setWordWrap(True)
        self._assemble()
        for combo in (self.first, self.second):
            combo.activated.connect(self._show_blend)
        for amount, codes in ((self.whole, CODES), *((amount, (code,)) for code, amount in self.parts.items())):
            amount.gesture_began.connect(document.begin_gesture)
            amount.gesture_ended.connect(document.end_gesture)
            amount.amount_changed.connect(partial(self._blend, codes))
        document.state_changed.connect(self._show_state)
        self._show_state(document.state)

    def _assemble(self) -> None:
        ends = QFormLayout()
        for combo, title, name in ((self.first, "From", "First head"), (self.second, "To", "Second head")):
            combo.setAccessibleName(name)
            combo.setToolTip("Blending changes neither of the two: the result is a variant of its own.")
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(_NAME_LENGTH)  # a long name would push the head aside
            ends.addRow(title, combo)
        grid = QGridLayout()
        grid.setVerticalSpacing(2)
        grid.setColumnMinimumWidth(1, _SLIDER_WIDTH)
        rows = [("Whole Head", self.whole), *((TITLES[code], amount) for code, amount in self.parts.items())]
        for row, (title, amount) in enumerate(rows):
            label = Label(title)
            label.setBuddy(amount.slider)
            amount.set_tip("From the first head, at 0 %, to the second, at 100 %. Arrow keys: 1 %. Page keys: 10 %.")
            for column, widget in enumerate((label, amount.slider, amount.field)):
                grid.addWidget(widget, row, column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(self.hint)
        layout.addLayout(ends)
        layout.addLayout(grid)
        layout.addStretch()

    def _blend(self, codes: Sequence[CodeName], weight: float) -> None:
        first, second = self._chosen(self.first), self._chosen(self.second)
        if first and second:
            commands.blend(self._document, first, second, codes, weight)
        self._show_state(self._document.state)

    def _chosen(self, combo: QComboBox) -> Variant | None:
        """The head at one end: that of the blend which is edited, else the variant of the chosen name."""
        if blend := self._edited_blend():
            return blend.first if combo is self.first else blend.second
        index = self._document.state.named(combo.currentText())
        return None if index is None else self._document.state.variants[index]

    def _edited_blend(self) -> Blend | None:
        """The blend that is edited, if it is one of the two that are chosen."""
        blend = self._document.state.variant.blend
        chosen = (self.first.currentText(), self.second.currentText())
        return blend if blend and (blend.first.name, blend.second.name) == chosen else None

    def _show_state(self, state: EditState) -> None:
        """Offer the variants; while a blend is edited, choose what it is a blend of."""
        names = [variant.name for variant in state.variants]
        blend = state.variant.blend
        chosen = (blend.first.name, blend.second.name) if blend else self._choice(names)
        for combo, name in zip((self.first, self.second), chosen, strict=True):
            offered = names if name in names else [*names, name]
            if offered != [combo.itemText(index) for index in range(combo.count())]:
                combo.clear()
                combo.addItems(offered)
            combo.setCurrentText(name)
        enough = len(names) > 1
        self.hint.setVisible(not enough)
        for combo in (self.first, self.second):
            combo.setEnabled(enough)
        self.whole.set_enabled(enough and len(state.locked) < len(CODES))
        for code, amount in self.parts.items():
            amount.set_enabled(enough and code not in state.locked)
        self._show_blend()

    def _choice(self, names: Sequence[str]) -> tuple[str, str]:
        """The two variants that were chosen last, or others where those are gone or the same."""
        first = self.first.currentText() if self.first.currentText() in names else names[0]
        second = self.second.currentText()
        others = [name for name in names if name != first] or [first]
        return first, second if second in others else others[0]

    def _show_blend(self) -> None:
        """Show the shares of the edited blend; a head that is one of the two is all of that one."""
        first, second = self._chosen(self.first), self._chosen(self.second)
        blend = self._document.state.blend_of(first, second) if first and second else None
        weights = dict(zip(CODES, blend.weights if blend else (0.0,) * len(CODES), strict=True))
        for code, amount in self.parts.items():
            amount.set_amount(weights[code])
        free = [weights[code] for code in CODES if code not in self._document.state.locked]
        self.whole.set_amount(sum(free) / max(len(free), 1))
