"""Pictures are quick while something moves and fine at rest, as far as the graphics can do both."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from facewright.editor.viewport.focus_ring import FocusRing
from facewright.editor.viewport.refinement import Refinement

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def details() -> list[str]:
    return []


def test_a_moving_head_is_drawn_quickly_and_well_once_it_rests(qtbot: QtBot, details: list[str]) -> None:
    refinement = Refinement()
    refinement.rested.connect(lambda: refinement.draw(details.append))
    refinement.move()
    refinement.draw(details.append)
    refinement.draw(details.append)
    assert details == ["quick", "quick"]
    qtbot.waitUntil(lambda: len(details) == 3)
    assert details[-1] == "fine"
    refinement.move()
    refinement.draw(details.append)
    assert details[-1] == "fine"  # fine ones take no time here, so that they are drawn in motion, too
    refinement.stop()


def test_where_fine_pictures_would_be_felt_they_are_left_out(
    qtbot: QtBot, details: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facewright.editor.viewport.refinement._STALL_S", 0.001)
    monkeypatch.setattr("facewright.editor.viewport.refinement._FLUENT_S", 0.0)
    refinement = Refinement()
    refinement.rested.connect(lambda: refinement.draw(slow))

    def slow(detail: str) -> None:
        details.append(detail)
        time.sleep(0.003)

    refinement.move()
    refinement.draw(slow)
    qtbot.waitUntil(lambda: details == ["quick", "fine"])
    refinement.move()
    refinement.draw(slow)
    qtbot.waitUntil(lambda: len(details) == 4)
    assert details[2:] == ["quick", "full"]
    refinement.set_smoothness("always")
    refinement.draw(slow)
    assert details[-1] == "fine"
    refinement.stop()


def test_the_focus_is_seen_when_the_keys_have_brought_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    widget = QWidget(window)
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.resize(60, 40)
    ring = FocusRing(widget)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    widget.setFocus(Qt.FocusReason.MouseFocusReason)
    assert ring.isHidden()
    widget.clearFocus()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring.isVisible()
    assert ring.size() == widget.size()
    middle = widget.rect().center()
    assert not ring.mask().contains(middle)
    ring.mark_middle(True)
    assert ring.mask().contains(middle)
    widget.clearFocus()
    assert ring.isHidden()
