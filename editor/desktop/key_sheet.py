"""Every shortcut and every way to move the camera, on one page."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from facewright.editor.desktop.mnemonics import underline_dialog
from facewright.editor.desktop.palette import menu_actions
from facewright.editor.desktop.settings import NAVIGATION
from facewright.editor.viewport.navigation import STYLE, STYLES
from facewright.editor.widgets.small_screen import fit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QMenuBar

    from facewright.editor.desktop.settings import Settings
    from facewright.editor.viewport.navigation import StyleName

_SIZE = QSize(560, 640)
_IN_THE_VIEWPORT = (
    ("Arrow keys", "Orbit"),
    ("Shift + arrow keys", "Pan"),
    ("+ and −", "Zoom"),
    ("Home", "The whole head again"),
    ("Enter", "Use the tool in the middle, where the cross is"),
    ("Escape", "Call off what the hand is pulling or painting"),
    ("Number pad 1, 3, 7, 9", "Front, left, top, three-quarter; with Ctrl back, right, basal"),
)
_ON_A_SLIDER = (
    ("Arrow keys", "0.1 σ, or 1 %"),
    ("Page keys", "1 σ, or 10 %"),
    ("0, or double-click", "Back to the mean, or to nothing"),
)


def key_sheet(menu_bar: QMenuBar, style: StyleName) -> str:
    """The page as HTML, for one style of navigation and the shortcuts that the menus have."""
    menus: dict[str, list[tuple[str, str]]] = {}
    for path, action in menu_actions(menu_bar):
        keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
        if keys:
            menu = path.partition(" → ")[0]
            menus.setdefault(menu, []).append((keys, action.iconText()))  # its text may name the step to undo
    mouse = [(words, gesture.capitalize()) for gesture, words in STYLE[style].in_words.items()]
    sections = [("Mouse in the viewport", mouse), ("Keys in the viewport", _IN_THE_VIEWPORT)]
    sections += [("Keys on a slider", _ON_A_SLIDER), *menus.items()]
    return "".join(f"<h3>{html.escape(title)}</h3>{_table(rows)}" for title, rows in sections)


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = (
        f'<tr><td width="42%"><b>{html.escape(keys)}</b></td><td>{html.escape(what)}</td></tr>' for keys, what in rows
    )
    return f'<table cellpadding="3" width="100%">{"".join(cells)}</table>'


class KeySheet(QDialog):
    """The page in a dialog."""

    def __init__(self, menu_bar: QMenuBar, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard and Mouse")
        fit(self, _SIZE)
        page = QTextBrowser()
        page.setAccessibleName("Shortcuts")
        style = next(name for name in STYLES if name == settings[NAVIGATION])
        page.setHtml(key_sheet(menu_bar, style))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(page)
        layout.addWidget(buttons)
        underline_dialog(self)
