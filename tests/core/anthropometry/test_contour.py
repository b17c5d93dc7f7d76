"""Signed distances from lines, a dip and a flare that are known in closed form."""

import numpy as np
import pytest

from facewright.core.anthropometry.contour import SUPRATIP
from facewright.core.anthropometry.landmarks import DORSUM_AT
from tests.core.anthropometry.test_measure import face, value


def test_a_lip_in_front_of_the_line_from_tip_to_chin_is_positive():
    profile = face(prn=(0, 0, 30), pg=(3, -60, 30), ls=(0, -25, 26), li=(2, -40, 31.5))
    assert value("upper_lip_line", profile) == pytest.approx(-4.0)
    assert value("lower_lip_line", profile) == pytest.approx(1.5)
    slanted = face(prn=(0, 0, 0), pg=(0, -30, -40), ls=(0, -15, -10))
    assert value("upper_lip_line", slanted) == pytest.approx((15 * 40 - 10 * 30) / -50 * -1, abs=1e-9)


def test_a_chin_ahead_of_the_root_along_the_horizontal_is_positive():
    assert value("chin_projection", face(n=(0, 40, 90), pg=(0, -60, 96))) == pytest.approx(6.0)
    assert value("chin_projection", face(n=(0, 40, 90), pg=(5, -60, 81))) == pytest.approx(-9.0)


@pytest.mark.parametrize("depth", [2.0, 0.0, -1.0])
def test_a_dip_over_the_tip_has_its_depth_and_a_bulge_a_minus(depth):
    nasion, tip = np.array([0.0, 40.0, 90.0]), np.array([0.0, 0.0, 90.0])
    low, high = SUPRATIP
    bump = np.where(low < DORSUM_AT, 1.0 - ((DORSUM_AT - (low + high) / 2) / ((high - low) / 2)) ** 2, 0.0)
    dorsum = nasion + DORSUM_AT[:, None] * (tip - nasion) - depth * bump[:, None] * [0.0, 0.0, 1.0]
    assert value("supratip_break", face(dorsum, n=nasion, prn=tip)) == pytest.approx(depth, abs=0.05)


def test_flare_and_base_are_of_alae_and_their_insertions():
    wide = face(al_l=(18, 0, 2), al_r=(-18, 0, 2), ac_l=(15, 0, 0), ac_r=(-16, 0, 0))
    assert value("alar_base", wide) == pytest.approx(31.0)
    assert value("alar_flare", wide) == pytest.approx(2.5)
