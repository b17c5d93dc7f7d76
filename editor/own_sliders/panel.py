"""A person's own sliders beside the head: each with its picture, and a button that makes one of the shape on screen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QStandardPaths, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QInputDialog,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facewright.core.errors import FacewrightError
from facewright.editor import commands
from facewright.editor.desktop.messages import ask, choose, show_error
from facewright.editor.own_sliders.library import Library, OwnSlider
from facewright.editor.widgets.amount_slider import Amount
from facewright.editor.widgets.label import Label
from facewright.editor.wording import plain_tip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from facewright.core.basis import Basis
    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.editor.comparison import Comparison
    from facewright.editor.document import Document

_PICTURE = QSize(64, 48)
_LEAST_HEIGHT = 160
"""Pixels: two sliders, and the button below them, are seen."""


def own_folder() -> Path:
    """Where a person's own sliders lie."""
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(data) / "sliders"


class OwnPanel(QScrollArea):
    """A row for each of the library's sliders; those of another model are shown, but cannot be moved."""

    saved = Signal(str)
    """The name of a slider that was made."""

    def __init__(
        self, document: Document, comparison: Comparison, thumbnail: Callable[[], bytes], folder: Path | None = None
    ) -> None:
        """thumbnail : gives the picture of what is seen, as a PNG file's content."""
        super().__init__()
        self._document, self._comparison, self._thumbnail = document, comparison, thumbnail
        self._library = Library(folder or own_folder())
        self.sliders: dict[str, Amount] = {}
        self._rows: list[_Row] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(_LEAST_HEIGHT)
        document.model_changed.connect(self._show_model)
        document.parameters_changed.connect(self._show)
        self._build()

    def ask_for_name(self, name: str = "") -> QInputDialog:
        """Let the user name a slider of what has changed since the head compared with; it is saved then."""
        dialog = QInputDialog(self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Save as Slider")
        dialog.setLabelText(
            f"What leads from “{self._comparison.name}” to this head becomes a slider for any head.\n"
            "(View → Compare With chooses where it starts.)\n\nName:"
        )
        dialog.setTextValue(name)
        for label in dialog.findChildren(QWidget):
            label.setAccessibleName("Name of the slider")
        dialog.textValueSelected.connect(self.save)
        dialog.open()
        return dialog

    def save(self, name: str) -> None:
        """Make a slider of what leads from the head compared with to this one; tell why, where that cannot be.

        One that has the name already is replaced only if the user says so.
        """
        model = self._document.model
        try:
            made = OwnSlider.between(
                name, model, self._comparison.parameters, self._document.parameters, self._thumbnail()
            )
        except FacewrightError as error:
            show_error(self.window(), str(error))
            return
        if same := self._library.named(made.name, model):
            choose(
                self.window(), f"Replace the slider {same[0].name}?", "That one is lost; heads stay as they are.",
                {
                    "Choose Another Name…": partial(self.ask_for_name, made.name),
                    "Replace": partial(self._keep, made, same),
                },
            )  # fmt: skip
        else:
            self._keep(made)

    def _keep(self, made: OwnSlider, instead_of: Sequence[OwnSlider] = ()) -> None:
        """Add a slider to the library, and show it."""
        try:
            self._library.add(made, instead_of)
        except FacewrightError as error:
            show_error(self.window(), str(error))
            return
        self._build()
        self.saved.emit(made.name)
        QTimer.singleShot(0, self, partial(self._lead_to, made.name))  # once the panel has its new size

    def _lead_to(self, name: str) -> None:
        """Scroll to a slider, and give it the keys."""
        if amount := self.sliders.get(name):
            self.ensureWidgetVisible(amount.slider)
            amount.slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        """Make the rows anew from the library."""
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(12, 8, 12, 8)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        self._rows = [_Row(own, grid, 2 * place) for place, own in enumerate(self._library.sliders())]
        for row in self._rows:
            row.amount.gesture_began.connect(self._document.begin_gesture)
            row.amount.gesture_ended.connect(self._document.end_gesture)
            row.amount.amount_changed.connect(partial(self._set, row))
            row.delete.clicked.connect(partial(self._ask_to_delete, row.own))
        hint = Label(
            "Shape a head with sliders or by pulling, then save that as a slider of your own: it works on any head."
        )
        hint.setWordWrap(True)
        hint.setVisible(not self._rows)
        save = QPushButton("Save as Slider…")
        save.setToolTip("What leads from the head compared with to this one becomes a slider. (Ctrl+Alt+D)")
        save.clicked.connect(lambda: self.ask_for_name())
        layout.addWidget(hint)
        layout.addLayout(grid)
        layout.addWidget(save, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addStretch()
        self.setWidget(content)
        self._show_model()

    def _show_model(self) -> None:
        """Offer what was made with the model; only that can be moved."""
        for row in self._rows:
            row.take(self._document.model)
        self.sliders = {row.own.name: row.amount for row in self._rows if row.basis}
        self._show(self._document.parameters)

    def _set(self, row: _Row, amount: float) -> None:
        document, name = self._document, row.own.name
        if row.basis:
            after = row.basis.with_strength(document.parameters, name, amount)
            commands.set_parameters(document, after, f"{name} {100 * amount:.0f} %", name)
            self._show(document.parameters)

    def _show(self, parameters: Parameters) -> None:
        for row in self._rows:
            if row.basis:
                row.amount.set_amount(row.basis.strengths(parameters)[row.own.name])

    def _ask_to_delete(self, own: OwnSlider) -> None:
        buttons = QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel
        box = ask(
            self.window(), f"Delete the slider {own.name}?", "Its file is deleted; that cannot be undone.",
            buttons, QMessageBox.StandardButton.Cancel,
        )  # fmt: skip
        box.finished.connect(partial(self._delete, own))

    def _delete(self, own: OwnSlider, answer: int) -> None:
        if answer != QMessageBox.StandardButton.Discard:
            return
        try:
            self._library.remove(own)
        except FacewrightError as error:
            show_error(self.window(), str(error))
        self._build()


class _Row:
    """One of a person's sliders: its picture, its name, how much of it the head has, and a button to delete it.

    basis : its direction in the model's coefficients; None where it was made with another model.
    """

    def __init__(self, own: OwnSlider, grid: QGridLayout, row: int) -> None:
        self.own, self.amount, self.delete = own, Amount(own.name, -1.0, 1.5), QToolButton()
        self.basis: Basis | None = None
        picture, name = Label(), Label(own.name)
        pixmap = QPixmap()
        if own.picture and pixmap.loadFromData(own.picture, "PNG"):
            ways = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            picture.setPixmap(pixmap.scaled(_PICTURE, *ways))
        picture.setFixedSize(_PICTURE)
        self.delete.setText("×")
        self.delete.setAutoRaise(True)
        self.delete.setAccessibleName(f"Delete {own.name}")
        self.delete.setToolTip("Take this slider out of the library; heads stay as they are.")
        grid.addWidget(picture, row, 0, 2, 1)
        grid.addWidget(name, row, 1)
        grid.addWidget(self.amount.slider, row + 1, 1)
        grid.addWidget(self.amount.field, row + 1, 2)
        grid.addWidget(self.delete, row + 1, 3)
        self._told = (picture, name, self.amount.slider, self.amount.field)

    def take(self, model: HeadModel) -> None:
        """Move heads of that model, if the slider was made with it."""
        self.basis = self.own.basis(model) if self.own.fits(model) else None
        self.amount.set_enabled(self.basis is not None)
        self.amount.set_amount(0.0)
        tip = (
            f"{self.own.name}: 100 % is the change that was saved. Double-click or 0: none."
            if self.basis
            else f"Made with the model {self.own.model}, whose coefficients mean something else."
        )
        for widget in self._told:
            widget.setToolTip(plain_tip(tip))
