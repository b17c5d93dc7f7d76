"""Features of a part: measured beside the window, and shown for both sides or for each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from facewright.core.device import DeviceLost
from facewright.core.features import FEATURES, FeatureMap
from facewright.editor.document import Document
from facewright.editor.panels.feature_maps import FeatureMaps
from facewright.editor.panels.part_features import PartFeatures
from tests.core.tiny_model import tiny_model

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from facewright.core.model.head_model import HeadModel
    from facewright.core.parts import CodeName

NAMES = ("ps_l", "ps_r", "pi_l", "pi_r", "ex_l", "ex_r", "en_l", "en_r")


@pytest.fixture
def model() -> HeadModel:
    """The tiny model with landmarks about its eyes."""
    rng = np.random.default_rng(0)
    ball = rng.normal(size=(len(NAMES), 3)) * 3.0 + (0.0, 45.0, 85.0)
    return replace(tiny_model(), points=dict(zip(NAMES, ball.astype(np.float32), strict=True)))


def test_features_are_measured_once_nothing_else_needs_the_machine(qtbot: QtBot, model: HeadModel) -> None:
    maps, own = FeatureMaps(), Document(model)
    found: list[FeatureMap] = []
    maps.measured.connect(found.append)
    maps.follow(own)
    assert not found
    maps.hold(False)
    qtbot.waitUntil(lambda: len(found) == 1)
    assert found[0].part == "eyes"
    panel = PartFeatures(own, "eyes")
    qtbot.addWidget(panel)
    assert not panel.rows.isEnabled()
    panel.take(found[0])
    assert list(panel.rows.sliders) == [feature.name for feature in FEATURES["eyes"]]
    panel.split.setChecked(True)
    assert "Lid opening, left" in panel.rows.sliders
    panel.rows.fields["Lid opening, left"].setValue(0.5)
    assert own.parameters.eyes
    assert own.undo_stack.undoText() == "Lid opening, left: 0.5 σ"
    rows = panel.rows
    panel.forget()  # another state of the model, that is not measured yet
    assert panel.rows is rows
    assert not rows.isEnabled()
    assert "mm for each" not in rows.sliders["Lid opening, left"].toolTip()
    panel.take(found[0])
    assert panel.rows.isEnabled()
    assert panel.rows.fields["Lid opening, left"].value() == pytest.approx(0.5)
    maps.close()


def test_features_that_a_lost_device_did_not_give_are_measured_where_the_model_goes(
    qtbot: QtBot, model: HeadModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[HeadModel] = []

    def measured(of: HeadModel, part: CodeName) -> FeatureMap:
        asked.append(of)
        if of is model:
            raise DeviceLost("The GPU stopped answering.")
        return FeatureMap(of, part)

    monkeypatch.setattr("facewright.editor.panels.feature_maps.FeatureMap", measured)
    maps, own, found = FeatureMaps(), Document(model), list[FeatureMap]()
    maps.measured.connect(found.append)
    maps.follow(own)
    with qtbot.waitSignal(maps.failed):
        maps.hold(False)
    qtbot.wait(50)
    assert asked == [model]  # and not again there
    home = replace(model)
    own.move_model(home)
    qtbot.waitUntil(lambda: len(found) == 1)
    assert asked == [model, home]
    maps.close()


def test_tab_goes_down_the_sliders_to_the_switch_below_them_however_it_stands(qtbot: QtBot, model: HeadModel) -> None:
    window, first, last = QWidget(), QPushButton("First"), QPushButton("Last")
    qtbot.addWidget(window)
    panel, layout = PartFeatures(Document(model), "eyes"), QVBoxLayout(window)
    for widget in (first, panel, last):
        layout.addWidget(widget)
    panel.take(FeatureMap(model, "eyes"))
    for apart in (False, True, False):
        panel.split.setChecked(apart)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        pairs = zip(panel.rows.sliders.values(), panel.rows.fields.values(), strict=True)
        sliders = [widget for pair in pairs for widget in pair]
        chain: list[QWidget] = [first]
        while (following := chain[-1].nextInFocusChain()) and following is not first:
            chain.append(following)
        wanted = [first, *sliders, panel.split, last]
        assert [widget for widget in chain if widget in wanted] == wanted


def test_a_panel_works_out_nothing_of_what_was_measured(
    qtbot: QtBot, model: HeadModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    features, panel = FeatureMap(model, "eyes"), PartFeatures(Document(model), "eyes")
    qtbot.addWidget(panel)
    for work in ("solve", "pinv"):  # on the window's thread both froze it for seconds on a busy machine
        monkeypatch.setattr(np.linalg, work, _refuse)
    slider = panel.rows.sliders["Lid opening"]
    panel.take(features)
    assert panel.rows.sliders["Lid opening"] is slider
    assert "mm for each σ" in slider.toolTip()
    panel.split.setChecked(True)
    panel.split.setChecked(False)
    assert panel.rows.isEnabled()


def _refuse(*_: object) -> None:
    raise AssertionError("this is work for another thread")


def test_a_part_without_landmarks_has_no_features(qtbot: QtBot, document: Document) -> None:
    panel = PartFeatures(document, "nose")
    qtbot.addWidget(panel)
    assert panel.isHidden()
    assert panel.rows.sliders == {}
