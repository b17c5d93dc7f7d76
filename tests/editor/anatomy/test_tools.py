"""Clicks put landmarks, the brush paints parts, and panels say what is there; on a head by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from facewright.editor.anatomy.actions import AnatomyActions
from facewright.editor.anatomy.dialog import AnatomyDialog
from facewright.editor.anatomy.draft import LEFT, NEEDED
from facewright.editor.anatomy.landmark_panel import LandmarkPanel
from facewright.editor.anatomy.landmark_picker import LandmarkPicker
from facewright.editor.anatomy.landmark_words import title, where
from facewright.editor.anatomy.neutral_head import read_neutral_head
from facewright.editor.anatomy.part_brush import PartBrush
from facewright.editor.anatomy.part_panel import AnatomyPartPanel
from facewright.editor.anatomy.view import AnatomyView
from facewright.editor.anatomy.widgets import paragraph
from facewright.editor.background import Background
from facewright.editor.viewport.tool import Touch
from tests.train.plain_head import plain_head, write_obj

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

PLAIN = plain_head()


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> Iterator[AnatomyDialog]:
    """The plain head, in a dialog that is not shown."""
    write_obj(tmp_path / "ada.obj", PLAIN.positions / 10.0, PLAIN.quads)
    background = Background("anatomy")
    dialog = AnatomyDialog(read_neutral_head(tmp_path / "ada.obj"), background)
    qtbot.addWidget(dialog, before_close_func=lambda dialog: dialog.session.undo_stack.setClean())
    yield dialog
    dialog.session.close()
    background.close()


def touch(dialog: AnatomyDialog, vertex: int) -> Touch:
    """The pointer over a vertex, seen from the front."""
    point = dialog.view.to_view(dialog.session.head.vertices[[vertex]])[0]
    away = dialog.viewport.pose.position - point
    return Touch(point, away / np.linalg.norm(away))


def test_every_landmark_that_is_asked_for_has_words_of_its_own() -> None:
    titles = [title(name) for name in (*NEEDED, *LEFT)]
    assert len(set(titles)) == len(titles)
    assert title("en_l") == "Inner corner of the left eye (en_l)"
    assert all(where(name) for name in NEEDED)


def test_a_click_puts_the_landmark_that_is_next_and_a_drag_moves_one(qtbot: QtBot, dialog: AnatomyDialog) -> None:
    session, picker = dialog.session, dialog.picker
    assert isinstance(picker, LandmarkPicker)
    first = picker.current
    assert first == NEEDED[0]
    vertex = PLAIN.landmarks[first]
    assert picker.grab(touch(dialog, vertex).point)
    picker.call_off()
    assert session.draft.landmarks == {}
    assert session.undo_stack.count() == 0
    assert picker.grab(touch(dialog, vertex).point)
    picker.release()
    assert session.draft.landmarks == {first: vertex}
    assert picker.current == NEEDED[1]
    picker.choose(first)
    assert picker.current == first
    session.undo_stack.undo()
    assert session.draft.landmarks == {}


def test_the_brush_paints_only_once_there_are_parts(qtbot: QtBot, dialog: AnatomyDialog) -> None:
    session, brush = dialog.session, dialog.brush
    tip = PLAIN.landmarks["prn"]
    assert isinstance(brush, PartBrush)
    assert not brush.grab(touch(dialog, tip).point)
    for name in NEEDED:
        session.pick(name, PLAIN.landmarks[name])
        session.keep(f"Pick {name}")
    session.find()
    qtbot.waitUntil(lambda: session.is_current)
    chin = PLAIN.landmarks["gn"]
    assert not session.regions["nose"][chin]
    brush.component = "nose"
    QTest.keyRelease(dialog, Qt.Key.Key_Shift)  # another test may have left it down: it erases
    assert brush.grab(touch(dialog, chin).point)
    brush.drag(np.zeros(3), touch(dialog, chin))
    brush.release()
    assert session.regions["nose"][chin]
    session.undo_stack.undo()
    assert not session.regions["nose"][chin]
    assert brush.grab(touch(dialog, chin).point)
    assert session.regions["nose"][chin]
    brush.call_off()
    assert not session.regions["nose"][chin]


def test_the_panels_follow_the_session(qtbot: QtBot, dialog: AnatomyDialog) -> None:
    assert isinstance(dialog.landmarks, LandmarkPanel)
    assert isinstance(dialog.parts, AnatomyPartPanel)
    assert isinstance(dialog.view, AnatomyView)
    assert isinstance(dialog.actions_, AnatomyActions)
    assert not dialog.actions_.find.isEnabled()
    point = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(dialog.view.to_view(dialog.view.to_head(point)[None])[0], point, atol=1e-9)
    label = paragraph()
    qtbot.addWidget(label)
    assert label.wordWrap()
