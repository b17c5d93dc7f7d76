"""What is dropped onto a window is opened by what takes files of its name; anything else is not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from facewright.editor.desktop.drops import FileDrops

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

COPY, LEFT, NONE = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def files(*names: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(f"/heads/{name}") for name in names] or [QUrl("ftp://host/mine.ply")])
    return data


def test_the_first_file_that_something_takes_is_opened(qtbot: QtBot) -> None:
    window, opened = QWidget(), list[str]()
    qtbot.addWidget(window)
    drops = FileDrops(
        window,
        {
            lambda path: path.suffix == ".ply": lambda path: opened.append(f"scan {path.name}"),
            lambda path: path.suffix == ".facewright": lambda path: opened.append(f"project {path.name}"),
        },
    )
    told = list[str]()
    drops.told.connect(told.append)
    assert window.acceptDrops()
    for data, taken in ((files("a.png", "b.facewright", "c.ply"), True), (files("a.png"), False), (files(), False)):
        entering = QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, NONE)
        assert drops.eventFilter(window, entering) == taken
        assert not opened
        assert drops.eventFilter(window, QDropEvent(QPoint(5, 5), COPY, data, LEFT, NONE)) == taken
        assert opened == (["project b.facewright"] if taken else [])
        opened.clear()
    assert told == ["Of 3 files b.facewright is opened: drop one at a time."]
