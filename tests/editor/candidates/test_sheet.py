"""The sheet of candidates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize

from facewright.core.errors import FacewrightError
from facewright.editor.candidates.breeding import COUNT
from facewright.editor.candidates.sheet import CandidateSheet
from facewright.editor.live.evaluation import Job, evaluate
from facewright.editor.live.painting import drawable
from facewright.editor.viewport.skin import Look

if TYPE_CHECKING:
    import pytest
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parameters import Parameters
    from facewright.editor.document import Document
    from facewright.editor.viewport.painting import Drawable


def test_candidates_are_drawn_picked_bred_and_used(qtbot: QtBot, document: Document, bare_window: QWidget) -> None:
    sheet = CandidateSheet(document, bare_window)
    qtbot.waitUntil(lambda: not any(cell.icon().isNull() for cell in sheet.cells))
    assert not sheet.use.isEnabled()
    drawn = list(sheet.heads)
    sheet.cells[2].setChecked(True)
    sheet.cells[5].setChecked(True)
    for button in (sheet.again, sheet.breed):
        button.click()
        assert len(sheet.heads) == COUNT
        assert [head for head in sheet.heads if head in drawn] == sheet.picked() == [drawn[2], drawn[5]]
    for number in (2, 5, 0):
        sheet.cells[number].click()
    child = sheet.heads[0]
    sheet.use.click()  # while the others are still being computed
    assert document.parameters == child
    assert document.state.variant.name == "Child 1"
    assert len(document.state.variants) == 2
    document.undo_stack.undo()
    assert len(document.state.variants) == 1


def test_what_is_picked_is_seen_and_all_twelve_leave_no_place(
    qtbot: QtBot, document: Document, bare_window: QWidget
) -> None:
    sheet = CandidateSheet(document, bare_window)
    qtbot.waitUntil(lambda: not any(cell.icon().isNull() for cell in sheet.cells))
    blue = sheet.palette().highlight().color()
    frames = []
    for _ in range(2):
        frames.append(sheet.cells[0].grab().toImage().pixelColor(2, 60) == blue)
        sheet.cells[0].click()
    assert frames == [False, True]
    for cell in sheet.cells:
        cell.setChecked(True)
    assert (sheet.again.isEnabled(), sheet.breed.isEnabled(), sheet.use.isEnabled()) == (False, False, True)
    sheet.close()


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


def test_a_sheet_that_was_closed_hears_of_no_other_model(
    qtbot: QtBot, document: Document, bare_window: QWidget, model: HeadModel
) -> None:
    sheet = CandidateSheet(document, bare_window)
    with qtbot.waitSignal(sheet.destroyed):
        sheet.close()
    document.set_model(model)


def test_where_heads_are_in_natural_colours_candidates_are_drawn_anew_in_them(
    qtbot: QtBot, document: Document, bare_window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, red = document.model, np.array([200, 0, 0], np.uint8)

    def natural(model: object, parameters: Parameters, look: Look, cancelled: object) -> Drawable:
        if parameters == sheet.heads[3]:
            raise FacewrightError("no production mesh")
        rough = drawable(evaluate(Job(0, head, parameters, 0)))
        return replace(rough, colours=np.tile(red, (len(rough.normals), 1)))

    monkeypatch.setattr("facewright.editor.candidates.sheet.natural", natural)
    sheet = CandidateSheet(document, bare_window, Look())
    sheet.cells[0].setChecked(True)
    sheet.again.click()  # while the first sheet is being drawn

    def reddish() -> list[bool]:
        middles = [cell.icon().pixmap(QSize(100, 100)).toImage().pixelColor(50, 50) for cell in sheet.cells]
        return [each.red() > 2 * each.blue() for each in middles]

    qtbot.waitUntil(lambda: sum(reddish()) == COUNT - 1)
    assert not reddish()[3]
    sheet.close()
