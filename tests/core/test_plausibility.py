import numpy as np
import pytest

from facewright.core.parameters import Parameters
from facewright.core.plausibility import of_coefficients, of_head


def test_the_mean_is_as_plausible_as_can_be():
    assert of_coefficients(()).share == 0.0
    assert of_head(Parameters()).level == "typical"


@pytest.mark.parametrize(("sigma", "share"), [(1.0, 0.6827), (2.0, 0.9545), (3.0, 0.9973)])
def test_one_component_follows_the_normal_distribution(sigma, share):
    for index in (0, 4):
        found = of_coefficients((0.0,) * index + (sigma,))
        assert found.share == pytest.approx(share, abs=1e-4)
        assert found.distance == pytest.approx(sigma)


@pytest.mark.parametrize("count", [3, 10, 48])
def test_draws_are_as_rare_as_the_meter_says(count):
    draws = np.random.default_rng(0).standard_normal((4000, count))
    shares = np.array([of_coefficients(draw).share for draw in draws])
    assert (shares > 0.95).mean() == pytest.approx(0.05, abs=0.015)
    assert (shares > 0.999).mean() < 0.006


def test_a_gross_excess_is_not_drowned_by_faint_components():
    ordinary = np.random.default_rng(0).standard_normal(112)
    ordinary[0] = 6.0
    assert of_coefficients(ordinary).level == "extreme"
    assert of_head(Parameters(remainder=tuple(ordinary.tolist()), nose=(0.5,), eyes=(0.1,))).level == "extreme"


def test_a_head_is_judged_by_all_of_its_parts():
    twice = (2.0,)
    parts = Parameters(nose=twice, eyes=twice, mouth=twice, remainder=twice, expression=twice)
    assert of_coefficients(twice).level == "unusual"
    assert of_head(parts).share > of_coefficients(twice).share
    assert of_head(parts).distance == pytest.approx(2.0 * np.sqrt(5))
