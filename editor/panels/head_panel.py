"""What changes a head as a whole, at the top of the panels: age, sex, weight, ancestries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout

from facewright.core.directions import basis_of
from facewright.editor.panels.feature_rows import FeatureRows
from facewright.editor.widgets.label import Label

if TYPE_CHECKING:
    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document

_FIRST = ("age", "sex", "weight", "height")
_UNIT = "1 σ is how much the training heads differ in this."


class HeadPanel(QFrame):
    """A slider for each label that the model's training told of; hidden where it told of none."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        names = document.model.directions
        order = sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
        self._titles = {name: name.replace("_", " ").capitalize() for name in order}
        tips = dict.fromkeys(
            self._titles.values(),
            "Moves all parts at once, as training heads differ that are alike in the others here.",
        )
        self.rows = FeatureRows(document, {"": list(tips)}, tips, _UNIT)
        self.take_model()
        heading = Label("Whole Head")
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        heading.setIndent(8)  # above the names, which stand in line with those of the parts
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 8, 4)
        layout.setSpacing(4)
        layout.addWidget(heading)
        layout.addWidget(self.rows)
        self.setVisible(bool(order))

    def take_model(self) -> None:
        """Move along the directions of the document's model, which have the same names."""
        self.rows.take(basis_of(self._document.model).renamed(self._titles))

    def show_parameters(self, parameters: Parameters) -> None:
        """Show how much of each the head has."""
        self.rows.show_parameters(parameters)
