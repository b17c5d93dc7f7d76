"""Of the expressions that a model knows, those that a head may have are told by its points alone."""

import dataclasses

import numpy as np
import pytest
import torch

from facewright.core.facial_units import FACIAL_UNITS
from facewright.core.likely_expressions import different_expressions, likely_expressions, nearest_expressions
from facewright.core.model.latent_space import LatentSpace
from facewright.core.objective import FitSettings, Objective
from facewright.core.parameters import Parameters
from facewright.core.parts import CODE_SIZES, CODES
from tests.core.known_heads import target_of
from tests.core.tiny_model import tiny_model


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def zeros(model, heads):
    return {code: torch.zeros(heads, len(model.latent[code])) for code in CODES}


def test_named_expressions_are_tried_in_full_and_slighter(model):
    tried = likely_expressions(model)
    smile = model.latent["expression"].coefficients(model.expressions["smile"])
    np.testing.assert_allclose(tried, np.stack([smile, 0.6 * smile]), rtol=1e-6)


def test_sums_of_units_are_tried_where_they_are_known(model):
    rng = np.random.default_rng(1)
    units = {name: rng.standard_normal(CODE_SIZES["expression"]).astype(np.float32) for name in FACIAL_UNITS}
    knowing = dataclasses.replace(model, facial_units=units)
    tried = likely_expressions(knowing)
    assert len(tried) > 300
    along = np.stack([model.latent["expression"].coefficients(code) for code in units.values()])
    assert torch.isfinite(tried).all()
    rest = tried.numpy() - tried.numpy() @ np.linalg.pinv(along) @ along
    assert np.abs(rest).max() < 1e-3


def test_without_expressions_there_is_nothing_to_try(model):
    none = LatentSpace(*(np.zeros(shape, np.float32) for shape in (CODE_SIZES["expression"], (0, 128), 0)))
    resting = dataclasses.replace(model, latent={**model.latent, "expression": none})
    assert len(likely_expressions(resting)) == 0
    assert len(likely_expressions(dataclasses.replace(model, expressions={}))) == 0


def test_the_expressions_of_the_heads_are_found_among_others(model):
    true = (Parameters(expression=(2.0, -1.0, 0.5)), Parameters(expression=(-1.5, 2.0)))
    rng = np.random.default_rng(2)
    others = rng.standard_normal((20, 3)) * 3.0
    expressions = torch.from_numpy(np.concatenate([others, [[2.0, -1.0, 0.5], [-1.5, 2.0, 0.0]]]).astype(np.float32))
    objective = Objective(model, target_of(model, true), FitSettings())
    nearest = nearest_expressions(model, objective, zeros(model, 2), expressions)
    assert nearest.shape == (2, 22, 3)
    torch.testing.assert_close(nearest[:, 0], expressions[-2:])
    torch.testing.assert_close(nearest.sum(dim=1), expressions.sum(dim=0).expand(2, -1))


def test_those_to_begin_from_differ(model):
    ranked = torch.tensor([[[0.0, 0.0], [3.0, 0.0], [0.0, 5.0], [6.0, 0.0], [9.0, 9.0]]])
    torch.testing.assert_close(different_expressions(ranked, 3), ranked[:, [0, 2, 3]])
    torch.testing.assert_close(different_expressions(ranked[:, :2], 3), ranked[:, [0, 0, 0]])
