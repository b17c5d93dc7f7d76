"""Every command by its name: type a few of its letters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtWidgets import QMenu, QMenuBar

_ACTION = Qt.ItemDataRole.UserRole
_WIDTH, _HEIGHT = 520, 420
_LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def menu_actions(menu_bar: QMenuBar) -> Iterator[tuple[str, QAction]]:
    """Every action of a menu bar under its menus, "View → Front"."""
    yield from _within(menu_bar, "")


def _within(menu: QWidget, path: str) -> Iterator[tuple[str, QAction]]:
    for action in menu.actions():
        name = path + re.sub("&(.)", r"\1", action.text())
        inner = cast("QMenu | None", action.menu())
        if inner is not None:
            yield from _within(inner, f"{name} → ")
        elif not action.isSeparator():
            yield name, action


def ranked(query: str, names: Sequence[str]) -> list[int]:
    """Which of the names hold the letters of a query in its order, the best match first, as indices.

    What is called just that comes first, then what begins so. Letters that stand together, and at the start of a word,
    count for more; spaces and case for nothing.
    """
    letters = _plain(query)
    scores = [(_likeness(letters, name), _score(letters, name.casefold()), i) for i, name in enumerate(names)]
    return [i for likeness, score, i in sorted(scores, key=lambda each: (-each[0], -each[1], each[2])) if score >= 0]


def _likeness(letters: str, name: str) -> int:
    """2 if letters are what a command is called, 1 if that begins with them; its menus do not count."""
    own = _plain(name.rpartition("→")[2].rstrip("…"))
    return 2 if own == letters else int(bool(letters) and own.startswith(letters))


def _plain(text: str) -> str:
    return text.casefold().replace(" ", "")


def _score(query: str, name: str) -> int:
    """How well a name matches; negative if it does not."""
    best = -1 if query else 0
    for start in (i for i, letter in enumerate(name) if query and letter == query[0]):
        score, at, last = 0, start, start - 2
        for letter in query:
            at = name.find(letter, at)
            if at < 0:
                break
            starts_word = at == 0 or not name[at - 1].isalnum()
            score += 4 if at == last + 1 else 3 if starts_word else 1
            last, at = at, at + 1
        else:
            best = max(best, 2 * score + (start == 0 or not name[start - 1].isalnum()))
    return best


Entry = tuple[str, "Callable[[], None]"]
"""What can be found besides commands: its name, and what leads there."""


class CommandPalette(QDialog):
    """A field and the commands and sliders that match it; Enter runs, or leads to, the one that is marked."""

    def __init__(self, menu_bar: QMenuBar, parent: QWidget, others: Sequence[Entry] = ()) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Find Command")
        self.resize(_WIDTH, _HEIGHT)
        self._entries = list(menu_actions(menu_bar))
        for name, lead in others:
            action = QAction(name, self)
            action.setStatusTip("Show this slider, and give it the keys.")
            action.triggered.connect(lambda checked=False, lead=lead: lead())
            self._entries.append((name, action))
        self.field = QLineEdit()
        self.field.setPlaceholderText("Type what you want: “random nose”, “jaw width”, “smile”, “export”…")
        self.field.setAccessibleName("Command to find")
        self.field.setClearButtonEnabled(True)
        self.list = QTreeWidget()
        self.list.setColumnCount(2)  # name, shortcut
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.setAccessibleName("Matching commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.field.textChanged.connect(self._show)
        self.field.returnPressed.connect(self._run)
        self.field.installEventFilter(self)
        self.list.itemActivated.connect(self._run)
        self.list.itemClicked.connect(self._run)
        self._show("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys walk the list while the field is typed in."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _LIST_KEYS:
            self.list.event(event)
            return True
        return False

    def _show(self, query: str) -> None:
        self.list.clear()
        for index in ranked(query, [name for name, _ in self._entries]):
            name, action = self._entries[index]
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QTreeWidgetItem(self.list, [name, keys])
            item.setIcon(0, action.icon())
            item.setToolTip(0, action.statusTip())
            item.setData(0, _ACTION, action)
            if not action.isEnabled():
                item.setFlags(Qt.ItemFlag.NoItemFlags)
        if first := self.list.topLevelItem(0):
            self.list.setCurrentItem(first)

    def _run(self) -> None:
        item = self.list.currentItem()
        if item is not None and item.data(0, _ACTION).isEnabled():
            action = item.data(0, _ACTION)
            self.accept()
            action.trigger()
