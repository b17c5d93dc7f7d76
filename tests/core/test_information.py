"""What the mean head's surface tells of coefficients is what differences of it give."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from facewright.core.coefficients import Coefficients
from facewright.core.information import fisher_information
from facewright.core.parameters import LIMIT, Parameters
from facewright.core.parts import CODES
from facewright.core.surface.extraction import head_mesh
from tests.core.tiny_model import tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def information(model):
    told = fisher_information(model)
    assert told is not None
    return told


def test_its_quadratic_form_is_the_mean_squared_distance_of_a_head_nearby(model):
    matrix = information(model).double().numpy()
    surface = head_mesh(model, Parameters(), 4.0).vertices
    field = model.field(Parameters())
    rng = np.random.default_rng(0)
    chosen = [rng.permutation(surface)[:200]]
    chosen += [rng.permutation(surface[field.window(part, surface) > 0.5])[:100] for part in ("nose", "eyes", "mouth")]
    points = np.concatenate(chosen)
    for seed in range(3):
        moved = np.random.default_rng(seed).standard_normal((len(CODES), 3)) * 0.005
        head = Parameters.of({code: tuple(row) for code, row in zip(CODES, moved, strict=True)})
        squared = np.square(model.field(head).distance(points) - field.distance(points)).mean()
        form = float(moved.ravel() @ matrix @ moved.ravel())
        assert form == pytest.approx(squared, rel=0.05)


def test_it_is_found_once_for_each_model(model):
    assert information(model) is information(model)
    assert information(replace(model, name="Another")) is not information(model)


def test_axes_are_of_the_codes_that_are_free_alone(model):
    nose = information(model)[3:6, 3:6]
    first = Coefficients(model, 1, free=["nose"])
    with torch.no_grad():
        first.along[0, 0] = 1.0
    along = first.found()["nose"][0]
    assert along.norm() == pytest.approx(1.0, abs=1e-5)
    assert float(along @ nose @ along) == pytest.approx(float(torch.linalg.eigvalsh(nose.double())[-1]), rel=1e-4)


@pytest.mark.parametrize("windows", [True, False])
def test_coefficients_go_there_and_back(windows):
    coefficients = Coefficients(tiny_model(windows), 2)
    with torch.no_grad():
        coefficients.along.copy_(torch.randn(coefficients.along.shape, generator=torch.Generator().manual_seed(1)))
    values = torch.cat(list(coefficients.values().values()), dim=1)
    torch.testing.assert_close(values.norm(dim=1), coefficients.along.norm(dim=1))
    before = values.detach().clone()
    coefficients.clamp()
    torch.testing.assert_close(torch.cat(list(coefficients.values().values()), dim=1), before)


def test_what_is_not_free_stays_and_the_rest_is_clamped(model):
    start = Parameters(nose=(1.0, -2.0), mouth=(0.5,))
    coefficients = Coefficients(model, 1, start, ["nose"])
    with torch.no_grad():
        coefficients.along += 100.0
    coefficients.clamp()
    head = coefficients.parameters()[0]
    assert head.mouth == start.mouth
    assert max(abs(value) for value in head.nose) == pytest.approx(LIMIT, abs=1e-4)
