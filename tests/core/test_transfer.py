"""Heads carried from one model to another: the same surface by other codes, operations as they were."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.errors import Cancelled
from facewright.core.fit import FitSettings
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.surgery.plan import Operation, SurgicalPlan
from facewright.core.transfer import transfer

QUICK = FitSettings(steps=60, surface_points=200, space_points=300)


@pytest.fixture(scope="module")
def model():
    return load(bundled_model())


@pytest.fixture(scope="module")
def turned(model):
    """The same heads by other coefficients: components the other way round, and some in another order."""
    spaces = {}
    for code, space in model.latent.items():
        components, sigma = -space.components, space.sigma.copy()
        spaces[code] = replace(space, components=np.ascontiguousarray(components), sigma=sigma)
    return replace(model, latent=spaces)


def test_a_head_is_the_same_surface_by_other_codes(model, turned):
    head = Parameters(nose=(1.5, -1.0), mouth=(1.0,), remainder=(-1.5, 0.5))
    plan = SurgicalPlan((Operation("hump", -1.0),))
    told = []
    carried = transfer(
        model, [head, Parameters().with_plan(plan)], turned, QUICK, progress=lambda *step: told.append(step)
    )
    assert carried.parameters[0].remainder[0] == pytest.approx(1.5, abs=0.3)
    assert carried.parameters[0].nose[0] == pytest.approx(-1.5, abs=0.5)
    assert max(carried.off_mm) < 0.3
    assert carried.parameters[1].plan == plan
    assert len(told) == QUICK.steps


def test_it_can_be_cancelled(model):
    with pytest.raises(Cancelled):
        transfer(model, [Parameters()], model, QUICK, cancelled=lambda: True)
