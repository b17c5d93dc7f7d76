"""What expressions are made of."""

import pytest

from facewright.core.expressions import Expressions
from facewright.core.facial_units import FACIAL_UNITS, PRESETS, preset_units
from facewright.core.parameters import Parameters
from facewright.core.production.strengths import strengths, together
from tests.core.people import people


def test_presets_are_of_units():
    for name in PRESETS:
        assert set(preset_units(name)) <= set(FACIAL_UNITS), name
    assert preset_units("smile")["mouthSmile_L"] == preset_units("smile")["mouthSmile_R"] == 1.0


def test_an_expression_is_told_in_blendshapes():
    model = people()
    assert strengths(model, Parameters()) == {}
    made = strengths(model, Expressions(model).with_strength(Parameters(), "mouth_stretch", 1.0))
    assert made["jawOpen"] == pytest.approx(0.75, abs=0.1)
    assert made["mouthStretchLeft"] == pytest.approx(0.5, abs=0.1)
    assert "eyeBlinkLeft" not in made


def test_what_cannot_be_at_once_gives_way():
    made = together({"mouthLeft": 1.0, "mouthRight": 1.0, "jawLeft": 0.7, "jawRight": 0.2})
    assert made == pytest.approx({"mouthLeft": 0.0, "mouthRight": 0.0, "jawLeft": 0.5, "jawRight": 0.0})
    aside = together({"mouthLeft": 1.0, "mouthSmileLeft": 1.0, "mouthSmileRight": 1.0})
    assert aside == pytest.approx({"mouthLeft": 1.0, "mouthSmileLeft": 1.0, "mouthSmileRight": 0.0})
    assert together({"mouthClose": 1.0, "jawOpen": 0.4})["mouthClose"] == 0.4
    assert together({"mouthClose": 1.0})["mouthClose"] == 0.0
    lids = together({"eyeBlinkLeft": 1.0, "eyeWideLeft": 0.8, "eyeWideRight": 0.8, "eyeBlinkRight": 0.25})
    assert lids["eyeWideLeft"] == 0.0
    assert lids["eyeWideRight"] == pytest.approx(0.6)
    assert together({"eyeBlinkLeft": 1.5})["eyeBlinkLeft"] == 1.0
    assert together({"mouthUpperUpLeft": 1.0})["mouthUpperUpLeft"] == 1.0
    sneer = {"noseSneerLeft": 1.0, "noseSneerRight": 1.0, "mouthUpperUpLeft": 0.5, "mouthUpperUpRight": 0.5}
    lifted = together(dict(sneer))
    assert lifted["noseSneerLeft"] == 1.0
    assert 3.9 * 2 + 4.1 * 2 * lifted["mouthUpperUpLeft"] == pytest.approx(10.0)
    smiles = together(sneer | {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0, "mouthShrugUpper": 0.4})
    assert smiles["mouthSmileLeft"] == 1.0
    assert smiles["mouthUpperUpRight"] == smiles["mouthShrugUpper"] == 0.0
