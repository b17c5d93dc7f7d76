"""Random draws with a seed that is seen, so that any of them can be had again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QWidget

from facewright.editor import commands
from facewright.editor.widgets.amount_slider import Amount
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.number_field import WholeNumberField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facewright.core.parts import CodeName
    from facewright.editor.document import Document, Tools

_SEEDS = 10_000
"""Seeds that are drawn: few enough to be told on the telephone."""

_STRONGEST = 2.0


def roll(document: Document, codes: Sequence[CodeName]) -> None:
    """Draw codes with a new seed."""
    seed = int(np.random.default_rng().integers(1, _SEEDS))
    document.set_tools(replace(document.tools, seed=seed))
    commands.randomise(document, codes, seed)


class DiceBar(QWidget):
    """Strength and seed of random draws; changing either draws the last one again, as long as nothing came after."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.strength = Amount("Strength of random draws", 0.0, _STRONGEST, 1.0)
        self.strength.set_tip(
            "How far random draws go from the mean: at 100 % as the training heads vary. "
            "Moving it shows the last draw weaker or stronger. Double-click: 100 %."
        )
        self.seed = WholeNumberField()
        self.seed.setRange(1, _SEEDS - 1)
        self.seed.setKeyboardTracking(False)
        self.seed.setButtonSymbols(WholeNumberField.ButtonSymbols.NoButtons)
        self.seed.setAccessibleName("Seed of random draws")
        self.seed.setToolTip(
            "The number that the last draw came from. Type another, or step to its neighbours with the arrow keys: "
            "the same is drawn from it; or, if something was changed since, the head."
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 12, 4)
        layout.setSpacing(8)
        caption = Label("Random")
        caption.setToolTip("How random draws are made, with the buttons that show dice.")
        layout.addWidget(caption)
        layout.addWidget(self.strength.slider, 1)
        layout.addWidget(self.strength.field)
        layout.addWidget(Label("Seed"))
        layout.addWidget(self.seed)
        self.strength.gesture_began.connect(document.begin_gesture)
        self.strength.gesture_ended.connect(document.end_gesture)
        self.strength.amount_changed.connect(lambda amount: self._choose(strength=amount))
        self.seed.valueChanged.connect(self._choose_seed)
        document.tools_changed.connect(self._show)
        self._show(document.tools)

    def _choose_seed(self, seed: int) -> None:
        """Draw from a seed what was drawn last, or the head: a seed that was noted brings its head back at any time."""
        if commands.last_draw(self._document):
            self._choose(seed=seed)
        else:
            self._document.set_tools(replace(self._document.tools, seed=seed))
            commands.randomise_head(self._document, seed)

    def _choose(self, **changes: float) -> None:
        self._document.set_tools(replace(self._document.tools, **changes))  # type: ignore[arg-type]
        commands.draw_again(self._document)

    def _show(self, tools: Tools) -> None:
        self.strength.set_amount(tools.strength)
        with QSignalBlocker(self.seed):
            self.seed.setValue(tools.seed)
