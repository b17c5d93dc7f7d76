"""Random draws whose seed and strength are seen, and heads on the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

from facewright.core.parameters import Parameters, random_head
from facewright.editor import commands
from facewright.editor.widgets.dice import DiceBar

if TYPE_CHECKING:
    from facewright.editor.main_window import MainWindow


@pytest.fixture
def dice(window: MainWindow) -> DiceBar:
    return window.findChildren(DiceBar)[0]


def test_a_draw_shows_its_seed_which_draws_it_again(window: MainWindow, dice: DiceBar) -> None:
    document = window.document
    window.actions_.head.parts["nose"].random.trigger()
    drawn, seed = document.parameters, dice.seed.value()
    assert f"seed {seed}" in document.undo_stack.undoText()
    dice.seed.setValue(seed % 100 + 1)
    assert document.parameters != drawn
    dice.seed.setValue(seed)
    assert document.parameters == drawn
    assert document.undo_stack.count() == 3


def test_a_seed_that_was_noted_brings_its_head_back_after_other_changes(window: MainWindow, dice: DiceBar) -> None:
    document = window.document
    window.actions_.head.random_head.trigger()
    drawn, seed = document.parameters, dice.seed.value()
    window.actions_.head.random_head.trigger()
    commands.set_coefficient(document, "nose", 0, 1.0)
    dice.seed.setValue(seed)
    assert document.parameters == drawn
    document.undo_stack.undo()
    assert document.parameters.value("nose", 0) == 1.0


def test_a_seed_is_the_same_head_in_the_window_and_on_the_command_line(window: MainWindow, dice: DiceBar) -> None:
    document = window.document
    dice.seed.setValue(7)  # as `facewright-core mesh --random 1 --seed 7`
    head = random_head(document.model.components, 7)
    assert document.parameters == head
    commands.reset_head(document)
    commands.randomise(document, ["mouth"], 7)
    assert document.parameters == Parameters(mouth=head.mouth)


def test_strength_follows_the_hand_in_one_step(window: MainWindow, dice: DiceBar) -> None:
    document = window.document
    window.actions_.head.parts["eyes"].random.trigger()
    dice.seed.setValue(1)  # some other seeds draw beyond 3 σ and are cut there
    whole = np.array(document.parameters.eyes)
    assert abs(whole).max() < 3.0
    dice.strength.gesture_began.emit()
    for percent in (90, 70, 50):
        dice.strength.slider.setValue(percent)
    dice.strength.gesture_ended.emit()
    np.testing.assert_allclose(document.parameters.eyes, whole / 2)
    assert document.undo_stack.count() == 3
    document.undo_stack.undo()
    np.testing.assert_allclose(document.parameters.eyes, whole)
    dice.strength.field.setValue(25)
    np.testing.assert_allclose(document.parameters.eyes, whole / 4)


def test_a_head_is_copied_as_text_and_pasted(window: MainWindow) -> None:
    document, edit = window.document, window.actions_.edit
    commands.set_coefficient(document, "nose", 1, 1.25)
    commands.set_coefficient(document, "expression", 0, -0.1)
    head = document.parameters
    edit.copy.trigger()
    assert QGuiApplication.clipboard().text() == "expression.1=-0.1 nose.2=1.25"
    commands.reset_head(document)
    edit.paste.trigger()
    assert document.parameters == head
    QGuiApplication.clipboard().setText("--set nose.1=3")
    edit.paste.trigger()
    assert document.parameters == Parameters(nose=(3.0,))


@pytest.mark.parametrize("text", ["", "Dear Sir", "nose.99=1"])
def test_a_clipboard_without_a_head_is_told(window: MainWindow, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    window.actions_.edit.paste.trigger()
    [box] = window.findChildren(QMessageBox)
    assert box.text()
    assert window.document.parameters == Parameters()
    box.close()
