"""The sheet of twelve heads: drawn beside the window, one after the other; pick, breed, go on with some.

All are drawn quickly first. Where heads are seen in natural colours they are then drawn again in those.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facewright.core.errors import FacewrightError
from facewright.editor import commands
from facewright.editor.candidates.breeding import COUNT, bred, drawn
from facewright.editor.desktop.messages import show_error
from facewright.editor.desktop.mnemonics import underline_dialog
from facewright.editor.live.evaluation import Job, LiveSurfaces, evaluate
from facewright.editor.live.natural import natural
from facewright.editor.live.newest import Newest, Task
from facewright.editor.live.painting import drawable
from facewright.editor.viewport.display_options import DisplayOptions
from facewright.editor.viewport.picture import Photographer
from facewright.editor.viewport.pose import VIEWS, framed
from facewright.editor.widgets.label import Label
from facewright.editor.widgets.small_screen import fit

if TYPE_CHECKING:
    import threading

    from PIL import Image
    from PySide6.QtGui import QPaintEvent

    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document
    from facewright.editor.viewport.painting import Drawable
    from facewright.editor.viewport.pose import Pose
    from facewright.editor.viewport.skin import Look

_COLUMNS, _LEVEL = 4, 1
"""Heads in a row; the level of detail at which they are computed."""
_SIZE = 190
"""Pixels of a picture."""
_FRAME = 4
"""Pixels of the frame about a picked head."""


class CandidateSheet(QDialog):
    """Twelve heads. A click picks one; the picked ones are bred from, or gone on with in variants of their own.

    What is picked stays, whatever takes the other places.
    """

    def __init__(self, document: Document, parent: QWidget, look: Look | None = None) -> None:
        """Begin to draw; locked parts, the expression and the strength of random draws are the document's.

        look : of heads in natural colours; None for clay.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Candidates")
        self._document, self._look = document, look
        self._rng = np.random.default_rng()
        self._surfaces = LiveSurfaces()
        self._photographer: Photographer | None = None
        self._worker = Newest("candidates", self, self._next)
        self._worker.failed.connect(lambda message: show_error(self, message))
        self.heads: list[Parameters] = []
        self._left, self._uncoloured, self._coloured = list[int](), list[int](), set[int]()
        self._poses: dict[int, Pose] = {}
        self._sheet = 0
        self.state = Label()
        self.cells = [self._cell(number) for number in range(COUNT)]
        self.again = self._button("Draw Others", "Other random heads in the places of those not picked.", self.draw)
        self.breed = self._button(
            "Breed from Picked",
            "Children of the picked heads in the places of the others: parts of either, and a little of their own.",
            self.breed_picked,
        )
        self.use = self._button("Use Picked", "Go on with each picked head, in a variant of its own.", self.use_picked)
        self._assemble()
        document.model_changed.connect(self.close)
        self.draw()

    def draw(self) -> None:
        """Random heads."""
        document = self._document
        pairs = drawn(
            document.model.components, document.parameters, document.state.locked, document.tools.strength, self._rng
        )
        self._begin([head for _, head in pairs], [f"Seed {seed}" for seed, _ in pairs])

    def breed_picked(self) -> None:
        """Children of the picked heads."""
        document, parents = self._document, self.picked()
        children = bred(parents, document.model.components, document.parameters, document.state.locked, self._rng)
        self._begin(children, [f"Child {number}" for number in range(1, COUNT + 1)])

    def use_picked(self) -> None:
        """Go on with the picked heads, the last one on screen."""
        for number, cell in enumerate(self.cells):
            if cell.isChecked():
                self._take(number)
        self.close()

    def picked(self) -> list[Parameters]:
        """The heads that are picked."""
        return [head for cell, head in zip(self.cells, self.heads, strict=True) if cell.isChecked()]

    def done(self, result: int) -> None:
        """End what runs."""
        self._worker.close()
        if self._photographer:
            self._photographer.close()
            self._photographer = None
        super().done(result)

    def closeEvent(self, event: object) -> None:
        """End what runs, however the window is closed."""
        self.done(0)

    def _cell(self, number: int) -> QToolButton:
        cell = _Cell()
        cell.setCheckable(True)
        cell.setIconSize(QSize(_SIZE, _SIZE))
        cell.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        cell.setAccessibleName(f"Candidate {number + 1}")
        cell.setToolTip("Click to pick; pick several to breed from them.")
        cell.toggled.connect(lambda on: self._offer())
        blank = QPixmap(_SIZE, _SIZE)
        cell.setIcon(QIcon(blank))
        cell.setText("Seed")
        cell.setFixedSize(cell.sizeHint())  # as with a picture, or the window would grow off the screen as they come
        cell.setIcon(QIcon())
        return cell

    def _button(self, text: str, tip: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: slot())  # type: ignore[operator]
        return button

    def _assemble(self) -> None:
        sheet, area = QWidget(), QScrollArea()
        grid = QGridLayout(sheet)
        grid.setContentsMargins(0, 0, 0, 0)
        for number, cell in enumerate(self.cells):
            grid.addWidget(cell, *divmod(number, _COLUMNS))
        buttons = QHBoxLayout()
        buttons.addWidget(self.state, 1)
        for button in (self.again, self.breed, self.use):
            buttons.addWidget(button)
        close = self._button("Close", "Change nothing.", self.close)
        buttons.addWidget(close)
        area.setWidget(sheet)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        layout.addLayout(buttons)
        underline_dialog(self)
        whole = layout.sizeHint() - area.sizeHint() + sheet.sizeHint()
        fit(self, whole)

    def _begin(self, heads: list[Parameters], titles: list[str]) -> None:
        """Show other heads in the places of those that are not picked, as they are computed."""
        places = [number for number, cell in enumerate(self.cells) if not cell.isChecked()]
        self.heads = self.heads or list(heads)
        for number in places:
            self.heads[number] = heads[number]
            self.cells[number].setIcon(QIcon())
            self.cells[number].setText(titles[number])
        self._left = [number for number, cell in enumerate(self.cells) if cell.icon().isNull()]
        self._coloured.difference_update(places)
        self._uncoloured = [number for number in range(COUNT) if number not in self._coloured] if self._look else []
        self._sheet += 1
        self._offer()
        self._worker.drop()
        self._worker.advance()

    def _next(self) -> Task[Drawable] | Task[Drawable | None] | None:
        if self._left:
            number = self._left.pop(0)
            return Task(partial(self._rough, self._job(number)), partial(self._show, self._sheet, number))
        if self._look and self._uncoloured:
            number = self._uncoloured.pop(0)
            draw = partial(_natural, self._job(number), self._look)
            return Task(draw, partial(self._show_colours, self._sheet, number))
        return None

    def _job(self, number: int) -> Job:
        return Job(number, self._document.model, self.heads[number], _LEVEL)

    def _rough(self, job: Job, cancelled: threading.Event) -> Drawable:
        return drawable(evaluate(job, self._surfaces, cancelled.is_set))

    def _show(self, sheet: int, number: int, head: Drawable) -> None:
        if sheet == self._sheet:
            self._poses[number] = framed(VIEWS["three-quarter"], head.mesh.vertices, 1.0)
            self._photograph(number, head)

    def _show_colours(self, sheet: int, number: int, head: Drawable | None) -> None:
        if sheet == self._sheet:
            self._coloured.add(number)
            if head is not None:
                self._photograph(number, head)

    def _photograph(self, number: int, head: Drawable) -> None:
        if self._photographer is None:
            dark = self.palette().window().color().lightnessF() < 0.5
            self._photographer = Photographer((_SIZE, _SIZE), DisplayOptions(dark=dark), quick=True)
        self._photographer.panes.head.show(head)
        self._photographer.panes.stand(self._poses[number])  # by the head alone: in colours it has shoulders
        self.cells[number].setIcon(QIcon(QPixmap.fromImage(_image(self._photographer.take()))))
        self._offer()

    def _offer(self) -> None:
        """Offer what can be done with as many as are picked."""
        if not self.heads:
            return
        count = len(self.picked())
        self.again.setEnabled(count < COUNT)
        self.breed.setEnabled(0 < count < COUNT)
        self.use.setEnabled(count > 0)
        left = f"Computing, {len(self._left)} to go…  " if self._left else ""
        self.state.setText(f"{left}{count} picked" if count else f"{left}Pick those that you like.")

    def _take(self, number: int) -> None:
        try:
            commands.branch(self._document, self.cells[number].text(), self.heads[number])
        except FacewrightError as error:
            show_error(self.parentWidget(), str(error))


class _Cell(QToolButton):
    """A head to pick, in a frame while it is picked."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button, and the frame over it."""
        super().paintEvent(event)
        if self.isChecked():
            painter, inset = QPainter(self), _FRAME // 2
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), _FRAME))
            painter.drawRect(self.rect().adjusted(inset, inset, -inset, -inset))


def _natural(job: Job, look: Look, cancelled: threading.Event) -> Drawable | None:
    """A head in natural colours; None if its model has no production mesh."""
    with contextlib.suppress(FacewrightError):
        return natural(job.model, job.parameters, look, cancelled.is_set)
    return None


def _image(picture: Image.Image) -> QImage:
    pixels = np.ascontiguousarray(np.asarray(picture.convert("RGB")))
    height, width, _ = pixels.shape
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
