"""Panels show the document and change it through commands alone."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from facewright.core.basis import Basis
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.plausibility import Ways
from facewright.editor import commands
from tests.editor.ellipsoid_head import EllipsoidHead

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName
    from facewright.editor.main_window import MainWindow


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


def test_another_state_of_a_model_keeps_the_widgets_and_is_described_anew(window: MainWindow) -> None:
    unit = np.eye(12, dtype=np.float32)
    first = EllipsoidHead(expressions={"smile": unit[0]})
    window.document.set_model(cast("HeadModel", first))
    panels = window.panels.panels
    row, expressions = panels["nose"].rows[0], panels["expression"].expressions
    assert expressions
    panels["nose"].set_expanded(False)
    window.panels.describe("nose", ["wider"])
    later = replace(first, expressions={"smile": 2 * unit[0]})
    window.document.exchange_model(cast("HeadModel", later))
    assert panels["nose"].rows[0] is row
    assert not row.slider.isVisible()  # still folded
    assert (row.label.text(), row.slider.accessibleName()) == ("Nose 1", "Nose 1, slider")
    expressions.amounts["smile"].slider.setValue(50)
    assert window.document.parameters == Parameters(expression=(1.0,))
    window.document.set_model(cast("HeadModel", replace(first, expressions={"jaw": unit[0]})))
    assert window.panels.panels["nose"].rows[0] is not row


def test_named_expressions_have_a_strength_each(window: MainWindow) -> None:
    assert not window.panels.panels["expression"].expressions.amounts  # type: ignore[union-attr]
    unit = np.eye(12, dtype=np.float32)
    model = EllipsoidHead(expressions={"smile": 2 * unit[0], "eyes_closed": unit[1] + unit[2]})
    window.document.set_model(cast("HeadModel", model))
    panel = window.panels.panels["expression"]
    assert panel.expressions
    panel.expressions.amounts["smile"].slider.setValue(50)
    panel.expressions.amounts["eyes_closed"].slider.setValue(100)
    assert window.document.parameters.expression == pytest.approx((1.0, 1.0, 1.0))
    assert window.document.undo_stack.undoText() == "Eyes closed 100 %"
    window.document.undo_stack.undo()
    assert panel.expressions.amounts["eyes_closed"].slider.value() == 0
    assert panel.expressions.amounts["smile"].slider.value() == 50


def test_the_palette_tells_a_facial_unit_from_an_expression_of_its_name(window: MainWindow) -> None:
    unit = np.eye(12, dtype=np.float32)
    model = EllipsoidHead(
        expressions={"jaw_open": unit[0] + unit[2]}, facial_units={"jawOpen": unit[0], "jawLeft": unit[1]}
    )
    window.document.set_model(cast("HeadModel", model))
    panel = window.panels.panels["expression"]
    assert panel.expressions
    sliders = dict(window.panels.sliders())
    assert {"Expression → Jaw open", "Facial Units → Jaw open", "Facial Units → Jaw left"} <= {*sliders}
    sliders["Facial Units → Jaw open"]()
    assert panel.expressions.show_facial_units.isChecked()


def test_more_reveals_components_and_a_lock_holds_them(qtbot: QtBot, window: MainWindow) -> None:
    panel = window.panels.panels["nose"]
    assert "2" in panel.more.text()
    panel.more.setFocus()
    qtbot.keyClick(panel.more, Qt.Key.Key_Space)
    assert len(panel.rows) == 12
    assert panel.more.isHidden()
    panel.rows[11].field.setValue(1.5)
    assert window.document.parameters.value("nose", 11) == 1.5
    window.actions_.head.parts["nose"].lock.trigger()
    assert not panel.rows[11].slider.isEnabled()
    window.document.undo_stack.undo()
    assert panel.rows[11].slider.isEnabled()


def test_symmetric_editing_offers_no_one_sided_component(window: MainWindow) -> None:
    window.actions_.edit.symmetric.trigger()
    rows = window.panels.panels["nose"].rows
    assert [row.slider.isEnabled() for row in rows[:3]] == [True, False, True]
    assert "one-sided" in rows[1].slider.toolTip().lower()
    window.panels.describe("nose", ["wider", "bent"])  # which may come late
    assert all(words in rows[1].slider.toolTip().lower() for words in ("bent", "one-sided"))


def test_a_panel_warns_of_what_is_far_from_the_training_heads(window: MainWindow) -> None:
    panel = window.panels.panels["nose"]
    assert panel.warning.text() == ""
    places = [row.slider.y() for row in panel.rows]
    panel.rows[0].field.setValue(4.0)
    assert window.document.parameters.value("nose", 0) == 4.0
    assert panel.warning.text() == "Far out"
    assert "practically all" in panel.warning.toolTip()
    window.panels.layout()
    assert [row.slider.y() for row in panel.rows] == places
    assert window.status.level.text() == "Far out"


def test_once_sliders_are_measured_a_head_is_as_unusual_as_it_is_along_them(window: MainWindow) -> None:
    document, panel = window.document, window.panels.panels["nose"]
    components = document.model.components
    way = np.full(components["nose"], components["nose"] ** -0.5)
    head = Parameters(nose=tuple((3.2 * way).tolist()))
    commands.set_parameters(document, head, "Slider")
    assert (panel.warning.text(), window.status.level.text()) == ("", "Typical")
    features = SimpleNamespace(part="nose", basis=Basis(components, ("nose",), {}), ways=Ways(way[None]))
    window.features.measured.emit(features)
    assert (panel.warning.text(), window.status.level.text()) == ("Unusual", "Unusual")
    assert "are more usual" in panel.meter.toolTip()
    document.set_model(replace(document.model, name="another"))
    commands.set_parameters(document, head, "Slider")
    assert window.status.level.text() == "Typical"


def test_words_name_the_sliders(window: MainWindow) -> None:
    window.panels.describe("nose", ["wider alae, lower bridge", "longer"])
    row = window.panels.panels["nose"].rows[0]
    assert row.label.text().startswith("1  wider alae")
    assert "wider alae, lower bridge" in row.slider.accessibleName()
