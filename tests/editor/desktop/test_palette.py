"""Finding a command by a few letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow

from facewright.editor.desktop.palette import CommandPalette, ranked

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

NAMES = ["Head → Random Nose", "Head → Mean Nose", "View → Split View", "View → Front", "File → Export OBJ…"]


@pytest.mark.parametrize(
    ("query", "first"),
    [("random nose", 0), ("rn", 0), ("mean", 1), ("split", 2), ("EXPORT", 4), ("obj", 4), ("front", 3)],
)
def test_the_best_match_comes_first(query: str, first: int) -> None:
    assert ranked(query, NAMES)[0] == first


@pytest.mark.parametrize("query", ["smile", "Smile "])
def test_what_is_called_so_comes_before_what_begins_so_and_that_before_what_has_it_within(query: str) -> None:
    names = ["View → Smile Lines", "Expression → Mouth smile, left", "Expression → Smile", "Help → Set Mild Level…"]
    assert ranked(query, names) == [2, 0, 1, 3]
    assert ranked("export", ["File → Export OBJ…", "File → Export…"]) == [1, 0]


def test_nothing_typed_is_everything_and_nonsense_nothing() -> None:
    assert ranked("", NAMES) == [0, 1, 2, 3, 4]
    assert ranked("qqq", NAMES) == []


def test_arrows_and_enter_run_a_command_of_an_inner_menu_but_none_that_is_off(qtbot: QtBot) -> None:
    window = QMainWindow()
    done: list[str] = []
    qtbot.addWidget(window)
    menu = window.menuBar().addMenu("&Head")
    inner = menu.addMenu("Part")
    inner.addAction("Random Nose", "Ctrl+N", lambda: done.append("nose"))
    inner.addAction("Random Eyes", lambda: done.append("eyes"))
    off = menu.addAction("Random Hat", lambda: done.append("hat"))
    off.setEnabled(False)
    palette = CommandPalette(window.menuBar(), window)
    palette.show()
    QTest.keyClicks(palette.field, "random")
    rows = [palette.list.topLevelItem(row) for row in range(palette.list.topLevelItemCount())]
    names = {row.text(0): row.text(1) for row in rows if row}
    assert names == {"Head → Part → Random Nose": "Ctrl+N", "Head → Part → Random Eyes": "", "Head → Random Hat": ""}
    row = next(i for i, name in enumerate(names) if "Eyes" in name)
    for _ in range(row):
        QTest.keyClick(palette.field, Qt.Key.Key_Down)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == ["eyes"]
