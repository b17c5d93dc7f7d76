"""Windows on screens of 800 × 600: as large as these at most, and what does not fit scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from facewright.editor.widgets.small_screen import Scrolled, fit, room

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def window(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QWidget:
    """A window on a small screen."""
    monkeypatch.setattr(QScreen, "availableSize", lambda screen: QSize(800, 600))
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.mark.parametrize(("wanted", "width", "height"), [((300, 200), 300, 200), ((1200, 5000), 792, 560)])
def test_a_window_is_as_large_as_it_wants_or_as_its_screen_is(
    window: QWidget, wanted: tuple[int, int], width: int, height: int
) -> None:
    fit(window, QSize(*wanted))
    assert (window.width(), window.height()) == (width, height)


def test_content_can_be_exchanged(qtbot: QtBot) -> None:
    scrolled = Scrolled()
    qtbot.addWidget(scrolled)
    assert scrolled.sizeHint().isValid()
    for width in (300, 200):
        content = QWidget()
        content.setMinimumWidth(width)
        QVBoxLayout(content).addWidget(QLabel("A line"))
        scrolled.setWidget(content)
        assert scrolled.minimumSizeHint().width() < width + scrolled.sizeHint().width()


def test_content_that_does_not_fit_scrolls_and_is_as_wide_as_it_needs(qtbot: QtBot, window: QWidget) -> None:
    content = QWidget()
    column = QVBoxLayout(content)
    for number in range(100):
        column.addWidget(QLabel(f"A line of some width, number {number}"))
    scrolled, below = Scrolled(content), QLabel("Close")
    layout = QVBoxLayout(window)
    layout.addWidget(scrolled)
    layout.addWidget(below)
    assert window.sizeHint().height() > 1000
    fit(window, window.sizeHint())
    window.show()
    qtbot.waitExposed(window)
    assert window.height() == room(window).height()
    assert window.rect().contains(below.geometry())
    assert scrolled.verticalScrollBar().maximum() > 0
    assert scrolled.viewport().width() >= content.minimumSizeHint().width()
