"""The bridge's heights on profiles that are known: parabolas over the line from nasion to the tip."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from facewright.core.anthropometry.dorsum import HUMP_ENDS, bridge_height, heights, hump
from facewright.core.anthropometry.landmarks import DORSUM_AT

NASION, TIP = np.array([0.0, 50.0, 80.0]), np.array([0.0, 5.0, 105.0])
OUT = np.array([0.0, 25.0, 45.0]) / np.hypot(25.0, 45.0)
"""Square to the line between them, out of the face."""


def face(height) -> Any:
    """A face whose dorsum has a height at each share of the line."""
    dorsum = NASION + DORSUM_AT[:, None] * (TIP - NASION) + height(DORSUM_AT)[:, None] * OUT
    return SimpleNamespace(points={"n": NASION, "prn": TIP}, dorsum=dorsum, axes=np.eye(3))


def arch(top, tilt=0.0):
    """A parabola over the hump's ends, 0 there, on a line that is tilted."""
    low, high = HUMP_ENDS
    middle, half = (low + high) / 2, (high - low) / 2
    return lambda share: top * (1.0 - ((share - middle) / half) ** 2) + tilt * share


def test_heights_are_those_over_the_line_outside_it_positive():
    np.testing.assert_allclose(heights(face(arch(2.0))), arch(2.0)(DORSUM_AT), atol=1e-9)
    assert bridge_height(0.5)(face(lambda share: 3.0 * share)) == pytest.approx(1.5)
    assert bridge_height(0.3)(face(lambda share: -2.0 * share)) == pytest.approx(-0.6)


@pytest.mark.parametrize("top", [3.0, 0.5, 0.0, -0.5, -3.0])
@pytest.mark.parametrize("tilt", [0.0, 4.0, -4.0])
def test_a_hump_has_its_own_height_and_a_saddle_its_depth_whatever_the_line(top, tilt):
    assert hump(face(arch(top, tilt))) == pytest.approx(top, abs=0.02)


def test_a_hump_beside_a_hollow_of_its_depth_is_neither():
    low, high = HUMP_ENDS
    wave = face(lambda share: 2.0 * np.sin(2.0 * np.pi * (share - low) / (high - low)))
    assert hump(wave) == pytest.approx(0.0, abs=0.02)


def test_where_the_profile_is_not_met_there_is_no_height():
    lost = face(lambda share: np.where(share > 0.4, np.nan, 1.0))
    assert np.isnan(bridge_height(0.6)(lost))
    assert np.isnan(hump(lost))
