from dataclasses import replace

import numpy as np
import pytest

from facewright.core.expressions import Expressions
from facewright.core.parameters import Parameters
from facewright.core.plausibility import of_head
from facewright.core.symmetry import Symmetry
from tests.core.people import people
from tests.core.tiny_model import tiny_model


@pytest.fixture(scope="module")
def expressions() -> Expressions:
    model = tiny_model()
    space = model.latent["expression"]
    codes = {"blink": space.code((0.0, 1.0, 1.0)), "smile": space.code((2.0, 0.5))}
    return Expressions(replace(model, expressions=codes, metadata={"expressions": ["neutral", "smile", "blink"]}))


def test_they_stand_in_the_order_of_the_training_data(expressions):
    assert expressions.names == ("smile", "blink")


def test_neutral_has_none(expressions):
    assert expressions.strengths(Parameters(nose=(1.0,))) == pytest.approx({"smile": 0.0, "blink": 0.0})


def test_strengths_are_set_found_again_and_add_up(expressions):
    head = expressions.with_strength(Parameters(nose=(1.0,)), "smile", 0.8)
    values = np.zeros(3)
    values[: len(head.expression)] = head.expression
    np.testing.assert_allclose(values, (1.6, 0.4, 0.0), atol=1e-6)
    both = expressions.with_strength(head, "blink", 0.5)
    assert expressions.strengths(both) == pytest.approx({"smile": 0.8, "blink": 0.5}, abs=1e-6)
    back = expressions.with_strength(both, "smile", 0.0)
    np.testing.assert_allclose(back.expression, (0.0, 0.5, 0.5), atol=1e-6)
    assert back.nose == (1.0,)


def test_what_no_expression_explains_stays(expressions):
    head = Parameters(expression=(0.3, -1.0, 2.0))
    there = expressions.with_strength(head, "blink", expressions.strengths(head)["blink"] + 1.0)
    np.testing.assert_allclose(there.expression, np.add(head.expression, (0.0, 1.0, 1.0)), atol=1e-6)


def test_a_model_without_expressions_has_none():
    assert Expressions(replace(tiny_model(), expressions={})).names == ()


def test_a_sum_of_expressions_is_nothing_beyond_and_more_of_one_is(expressions):
    head = expressions.with_strength(expressions.with_strength(Parameters(), "smile", 1.0), "blink", 0.7)
    np.testing.assert_allclose(expressions.beyond(head), 0.0, atol=1e-6)
    more = expressions.with_strength(head, "smile", 1.5)
    np.testing.assert_allclose(expressions.beyond(more), (1.0, 0.25, 0.0), atol=1e-6)
    assert of_head(head, expressions.beyond(head)).level == "typical"


def test_a_preset_that_is_a_sum_of_others_is_not_one_more():
    model = people()
    expressions = Expressions(model)
    assert len({"kiss", "pucker", "jaw_open"} & set(expressions.names)) == 2
    head = expressions.with_strength(expressions.with_strength(Parameters(), "smile", 1.0), "laugh", 1.0)
    assert max(map(abs, expressions.strengths(head).values())) < 2.0  # clipped, so no exact sum any more


def test_the_jaw_goes_to_the_right_as_it_goes_to_the_left():
    model = people()
    expressions = Expressions(model)
    left, right = (expressions.with_strength(Parameters(), name, 1.0) for name in ("jaw_left", "jaw_right"))
    mirrored = Symmetry(model).mirrored(left)
    np.testing.assert_allclose(mirrored.expression, right.expression, atol=1e-4)
