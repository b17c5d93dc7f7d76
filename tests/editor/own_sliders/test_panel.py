"""The panel of a person's own sliders."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtWidgets import QInputDialog, QMessageBox

from facewright.core.parameters import Parameters
from facewright.core.project import Variant
from facewright.editor import commands
from facewright.editor.comparison import Comparison
from facewright.editor.own_sliders.library import Library, OwnSlider
from facewright.editor.own_sliders.panel import OwnPanel
from facewright.editor.widgets.label import Label
from tests.editor.ellipsoid_head import EllipsoidHead

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.editor.document import Document
    from facewright.editor.main_window import MainWindow


@pytest.fixture
def panel(qtbot: QtBot, document: Document, tmp_path: Path) -> OwnPanel:
    panel = OwnPanel(document, Comparison(document, document), lambda: b"", tmp_path)
    qtbot.addWidget(panel)
    return panel


def test_a_shape_saved_on_one_head_moves_another_and_is_one_step(panel: OwnPanel, document: Document) -> None:
    commands.set_coefficient(document, "remainder", 3, 2.0)
    panel.save("Hero jaw")
    commands.reset_head(document)
    commands.set_coefficient(document, "nose", 0, 1.0)
    steps = document.undo_stack.count()
    panel.sliders["Hero jaw"].slider.setValue(50)
    assert document.parameters == Parameters(nose=(1.0,), remainder=(0.0, 0.0, 0.0, 1.0))
    assert document.undo_stack.count() == steps + 1
    assert document.undo_stack.undoText() == "Hero jaw 50 %"
    document.undo_stack.undo()
    assert panel.sliders["Hero jaw"].slider.value() == 0
    panel.sliders["Hero jaw"].field.setValue(-25)
    assert document.parameters == Parameters(nose=(1.0,), remainder=(0.0, 0.0, 0.0, -0.5))
    assert panel.sliders["Hero jaw"].slider.value() == -25


def answer(panel: OwnPanel, text: str) -> None:
    """Press the button of the question that is open."""
    [box] = (box for box in panel.window().findChildren(QMessageBox) if box.isVisible())
    next(button for button in box.buttons() if text in button.text()).click()


def test_a_slider_is_replaced_only_if_asked(panel: OwnPanel, document: Document) -> None:
    commands.set_coefficient(document, "nose", 0, 2.0)
    panel.save("Hero jaw")
    commands.set_coefficient(document, "nose", 0, 3.0)
    for reply, value in (("Cancel", 2.0), ("Replace", 3.0)):
        panel.save("hero jaw")
        answer(panel, reply)
        [slider] = panel._library.sliders()
        assert slider.change["nose"] == (value,)
    panel.save("hero jaw")
    answer(panel, "Another Name")
    [dialog] = panel.window().findChildren(QInputDialog)
    assert dialog.textValue() == "hero jaw"
    dialog.setTextValue("Other")
    dialog.accept()
    assert [slider.name for slider in panel._library.sliders()] == ["hero jaw", "Other"]


def test_a_slider_that_was_saved_is_seen_and_told_of(qtbot: QtBot, window: MainWindow) -> None:
    panel = window.own
    commands.set_coefficient(window.document, "nose", 0, 2.0)
    for number in range(9):
        panel._library.add(OwnSlider(f"A {number}", "Ellipsoid", "ellipsoid", {"mouth": (1.0,)}))
    assert not panel.isVisible()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    panel.save("Last")
    qtbot.waitUntil(panel.sliders["Last"].slider.hasFocus)
    assert not panel.sliders["Last"].slider.visibleRegion().isEmpty()
    assert "Last" in window.status.currentMessage()


def test_it_begins_at_the_head_compared_with(panel: OwnPanel, document: Document) -> None:
    commands.set_coefficient(document, "nose", 0, 2.0)
    panel._comparison.compare_with(Variant("Before", Parameters(nose=(2.0,))))
    panel.save("Nothing")
    [box] = panel.window().findChildren(QMessageBox)
    assert "change it first" in box.text()
    box.close()
    assert panel.sliders == {}


def test_a_slider_of_another_model_is_shown_and_rests(panel: OwnPanel, document: Document, tmp_path: Path) -> None:
    Library(tmp_path).add(OwnSlider("Other", "Another", "abc", {"nose": (1.0,)}))
    panel._build()
    assert panel.sliders == {}
    assert any("Another" in label.toolTip() for label in panel.findChildren(Label))


def test_sliders_rest_while_another_model_is_edited_and_move_again_once_theirs_is_back(
    panel: OwnPanel, document: Document
) -> None:
    commands.set_coefficient(document, "nose", 0, 2.0)
    panel.save("Long")
    own, slider = document.model, panel.sliders["Long"].slider
    assert slider.value() == 100
    document.exchange_model(cast("HeadModel", EllipsoidHead(fingerprint="later")))
    assert (panel.sliders, slider.isEnabled(), slider.value()) == ({}, False, 0)
    document.exchange_model(own)
    assert panel.sliders["Long"].slider is slider
    slider.setValue(50)
    assert document.parameters == Parameters(nose=(1.0,))
