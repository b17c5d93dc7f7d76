"""Coefficients that are searched for begin where they are told to and stay within what a head may have."""

import pytest
import torch

from facewright.core.coefficients import Coefficients, latent_axes
from facewright.core.parameters import LIMIT, Parameters
from facewright.core.parts import CODES
from tests.core.tiny_model import tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def test_they_begin_at_a_head_and_give_it_back(model):
    head = Parameters(nose=(1.0, -1.0), remainder=(0.5, 1.0, -1.0))
    coefficients = Coefficients(model, 2, head)
    assert coefficients.parameters() == [head, head]
    for code, own in coefficients.codes().items():
        torch.testing.assert_close(own, model.codes(head)[code].expand(2, -1))
    torch.testing.assert_close(coefficients.size(), torch.full((2,), 4.25))


def test_what_is_found_is_where_the_next_search_begins(model):
    first = Coefficients(model, 1)
    with torch.no_grad():
        first.along += torch.linspace(-0.5, 0.5, first.along.shape[1])
    second = Coefficients(model, 1, first.found(), ["nose"])
    for code in CODES:
        torch.testing.assert_close(second.values()[code], first.values()[code])
    for code in ("nose", "eyes"):
        expected = first.values()[code].square().sum(dim=1)
        torch.testing.assert_close(first.strayed(code), expected)
        assert float(second.strayed(code).detach()) == 0.0


def test_they_are_held_within_what_a_head_accepts(model):
    coefficients = Coefficients(model, 1, free=["mouth"])
    with torch.no_grad():
        coefficients.along.fill_(100.0)
    coefficients.clamp()
    assert max(float(own.abs().max()) for own in coefficients.found().values()) <= LIMIT + 1e-4
    assert all(abs(value) <= LIMIT for value in coefficients.parameters()[0].mouth)


def test_axes_are_as_long_as_their_sigma(model):
    mean, axes = latent_axes(model, "eyes")
    torch.testing.assert_close(axes.norm(dim=1), torch.from_numpy(model.latent["eyes"].sigma))
    torch.testing.assert_close(mean, torch.from_numpy(model.latent["eyes"].mean))
