"""Units drawn together are ones that a face makes."""

import numpy as np
import pytest

from facewright.core.facial_units import FACIAL_UNITS, PRESETS, STRENGTHS, drawn_units, preset_units


def drawn(count, *, alone):
    rng = np.random.default_rng(4)
    return np.stack([drawn_units(rng, alone=alone) for _ in range(count)])


def test_a_unit_alone_is_one_of_one_side_or_of_both():
    for weights in drawn(300, alone=True):
        names = [FACIAL_UNITS[index] for index in np.flatnonzero(weights)]
        assert len({name.removesuffix("_L").removesuffix("_R") for name in names} - {"jawOpen"}) <= 1
        assert STRENGTHS[0] <= weights[weights > 0.0].min() <= weights.max() <= STRENGTHS[1]


def test_sums_hold_no_opposites_and_close_open_jaws_alone():
    weights = dict(zip(FACIAL_UNITS, drawn(2000, alone=False).T, strict=True))
    for one, other in (("jawLeft", "jawRight"), ("mouthPucker", "mouthFunnel"), ("mouthSmile_L", "mouthFrown_L")):
        assert not ((weights[one] > 0.0) & (weights[other] > 0.0)).any()
        assert (weights[one] > 0.0).any()
    assert (weights["jawOpen"] >= weights["mouthClose"]).all()
    assert 0.3 < np.mean(weights["jawOpen"] > 0.0) < 0.5


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_of_known_units(name):
    assert preset_units(name).keys() <= {*FACIAL_UNITS}
