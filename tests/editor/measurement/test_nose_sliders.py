"""Sliders of the nose follow what is measured; one whose measurement a head does not show rests, and says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QWidget

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import measure
from facewright.core.parameters import Parameters
from facewright.editor.document import Document
from facewright.editor.measurement.nose_handles import NoseHandles
from facewright.editor.measurement.nose_sliders import NoseSliders
from tests.core.anthropometry.test_solve import nosed

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def sliders(qtbot: QtBot) -> NoseSliders:
    document = Document(nosed())
    window = QWidget()
    qtbot.addWidget(window)
    document.setParent(window)
    sliders = NoseSliders(document, NoseHandles(document, window), set)
    sliders.setParent(window)
    return sliders


def test_a_measurement_that_a_head_does_not_show_rests_and_comes_back(sliders: NoseSliders) -> None:
    model = nosed()
    values = measure(model, find_landmarks(model, Parameters()))
    key = next(value.measure.key for value in values if value.measure.key in sliders.rows)
    row = sliders.rows[key]
    absent = [replace(value, value=float("nan")) for value in values]
    for before, now in ((values, absent), (absent, values), (absent, absent)):
        sliders.show_values(before, now)
        row.set_limits((-10.0, 10.0))
        assert not row.slider.isEnabled()
        assert not row.field.isEnabled()
        assert "does not show it" in row.slider.toolTip()
        assert row.note.text() == "not measured"
    sliders.show_values(values, values)
    row.set_limits((-1000.0, 1000.0))
    assert row.slider.isEnabled()
    value = next(value for value in values if value.measure.key == key)
    assert row.field.value() == pytest.approx(value.value, abs=0.051)
