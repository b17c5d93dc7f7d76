"""Heads to choose from."""

import numpy as np

from facewright.core.parameters import Parameters, random_head
from facewright.core.parts import CODES
from facewright.editor.candidates.breeding import COUNT, bred, drawn

SIZES = dict.fromkeys(CODES, 12)
BASE = Parameters(expression=(1.0,), mouth=(2.0,))


def test_drawn_heads_are_those_of_their_seeds_but_for_locked_parts_and_the_expression():
    heads = drawn(SIZES, BASE, {"mouth"}, 0.8, np.random.default_rng(0))
    assert len(heads) == len({seed for seed, _ in heads}) == COUNT
    for seed, head in heads:
        own = random_head(SIZES, seed, 0.8)
        assert (head.nose, head.remainder) == (own.nose, own.remainder)
        assert (head.expression, head.mouth) == (BASE.expression, BASE.mouth)


def test_children_lie_between_their_parents_and_differ_from_each_other():
    parents = [Parameters(nose=(2.0,) * 12, eyes=(-1.0,)), Parameters(nose=(-2.0,) * 12, eyes=(1.0,))]
    children = bred(parents, SIZES, BASE, {"mouth"}, np.random.default_rng(1))
    assert len(set(children)) == COUNT
    values = np.array([child.nose for child in children])
    assert np.abs(values[:, 10:]).max() <= 2.0  # beyond what mutates
    assert values[:, 0].std() > 0.5
    assert {child.mouth for child in children} == {BASE.mouth}
