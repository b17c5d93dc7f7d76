"""The names that engines know."""

from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.production.engine_names import ENGINE_UNITS, TONGUE


def test_every_unit_is_in_one_of_the_52_blendshapes():
    assert len(ENGINE_UNITS) == 52
    assert sorted(unit for units in ENGINE_UNITS.values() for unit in units) == list(FACIAL_UNITS)


def test_names_are_those_of_engines():
    assert ENGINE_UNITS["eyeBlinkLeft"] == ("eyeBlink_L",)
    assert ENGINE_UNITS["jawOpen"] == ("jawOpen",)
    assert ENGINE_UNITS["browInnerUp"] == ("browInnerUp_L", "browInnerUp_R")
    assert ENGINE_UNITS["cheekPuff"] == ("cheekPuff_L", "cheekPuff_R")
    assert ENGINE_UNITS[TONGUE] == ()
    assert not any("_" in name for name in ENGINE_UNITS)
