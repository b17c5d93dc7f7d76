"""A row for an amount: a hand is followed, what is typed is asked for at once, and beyond the slider's end, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QGridLayout

from facewright.editor.widgets.amount_row import AmountField, AmountRow
from facewright.editor.widgets.drag_slider import DragSlider

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class Row(AmountRow):
    """A row whose amount is a number in memory."""

    def __init__(self, grid: QGridLayout) -> None:
        super().__init__("Length", DragSlider(-50, 50, 0, 10), AmountField(" mm"), grid)
        self.is_free = True
        self.log: list[tuple[str, float | None]] = []

    def grab(self) -> bool:
        self.log.append(("grab", None))
        return self.is_free

    def pull(self, amount: float) -> None:
        self.log.append(("pull", amount))

    def release(self, amount: float | None) -> None:
        self.log.append(("release", amount))

    def refuse(self) -> None:
        self.log.append(("refuse", None))


@pytest.fixture
def row(bare_window: QWidget) -> Row:
    row = Row(QGridLayout(bare_window))
    bare_window.show()
    row.field.setFocus()
    return row


def test_an_amount_beyond_the_slider_stays_in_the_hand(row: Row) -> None:
    row.field.setValue(7.0)
    assert row.slider.value() == 50
    assert row.log == [("grab", None), ("release", 7.0)]
    row.log.clear()
    QTest.keyPress(row.field, Qt.Key.Key_Up)
    QTest.keyRelease(row.field, Qt.Key.Key_Up)
    assert row.log == [("grab", None), ("pull", 7.1), ("release", 7.1)]


def test_a_slider_in_the_hand_is_followed_and_let_go_where_it_is(row: Row) -> None:
    row.slider.gesture_began.emit()
    row.slider.setValue(12)
    row.slider.setValue(13)
    row.slider.gesture_ended.emit()
    assert row.log == [("grab", None), ("pull", 1.2), ("pull", 1.3), ("release", 1.3)]
    row.log.clear()
    row.slider.gesture_began.emit()
    row.slider.gesture_ended.emit()
    assert row.log == [("grab", None), ("release", None)]


def test_what_cannot_be_moved_is_shown_as_it_is(row: Row) -> None:
    row.is_free = False
    row.field.setValue(2.0)
    assert row.log == [("grab", None), ("refuse", None)]
    row.slider.gesture_began.emit()
    row.slider.gesture_ended.emit()
    assert row.log[2:] == [("grab", None), ("refuse", None), ("refuse", None)]
