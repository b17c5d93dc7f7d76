"""Panels show the document and change it through commands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from core.parameters import Parameters
from core.parts import CODES
from tests.editor.ellipsoid_head import EllipsoidHead

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from core.head_model import HeadModel
    from core.parts import CodeName
    from editor.main_window import MainWindow


@pytest.mark.parametrize("code", CODES)
def test_sliders_and_fields_change_the_document(qtbot: QtBot, window: MainWindow, code: CodeName) -> None:
    panel = window.panels.panels[code]
    panel.set_expanded(True)
    assert len(panel.rows) == 10
    qtbot.keyClick(panel.rows[3].slider, Qt.Key.Key_PageUp)
    assert window.document.parameters == Parameters().with_value(code, 3, 1.0)
    assert panel.rows[3].field.value() == 1.0
    panel.rows[9].field.setValue(-5.5)
    assert window.document.parameters.value(code, 9) == -5.5
    assert panel.rows[9].slider.value() == -30
    window.document.undo_stack.undo()
    window.document.undo_stack.undo()
    assert [row.field.value() for row in panel.rows] == [0.0] * 10
    assert [row.slider.value() for row in panel.rows] == [0] * 10


def test_a_held_arrow_key_is_one_step(qtbot: QtBot, window: MainWindow) -> None:
    slider = window.panels.panels["nose"].rows[0].slider
    qtbot.keyPress(slider, Qt.Key.Key_Right)
    assert window.document.gesture is not None
    for _ in range(4):
        slider.setValue(slider.value() + 1)
    qtbot.keyRelease(slider, Qt.Key.Key_Right)
    assert window.document.parameters == Parameters(nose=(0.5,))
    assert window.document.undo_stack.count() == 1


def test_reset_and_random_buttons(qtbot: QtBot, window: MainWindow) -> None:
    panel = window.panels.panels["mouth"]
    buttons = {button.text(): button for button in panel.findChildren(QToolButton)}
    qtbot.mouseClick(buttons["Random"], Qt.MouseButton.LeftButton)
    drawn = window.document.parameters
    assert [row.field.value() for row in panel.rows] == pytest.approx(list(drawn.mouth), abs=0.005)
    qtbot.mouseClick(buttons["Reset"], Qt.MouseButton.LeftButton)
    assert window.document.parameters == Parameters()
    window.document.undo_stack.undo()
    assert window.document.parameters == drawn


def test_titles_fold_panels(qtbot: QtBot, window: MainWindow) -> None:
    panel = window.panels.panels["nose"]
    for visible in (False, True):
        qtbot.mouseClick(panel.title, Qt.MouseButton.LeftButton)
        assert panel.rows[0].slider.isVisible() is visible


def test_panels_stand_in_an_artists_order(window: MainWindow) -> None:
    panels = window.panels.panels.values()
    assert [panel.title.text() for panel in panels] == ["Nose", "Eyes", "Mouth", "Head Shape", "Expression"]
    tops = [panel.y() for panel in panels]
    assert tops == sorted(tops)


def test_everything_has_an_accessible_name_and_a_tip(window: MainWindow) -> None:
    for panel in window.panels.panels.values():
        for row in panel.rows:
            for widget in (row.slider, row.field):
                assert widget.accessibleName().startswith(row.name)
                assert "σ" in widget.toolTip()


def test_another_model_has_its_own_components(window: MainWindow) -> None:
    window.document.set_model(cast("HeadModel", EllipsoidHead(component_count=3)))
    assert {len(panel.rows) for panel in window.panels.panels.values()} == {3}
