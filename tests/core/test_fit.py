"""Heads of the tiny model, known by their own distances, are found again."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.errors import Cancelled
from facewright.core.fit import FitSettings, Target, fit
from facewright.core.parameters import Parameters
from tests.core.known_heads import HEADS, target_of
from tests.core.tiny_model import tiny_model

SETTINGS = FitSettings(steps=80, surface_points=150, space_points=150, prior_mm=1e-6)


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def target(model):
    return target_of(model, HEADS)


@pytest.fixture(scope="module")
def found(model, target):
    return fit(model, target, SETTINGS)


def test_the_surfaces_are_found_again(model, target, found):
    for index, (parameters, true) in enumerate(zip(found.parameters, HEADS, strict=True)):
        start, end, own = (
            np.abs(model.field(head).distance(target.on[index])).mean() for head in (Parameters(), parameters, true)
        )
        assert start > 10.0 * own
        assert end < 1.5 * own


def test_what_moves_the_whole_head_is_found_to_a_hundredth_of_a_sigma(found):
    for parameters, true in zip(found.parameters, HEADS, strict=True):
        for code in ("expression", "remainder"):
            expected = [true.value(code, index) for index in range(3)]
            np.testing.assert_allclose([parameters.value(code, i) for i in range(3)], expected, atol=0.01)


def test_the_history_tells_every_heads_error(found):
    assert found.history.shape == (SETTINGS.steps, len(HEADS))
    assert (found.history[-5:].mean(axis=0) < 0.2 * found.history[0]).all()


def test_the_same_seed_gives_the_same_heads(model, target):
    few = FitSettings(steps=5, surface_points=50, space_points=50, seed=7)
    assert fit(model, target, few).parameters == fit(model, target, few).parameters


def test_a_head_is_fitted_alike_in_any_company(model, target):
    few = FitSettings(steps=5, surface_points=50, space_points=50)
    together = fit(model, target, few).parameters[1]
    alone = fit(model, Target(*(array[1:] for array in target)), few).parameters[0]
    np.testing.assert_allclose(alone.remainder, together.remainder, atol=1e-3)
    np.testing.assert_allclose(alone.expression, together.expression, atol=1e-3)


def test_without_data_worth_it_the_prior_keeps_the_mean_head(model, target):
    held = fit(model, target, FitSettings(steps=40, surface_points=50, space_points=50, prior_mm=1e3))
    assert max(abs(value) for value in held.parameters[0].remainder) < 0.2


def test_it_tells_its_progress_and_can_be_called_off(model, target):
    told: list[tuple[float, float]] = []
    with pytest.raises(Cancelled):
        fit(model, target, SETTINGS, lambda: len(told) == 3, lambda *facts: told.append(facts))
    np.testing.assert_allclose(np.diff([0.0, *(share for share, _ in told)]), told[0][0])
    assert all(error > 0.0 for _, error in told)


def test_heads_that_are_far_off_are_searched_for_from_other_expressions(model):
    smile = model.latent["expression"].coefficients(model.expressions["smile"])
    smiling = Parameters(expression=tuple((smile * (4.0 / np.linalg.norm(smile))).tolist()))
    knowing = replace(model, expressions={"smile": model.latent["expression"].code(smiling.expression)})
    target = target_of(model, (smiling, Parameters()))
    short = FitSettings(steps=10, surface_points=100, space_points=100, prior_mm=1e-6, starts=0)
    before = fit(knowing, target, short)
    told: list[float] = []
    after = fit(knowing, target, replace(short, starts=2, far_mm=0.01), progress=lambda share, _: told.append(share))
    assert after.history.shape == before.history.shape
    assert told[-1] == 1.0
    assert (np.diff(told) > 0.0).all()
    off = [
        [np.abs(model.field(head).distance(on)).mean() for head, on in zip(found.parameters, target.on, strict=True)]
        for found in (before, after)
    ]
    assert off[1][0] < 0.5 * off[0][0]


def test_heads_that_are_near_stay_as_they_were_found(model, target, found):
    again = fit(model, target, replace(SETTINGS, far_mm=10.0))
    assert again.parameters == found.parameters
