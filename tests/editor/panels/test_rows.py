"""Panels beside the viewport: a row for each component and expression, blends, history, and where the keys go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QLineEdit, QMainWindow, QVBoxLayout, QWidget

from facewright.core.basis import Basis
from facewright.core.directions import SIZE
from facewright.core.parameters import Parameters
from facewright.editor import commands
from facewright.editor.document import Document
from facewright.editor.panels.blend_panel import BlendPanel
from facewright.editor.panels.coefficient_row import CoefficientRow, grid_of_rows
from facewright.editor.panels.expression_rows import ExpressionRows
from facewright.editor.panels.feature_rows import FeatureRows
from facewright.editor.panels.head_panel import HeadPanel
from facewright.editor.panels.history_panel import HistoryPanel
from facewright.editor.panels.panel_focus import lead_keys_into
from facewright.editor.panels.part_panel import PartPanel
from facewright.editor.panels.regions import by_region
from facewright.editor.panels.variant_bar import VariantBar
from tests.core.tiny_model import tiny_model

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from facewright.editor.main_window import MainWindow


@pytest.fixture
def body(qtbot: QtBot) -> QWidget:
    body = QWidget()
    qtbot.addWidget(body)
    return body


def test_a_row_sets_and_shows_its_own_component(document: Document, body: QWidget) -> None:
    row = CoefficientRow(document, "nose", 1, grid_of_rows(body))
    row.slider.coefficient_changed.emit(1.5)
    assert document.parameters == Parameters(nose=(0.0, 1.5))
    row.show_parameters(Parameters(nose=(0.0, -0.5)))
    assert row.field.value() == -0.5
    row.describe("longer, narrower")
    assert row.slider.accessibleName() == "Nose 2, longer, narrower, slider"
    assert row.label.text().startswith("2  longer")


def test_what_tells_sources_apart_is_said_to_be_no_way_in_which_people_differ(body: QWidget) -> None:
    two, one = tiny_model(), replace(tiny_model(), source_spread={})
    for model, apart in ((two, True), (one, False)):
        grid = grid_of_rows(QWidget(body))
        first, last = (CoefficientRow(Document(model), "nose", index, grid) for index in (0, 2))
        assert "no way in which people differ" not in first.slider.toolTip()
        assert ("no way in which people differ" in last.slider.toolTip()) == apart
        assert ("sources" in last.label.text()) == apart


def test_the_hill_is_of_all_heads_or_of_one_source(body: QWidget) -> None:
    model = tiny_model()
    peaks = {"": 3, "Here": 8, "There": 20}
    spread = {source: np.eye(1, 24, peak, dtype=np.float32).repeat(3, axis=0) for source, peak in peaks.items()}
    document = Document(
        replace(
            model,
            spread=dict.fromkeys(model.spread, spread[""]),
            source_spread={name: spread[name.rpartition(".")[0]] for name in model.source_spread},
        )
    )
    row = CoefficientRow(document, "nose", 1, grid_of_rows(body))
    for source, peak in (*peaks.items(), ("of another model", 3)):
        document.set_tools(replace(document.tools, hills=source))
        row.show_tools()
        assert int(row.slider.spread.argmax()) == peak


def test_expressions_add_up_and_a_model_without_any_shows_none(qtbot: QtBot, document: Document) -> None:
    bare = ExpressionRows(document)
    qtbot.addWidget(bare)
    assert bare.amounts == {}
    tiny = tiny_model()
    codes = {
        name: tiny.latent["expression"].code(c) for name, c in (("smile", (1.0, 0.0, 0.0)), ("jaw", (0.0, 2.0, 0.0)))
    }
    model = replace(tiny, expressions=codes)
    smiling = Document(model, parent=bare)
    rows = ExpressionRows(smiling)
    qtbot.addWidget(rows)
    rows.amounts["smile"].slider.setValue(50)
    rows.amounts["jaw"].slider.setValue(100)
    assert smiling.parameters.expression[:2] == pytest.approx((0.5, 2.0), abs=1e-5)
    rows.show_parameters(Parameters())
    assert rows.amounts["smile"].slider.value() == 0


def test_a_blend_goes_on_in_a_variant_of_its_own(qtbot: QtBot, document: Document) -> None:
    panel = BlendPanel(document)
    qtbot.addWidget(panel)
    assert not panel.whole.slider.isEnabled()
    commands.branch(document, "Long")
    commands.set_coefficient(document, "nose", 0, 2.0)
    panel.first.setCurrentText("Head 1")
    panel.second.setCurrentText("Long")
    panel.parts["nose"].slider.setValue(50)
    assert document.parameters.value("nose", 0) == pytest.approx(1.0)
    assert [variant.parameters.value("nose", 0) for variant in document.state.variants[:2]] == [0.0, 2.0]
    assert len(document.state.variants) == 3


def test_a_blend_begins_at_the_head_that_is_shown(qtbot: QtBot, document: Document) -> None:
    panel = BlendPanel(document)
    qtbot.addWidget(panel)
    commands.branch(document, "Long")
    commands.set_coefficient(document, "nose", 0, 2.0)
    commands.set_coefficient(document, "eyes", 0, 1.0)
    assert (panel.first.currentText(), panel.second.currentText()) == ("Head 1", "Long")
    assert {amount.field.text() for amount in (panel.whole, *panel.parts.values())} == {"100 %"}
    panel.parts["nose"].slider.setValue(50)
    assert document.state.variant.name == "Head 1 + Long"
    assert [document.parameters.value(code, 0) for code in ("nose", "eyes")] == pytest.approx([1.0, 1.0])
    commands.activate(document, 0)
    assert {amount.field.text() for amount in (panel.whole, *panel.parts.values())} == {"0 %"}


def test_the_history_lists_the_steps(qtbot: QtBot, document: Document) -> None:
    panel = HistoryPanel(document)
    qtbot.addWidget(panel)
    commands.set_coefficient(document, "nose", 0, 1.0)
    commands.branch(document)
    model = panel.model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == [
        "Start",
        "Nose 1: 1.0 σ",
        "New Variant Head 2",
    ]


def test_the_keys_go_into_a_panel_that_is_asked_for_and_back_when_it_is_put_away(qtbot: QtBot) -> None:
    window, viewport, field = QMainWindow(), QLineEdit(), QLineEdit()
    qtbot.addWidget(window)
    window.setCentralWidget(viewport)
    inside = QWidget()
    QVBoxLayout(inside).addWidget(field)
    dock = QDockWidget("Panel", window)
    dock.setWidget(inside)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    dock.hide()
    lead_keys_into(dock, viewport)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    dock.toggleViewAction().trigger()
    qtbot.waitUntil(field.hasFocus)
    dock.toggleViewAction().trigger()
    assert viewport.hasFocus()


def test_the_window_has_a_panel_for_every_code_and_a_tab_for_every_variant(window: MainWindow) -> None:
    panels = window.findChildren(PartPanel)
    assert [panel.code for panel in panels] == list(window.panels.panels)
    (bar,) = window.findChildren(VariantBar)
    commands.branch(window.document, "Plan")
    assert bar is window.variants
    assert len(panels[0].rows) == commands.component_count(window.document, panels[0].code)


def test_units_have_a_slider_and_a_number_for_each_side_and_end_at_their_full_strength_until_unlocked(
    qtbot: QtBot, document: Document
) -> None:
    tiny = tiny_model()
    space = tiny.latent["expression"]
    units = {"eyeBlink_L": (1.0, 0.0, 0.0), "eyeBlink_R": (0.0, 1.0, 0.0), "mouthPucker": (0.0, 0.0, 2.0)}
    model = replace(tiny, expressions={}, facial_units={name: space.code(c) for name, c in units.items()})
    own = Document(model, parent=document)
    rows = ExpressionRows(own)
    qtbot.addWidget(rows)
    assert set(rows.amounts) == {*units, "eyes_closed", "kiss"}  # and sums of them
    rows.amounts["eyes_closed"].slider.setValue(150)
    assert own.parameters.expression[:2] == pytest.approx((1.0, 1.0))
    rows.show_parameters(own.parameters)
    assert rows.amounts["eyeBlink_L"].slider.value() == 100
    field = rows.facial_units.amounts["eyeBlink_R"].field
    assert (field.text(), field.accessibleName()) == ("100 %", "Eye blink, right, value")
    for typed, value in (("40", 40), ("150", 100)):
        field.selectAll()
        qtbot.keyClicks(field, typed)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert own.parameters.expression[1] == pytest.approx(value / 100)
    rows.show_parameters(Parameters(expression=(-0.2, 1.7, -1e-9)))  # from elsewhere
    assert [rows.facial_units.amounts[name].field.text() for name in units] == ["−20 %", "170 %", "0 %"]
    rows.show_parameters(own.parameters)
    rows.beyond.setChecked(True)
    rows.amounts["eyeBlink_L"].slider.setValue(150)
    assert own.parameters.expression[:2] == pytest.approx((1.5, 1.0))
    assert own.undo_stack.undoText() == "Eye blink, left 150 %"
    assert rows.amounts["eyes_closed"].slider.accessibleName() == "Eyes closed, slider"


def test_a_model_with_directions_has_sliders_of_the_whole_head_at_the_top(qtbot: QtBot, document: Document) -> None:
    direction = np.random.default_rng(0).normal(size=SIZE).astype(np.float32)
    own = Document(replace(tiny_model(), directions={"weight": direction, "age": -direction[::-1]}), parent=document)
    panel = HeadPanel(own)
    qtbot.addWidget(panel)
    assert list(panel.rows.sliders) == ["Age", "Weight"]
    panel.rows.fields["Age"].setValue(0.1)
    assert own.parameters.nose
    assert own.parameters.remainder
    assert own.undo_stack.undoText() == "Age: 0.1 σ"
    assert panel.rows.fields["Age"].value() == pytest.approx(0.1)
    assert panel.rows.fields["Weight"].value() == pytest.approx(0.0, abs=0.01)
    own.exchange_model(replace(own.model, name="later", directions={"weight": direction, "age": direction[::-1]}))
    panel.take_model()
    assert panel.rows.fields["Age"].value() == pytest.approx(-0.1)  # the other way now
    bare = HeadPanel(document)
    qtbot.addWidget(bare)
    assert bare.isHidden()


def test_features_move_and_show_what_they_are_given(qtbot: QtBot, document: Document) -> None:
    rows = FeatureRows(document, {"Jaw": ["Jaw width"]}, {"Jaw width": "From narrow to wide."}, "")
    qtbot.addWidget(rows)
    assert not rows.isEnabled()
    rows.take(Basis(document.model.components, ("remainder",), {"Jaw width": np.eye(12)[3]}))
    rows.fields["Jaw width"].setValue(1.5)
    assert document.parameters == Parameters(remainder=(0.0, 0.0, 0.0, 1.5))
    commands.set_lock(document, "remainder", True)
    rows.sliders["Jaw width"].setValue(0)
    assert rows.fields["Jaw width"].value() == 1.5


def test_expressions_stand_by_region_with_sliders_as_wide_as_all_others(qtbot: QtBot, document: Document) -> None:
    assert by_region(
        ["jawLeft", "smile", "mouthSmile_R", "mouthSmile_L", "browDown_L", "sneer", "anger", "lip_roll"]
    ) == {
        "Whole Face": ["anger", "smile"],
        "Brows": ["browDown_L"],
        "Nose": ["sneer"],
        "Mouth": ["lip_roll", "mouthSmile_L", "mouthSmile_R"],
        "Jaw": ["jawLeft"],
    }
    tiny = tiny_model()
    code = tiny.latent["expression"].code((1.0, 0.0, 0.0))
    own = Document(replace(tiny, expressions={"smile": code}, facial_units={"eyeBlink_L": code}), parent=document)
    rows, others = ExpressionRows(own), FeatureRows(document, {"": ["Jaw width"]}, {}, "")
    for each in (rows, others):
        qtbot.addWidget(each)
        each.resize(440, 300)
        each.show()
    rows.show_facial_units.click()
    layout = rows.layout()
    assert layout
    layout.activate()
    for name in ("smile", "eyeBlink_L"):
        assert rows.amounts[name].slider.width() >= others.sliders["Jaw width"].width() - 10
