"""Nostrils are dark inside, and the nose about them is not."""

import numpy as np

from facewright.core.anatomy import bundled_anatomy
from facewright.core.production.nostrils import nostrils
from facewright.core.production.topology import bundled_topology


def test_what_lies_deep_in_a_nostril_is_dark_and_tip_and_columella_are_lit():
    topology = bundled_topology()
    own, places = nostrils(topology), bundled_anatomy(topology.name).points
    light = dict(zip(own.vertices.tolist(), own.light.tolist(), strict=True))
    for name in ("prn", "c'"):
        assert light[places[name]] > 0.8, name
    neutral = topology.neutral
    dark = own.vertices[own.light < 0.25]
    assert len(dark) > 100
    sides = neutral[dark, 0] > 0.0
    assert 0.3 < sides.mean() < 0.7  # in both of them
    assert (neutral[dark, 2] < neutral[places["prn"], 2] - 5.0).all()
    assert np.abs(neutral[dark, 0]).max() < np.abs(neutral[places["al_l"], 0])
