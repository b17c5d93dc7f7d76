"""The first start: what to do, in one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtawesome
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from facewright.core.exchange.formats import listed
from facewright.editor.desktop.mnemonics import underline_dialog
from facewright.editor.desktop.settings import NAVIGATION, WELCOME
from facewright.editor.viewport.navigation import STYLE, STYLES
from facewright.editor.widgets.label import MarkedUpLabel
from facewright.editor.widgets.small_screen import Scrolled, fit

if TYPE_CHECKING:
    from facewright.editor.desktop.settings import Settings

_STEPS = (
    ("tune-variant", "Shape a part", "Drag a slider at the right: the surface follows. Double-click it to go back."),
    (
        "hand-back-right-outline",
        "Pull the surface",
        "Press G and drag any point of the face: its part comes along. B: a brush.",
    ),
    ("dice-multiple-outline", "Be surprised", "Random draws a part, or the head. Lock the parts you like first."),
    ("rotate-3d-variant", "Look round", "{orbit}: orbit. {pan}: pan. {zoom}: zoom. Ctrl+1 to Ctrl+7: standard views."),
    ("undo", "Go back", "Ctrl+Z takes back anything, a whole drag at a time; variants keep what you want to keep."),
    ("compare", "Compare", "Alt+9 shows two heads side by side, Alt+7 how many millimetres lie between them."),
    (
        "face-recognition",
        "Fit a scan",
        "Ctrl+I opens a patient's 3D scan, Ctrl+Shift+I CT or MR; the head follows it, F7 measures it.",
    ),
    ("export-variant", "Take it along", f"Ctrl+Alt+O writes what you tick as {listed()}, F12 a picture."),
    ("magnify", "Find anything", "F3, then a few letters: every command is there, with its shortcut."),
)
_ICON = QSize(30, 30)
_WIDTH = 600


class Welcome(QDialog):
    """Nine things to do, each with its icon; shown at every start until it is told not to be."""

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("First Steps")
        self.setMinimumWidth(_WIDTH)
        style = next(name for name in STYLES if name == settings[NAVIGATION])
        words = {str(gesture): text for gesture, text in STYLE[style].in_words.items()}
        ink = self.palette().color(QPalette.ColorRole.Highlight)
        title = MarkedUpLabel("<h2>Nine things to try first</h2>")
        steps = QWidget()
        grid = QGridLayout(steps)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        for row, (glyph, name, text) in enumerate(_STEPS):
            icon = MarkedUpLabel()
            icon.setPixmap(qtawesome.icon(f"mdi6.{glyph}", color=ink).pixmap(_ICON))
            label = MarkedUpLabel(f"<b>{name}</b><br>{text.format(**words)}")
            label.setWordWrap(True)
            grid.addWidget(icon, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label, row, 1, Qt.AlignmentFlag.AlignTop)
        self.again = QCheckBox("Show this at the start")
        self.again.setChecked(settings.is_on(WELCOME))
        self.again.toggled.connect(lambda on: settings.__setitem__(WELCOME, "on" if on else "off"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Start")
        buttons.accepted.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 12, 24, 16)
        layout.setSpacing(14)
        layout.addWidget(title)
        layout.addWidget(Scrolled(steps), 1)
        layout.addSpacing(6)
        layout.addWidget(self.again)
        layout.addWidget(buttons)
        underline_dialog(self)
        margins = layout.contentsMargins()
        lines = grid.heightForWidth(_WIDTH - margins.left() - margins.right())  # of wrapped ones no dialog asks
        fit(self, QSize(_WIDTH, layout.sizeHint().height() - steps.sizeHint().height() + lines))
