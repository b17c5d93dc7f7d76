"""Heads carried from one model to another: the same surface by other codes, operations as they were."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.errors import Cancelled, FacewrightError
from facewright.core.fit import FitSettings
from facewright.core.parameters import Parameters
from facewright.core.project import Blend, EditState, Project, Step, Variant
from facewright.core.surgery.plan import Operation, SurgicalPlan
from facewright.core.transfer import Transfer, transfer, transfer_project
from tests.core.people import people
from tests.core.scan.test_fitted_scan import some_scan

NOSE = Parameters(nose=(1.0,))
QUICK = FitSettings(steps=100, surface_points=200, space_points=300, starts=0)
"""No head here has an expression: none is sought."""


@pytest.fixture(scope="module")
def model():
    return people()


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
    assert told[-1][0] == 1.0


def test_a_project_begins_anew_in_the_other_model(model, turned, monkeypatch):
    """Its heads are as fitted, blends are heads, and what it is compared with is carried along."""
    fitted = {Parameters(): Parameters(eyes=(0.5,)), NOSE: Parameters(nose=(-1.0,))}

    def instead(source, heads, target, *_):
        assert (source, target) == (model, turned)
        return Transfer(tuple(fitted[head] for head in heads), (0.1,) * len(heads))

    monkeypatch.setattr("facewright.core.transfer.transfer", instead)
    blend = Blend(Variant("A"), Variant("B", NOSE), (1.0,) * 5)
    state = EditState((Variant("Mean"), Variant("Blend", NOSE, blend)), 1, landmarks={"prn": (0.0, 0.0, 60.0)})
    steps = (Step("Start", EditState()), Step("Blend", state))
    before = Project(model.name, model.fingerprint, steps, 1, {"view": "left"}, Variant("Before", NOSE), "Women, 25")
    after = transfer_project(before, model, turned)
    assert after.fingerprint == turned.fingerprint
    assert after.state.variants == (Variant("Mean", fitted[Parameters()]), Variant("Blend", fitted[NOSE]))
    assert after.state.active == 1
    assert after.before == Variant("Before", fitted[NOSE])
    assert (after.view, after.cohort, len(after.steps), dict(after.state.landmarks)) == (
        before.view,
        "Women, 25",
        1,
        {},
    )


@pytest.mark.parametrize("compared", [False, True])
def test_a_head_of_a_scan_is_not_carried_over_nor_one_that_others_are_compared_with(model, turned, compared):
    patient, plain = Variant("Patient", scan=some_scan()), Variant("Plain")
    head, before = (plain, patient) if compared else (patient, plain)
    steps = (Step("Start", EditState((head,))),)
    with pytest.raises(FacewrightError, match="fit it anew"):
        transfer_project(Project(model.name, model.fingerprint, steps, 0, before=before), model, turned)


def test_it_can_be_cancelled(model):
    with pytest.raises(Cancelled):
        transfer(model, [Parameters()], model, QUICK, cancelled=lambda: True)
