"""The picture of all pairs of expressions."""

import pytest

from facewright.core.expressions import Expressions
from facewright.core.parameters import Parameters
from facewright.editor.pairs_picture import both, chosen
from tests.core.people import people


def test_pairs_are_of_twelve_expressions_each_at_full_strength():
    model = people()
    names = chosen(model)
    assert len(set(names)) == 12
    assert "eyes_closed" in names
    pair = "smile", "anger"  # a laugh has the smile in it: twice that is more than a code may be
    strengths = Expressions(model).strengths(both(model, Parameters(), *pair))
    assert set(pair) < set(names)
    for name in pair:
        assert strengths[name] == pytest.approx(1.0, abs=1e-6)
