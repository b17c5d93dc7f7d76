"""The sheet of candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewright.editor.candidates.breeding import COUNT
from facewright.editor.candidates.sheet import CandidateSheet

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from facewright.editor.document import Document


def test_candidates_are_drawn_picked_bred_and_used(qtbot: QtBot, document: Document, bare_window: QWidget) -> None:
    sheet = CandidateSheet(document, bare_window)
    qtbot.waitUntil(lambda: not any(cell.icon().isNull() for cell in sheet.cells))
    assert not sheet.use.isEnabled()
    first = sheet.heads[2]
    sheet.cells[2].setChecked(True)
    sheet.cells[5].setChecked(True)
    sheet.breed.click()
    assert len(sheet.heads) == COUNT
    assert first not in sheet.heads
    assert sheet.picked() == []
    sheet.cells[0].setChecked(True)
    child = sheet.heads[0]
    sheet.use.click()  # while the others are still being computed
    assert document.parameters == child
    assert document.state.variant.name == "Child 1"
    assert len(document.state.variants) == 2
    document.undo_stack.undo()
    assert len(document.state.variants) == 1


def test_its_buttons_are_on_the_screen_before_and_after_the_pictures_come(
    qtbot: QtBot, document: Document, bare_window: QWidget
) -> None:
    screen = bare_window.screen().availableGeometry()
    bare_window.setGeometry(screen)
    bare_window.show()
    sheet = CandidateSheet(document, bare_window)
    sheet.show()
    qtbot.waitExposed(sheet)
    before = sheet.frameGeometry()
    qtbot.waitUntil(lambda: not any(cell.icon().isNull() for cell in sheet.cells))
    assert sheet.frameGeometry() == before
    assert screen.contains(before)
    for button in (sheet.again, sheet.breed, sheet.use):
        assert screen.contains(button.mapToGlobal(button.rect().bottomRight()))
    sheet.close()
