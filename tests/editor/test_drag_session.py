"""A drag: the newest place alone is followed, one gesture a drag, and an error ends it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtWidgets import QMessageBox

from facewright.core.errors import FacewrightError
from facewright.editor import commands
from facewright.editor.drag_session import DragSession
from tests.editor.ellipsoid_head import EllipsoidHead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.document import Document


class Target:
    """Answers where it was pulled to, once the gate is open; nowhere beyond 9."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()

    def pull(self, place: int) -> int:
        self.gate.wait(60)
        if place > 9:
            raise FacewrightError("No further.")
        return place


@pytest.fixture
def places() -> list[int]:
    return []


@pytest.fixture
def drag(document: Document, bare_window: QWidget, places: list[int]) -> Iterator[DragSession]:
    drag = DragSession(document, "drag", bare_window, places.append)
    yield drag
    drag.close()


def test_only_the_newest_place_is_followed_and_the_gesture_ends_there(
    qtbot: QtBot, document: Document, drag: DragSession, places: list[int]
) -> None:
    target = Target()
    target.gate.clear()
    drag.grab(lambda: target)
    assert document.gesture is not None
    drag.pull(1)
    qtbot.waitUntil(lambda: drag._worker.busy and drag._wanted is None)
    for place in (2, 3, 4):
        drag.pull(place)
    drag.release()
    assert document.gesture is not None
    target.gate.set()
    qtbot.waitUntil(lambda: document.gesture is None)
    assert places == [1, 4]
    assert not drag.is_active
    drag.pull(5)
    assert not drag.is_active


@pytest.mark.parametrize("is_late", [False, True])
def test_a_drag_that_is_called_off_leaves_no_trace(
    qtbot: QtBot, document: Document, bare_window: QWidget, is_late: bool
) -> None:
    """Be it with a place still to be followed, or without; a step before it stays, and can be undone."""
    commands.set_coefficient(document, "nose", 0, 1.0)
    document.end_gesture()
    before = document.state

    def arrived(place: int) -> None:
        commands.set_coefficient(document, "mouth", 0, float(place))

    drag, target = DragSession(document, "drag", bare_window, arrived), Target()
    drag.grab(lambda: target)
    drag.pull(1)
    qtbot.waitUntil(lambda: document.state != before)
    drag.pull(2)
    qtbot.waitUntil(lambda: document.parameters.mouth == (2.0,))
    if is_late:
        target.gate.clear()
        drag.pull(3)
    drag.cancel()
    target.gate.set()
    qtbot.waitUntil(lambda: not drag.is_active)
    assert document.state == before
    assert document.gesture is None
    assert not document.undo_stack.canRedo()
    assert document.undo_stack.count() == 1
    drag.grab(lambda: target)  # a hand may begin anew
    drag.pull(4)
    drag.release()
    qtbot.waitUntil(lambda: not drag.is_active)
    assert document.parameters.mouth == (4.0,)
    drag.close()


def test_what_is_refused_is_not_followed(
    qtbot: QtBot, document: Document, drag: DragSession, places: list[int]
) -> None:
    drag.grab(Target, lambda target: False)
    drag.pull(1)
    qtbot.waitUntil(lambda: document.gesture is None)
    assert places == []


def test_an_error_is_told_and_ends_the_drag(
    qtbot: QtBot, document: Document, drag: DragSession, bare_window: QWidget, places: list[int]
) -> None:
    drag.grab(Target)
    drag.pull(10)
    qtbot.waitUntil(lambda: document.gesture is None)
    assert [box.text() for box in bare_window.findChildren(QMessageBox)] == ["No further."]
    drag.grab(Target)
    drag.pull(2)
    drag.release()
    qtbot.waitUntil(lambda: places == [2])


def follow_late(qtbot: QtBot, drag: DragSession) -> Target:
    """A drag that was let go of, and is still being followed until the gate opens."""
    target = Target()
    target.gate.clear()
    drag.grab(lambda: target)
    drag.pull(1)
    drag.release()
    qtbot.waitUntil(lambda: drag._wanted is None)
    return target


def test_a_late_drag_leaves_the_gesture_of_another_hand(
    qtbot: QtBot, document: Document, drag: DragSession, places: list[int]
) -> None:
    target = follow_late(qtbot, drag)
    number = document.begin_gesture()
    target.gate.set()
    qtbot.waitUntil(lambda: not drag.is_active)
    assert places == [1]
    assert document.gesture == number
    document.end_gesture(number)
    assert document.gesture is None


@pytest.mark.parametrize("change", ["project", "model", "variant"])
def test_a_late_drag_leaves_another_head_as_it_is(
    qtbot: QtBot, document: Document, drag: DragSession, places: list[int], change: str
) -> None:
    if change == "variant":
        commands.branch(document, "Second")
    target = follow_late(qtbot, drag)
    if change == "project":
        document.start_anew()
    elif change == "model":
        document.exchange_model(cast("HeadModel", EllipsoidHead()))
    else:
        commands.activate(document, 0)
    target.gate.set()
    qtbot.waitUntil(lambda: not drag.is_active)
    assert places == []
    assert document.gesture is None
    drag.grab(Target)
    drag.pull(2)
    drag.release()
    qtbot.waitUntil(lambda: places == [2])
