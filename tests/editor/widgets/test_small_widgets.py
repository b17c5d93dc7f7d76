"""Sliders for amounts, meters and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from facewright.core.plausibility import Plausibility
from facewright.editor.widgets.amount_slider import Amount, AmountSlider
from facewright.editor.widgets.label import Label, MarkedUpLabel
from facewright.editor.widgets.plausibility_meter import PlausibilityMeter
from facewright.editor.wording import counted

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_an_amount_is_told_when_a_person_moves_it_and_not_when_it_is_shown(qtbot: QtBot) -> None:
    slider, amounts = AmountSlider(0.0, 1.5, 1.0), list[float]()
    qtbot.addWidget(slider)
    slider.amount_changed.connect(amounts.append)
    slider.set_amount(0.25)
    assert (slider.value(), amounts) == (25, [])
    slider.setValue(60)
    assert amounts == [0.6]
    slider.set_amount(9.0)  # beyond its reach
    assert slider.value() == 150


def test_a_typed_amount_and_a_dragged_one_are_told_alike(qtbot: QtBot) -> None:
    amount, told, gestures = Amount("Jaw", -1.0, 1.5), list[float](), list[bool]()
    for widget in (amount.slider, amount.field):
        qtbot.addWidget(widget)
    amount.amount_changed.connect(told.append)
    amount.gesture_began.connect(lambda: gestures.append(True))
    amount.gesture_ended.connect(lambda: gestures.append(False))
    amount.set_amount(0.25)
    assert (amount.slider.value(), amount.field.text(), told) == (25, "25 %", [])
    amount.field.selectAll()
    qtbot.keyClicks(amount.field, "-40")
    qtbot.keyClick(amount.field, Qt.Key.Key_Return)
    assert (told, gestures) == ([-0.4], [])
    qtbot.keyClick(amount.field, Qt.Key.Key_Up)
    qtbot.keyClick(amount.slider, Qt.Key.Key_Right)
    assert (told[1:], gestures) == ([-0.39, 0.26], [True, False, True, False])


def test_a_label_takes_no_html_but_its_own(qtbot: QtBot) -> None:
    plain, marked = Label("<b>Ada</b>"), MarkedUpLabel("<b>Ada</b>")
    for label in (plain, marked):
        qtbot.addWidget(label)
    assert plain.textFormat() == Qt.TextFormat.PlainText
    assert marked.textFormat() == Qt.TextFormat.RichText


@pytest.mark.parametrize(
    ("distance", "share", "words"), [(0.0, 0.0, "mean"), (1.0, 0.4, "40 %"), (9.0, 0.99999, "Far out")]
)
def test_the_meter_says_how_rare_a_shape_is(qtbot: QtBot, distance: float, share: float, words: str) -> None:
    meter = PlausibilityMeter("the noses")
    qtbot.addWidget(meter)
    meter.show_plausibility(Plausibility(distance, share))
    assert words in meter.words
    assert "the noses" in meter.words
    empty = PlausibilityMeter("the noses")
    qtbot.addWidget(empty)
    drawn, blank = (widget.grab().toImage() for widget in (meter, empty))
    assert (drawn != blank) == (share > 0.0)


@pytest.mark.parametrize(("number", "words"), [(0, "0 steps"), (1, "1 step"), (2000, "2,000 steps")])
def test_one_thing_is_not_called_many(number: int, words: str) -> None:
    assert counted(number, "step") == words
