"""What a fit minimises is least where the heads are, and each head's own."""

import numpy as np
import pytest
import torch

from facewright.core.objective import FitSettings, Objective
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from tests.core.known_heads import HEADS, target_of
from tests.core.tiny_model import tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def target(model):
    return target_of(model, HEADS)


def codes_of(model, heads):
    each = [model.codes(head) for head in heads]
    return {code: torch.cat([own[code] for own in each]) for code in CODES}


def test_it_is_nothing_at_the_true_heads_and_more_at_others(model, target):
    objective = Objective(model, target, FitSettings())
    with torch.no_grad():
        true, on_surface = objective.errors(codes_of(model, HEADS))
        swapped, _ = objective.errors(codes_of(model, HEADS[::-1]))
    assert float(true.max()) < 0.05
    assert float(on_surface.max()) < 0.05
    assert float(swapped.min()) > 5.0 * float(true.max())


def test_several_codes_of_each_head_are_judged_by_its_own_points(model, target):
    objective = Objective(model, target, FitSettings())
    mean = Parameters()
    found = objective.apart(codes_of(model, (HEADS[0], mean, HEADS[1], mean)), 2)
    assert found.shape == (2, 2)
    assert float(found[:, 0].max()) < 0.05 < float(found[:, 1].min())
    torch.testing.assert_close(found, objective.apart(codes_of(model, (HEADS[0], mean, HEADS[1], mean)), 2))


def test_some_of_the_heads_are_what_they_were(target):
    some = target.of([1, 1, 0])
    for array, chosen in zip(target, some, strict=True):
        np.testing.assert_array_equal(chosen, array[[1, 1, 0]])
