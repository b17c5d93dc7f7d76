"""Directions over several codes."""

import numpy as np
import pytest

from facewright.core.basis import Basis
from facewright.core.parameters import LIMIT, Parameters
from facewright.core.parts import CodeName

SIZES: dict[CodeName, int] = {"nose": 2, "eyes": 3}


@pytest.fixture
def basis() -> Basis:
    return Basis(SIZES, ("nose", "eyes"), {"a": np.array([1.0, 0, 2, 0, 0]), "b": np.array([1.0, 1, 0, 0, 0])})


def test_strengths_are_set_found_again_and_leave_each_other(basis):
    head = basis.with_strength(Parameters(mouth=(1.0,), eyes=(0.0, 0.5)), "a", 0.5)
    head = basis.with_strength(head, "b", -1.0)
    assert basis.strengths(head) == pytest.approx({"a": 0.5, "b": -1.0})
    assert head.mouth == (1.0,)
    assert head.eyes == pytest.approx((1.0, 0.5))
    assert basis.renamed({"b": "B"}).names == ("B",)


def test_of_shares_that_make_up_a_whole_more_of_one_is_less_of_the_others():
    rounded = 1e-6 * np.array([0.0, 1.0, 0.0, 0.0, 0.0])
    a, b = np.array([2.0, 0.0, 1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, 1.0, 0.0])
    basis = Basis(SIZES, ("nose", "eyes"), {"a": a, "b": b, "rest": rounded - a - b})
    assert all(abs(strength) < 2.0 for strength in basis.strengths(Parameters(eyes=(0.3, -1.2, 1.0))).values())
    strengths = basis.strengths(basis.with_strength(Parameters(), "a", 1.0))
    assert strengths == pytest.approx({"a": 1.0, "b": -0.5, "rest": -0.5}, abs=1e-4)


def test_nothing_goes_beyond_the_limit(basis):
    assert basis.with_strength(Parameters(), "a", 100.0) == Parameters(nose=(LIMIT,), eyes=(LIMIT,))


def test_without_directions_everything_is_beyond(basis):
    empty = Basis(SIZES, ("nose",), {})
    assert empty.strengths(Parameters()) == {}
    np.testing.assert_array_equal(empty.beyond(Parameters(nose=(1.0,))), (1.0, 0.0))
