"""Operations on the bundled model: reached, kept by the next, and refused where the face would break."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.measure import BY_KEY as MEASURES
from facewright.core.anthropometry.measure import shown
from facewright.core.parameters import Parameters
from facewright.core.surface.soundness import Soundness
from facewright.core.surgery.carry_out import carry_out
from facewright.core.surgery.operations import BY_KEY, OPERATIONS
from facewright.core.surgery.plan import NO_PLAN, Operation
from facewright.core.surgery.solve import described, holds, measured, solve_plan, unknowns
from facewright.core.surgery.subject import Subject
from tests.core.people import people


@pytest.fixture(scope="module")
def subject():
    return Subject(people(), Parameters())


@pytest.fixture(scope="module")
def hump(subject):
    return solve_plan(subject, NO_PLAN.with_operation(Operation("dorsum", -2.0)))


def test_every_operation_of_the_table_can_be_had(subject):
    assert subject.kinds == OPERATIONS


def test_a_hump_is_reduced_by_what_was_asked_as_the_table_measures_it(subject, hump):
    head = subject.parameters.with_plan(hump.plan)
    after, before = (find_landmarks(subject.model, each) for each in (head, subject.parameters))
    change = MEASURES["dorsum_45"].formula(after) - MEASURES["dorsum_45"].formula(before)
    assert change == pytest.approx(-2.0, abs=0.1)
    for key in ("nasal_width", "tip_protrusion", "tip_rotation", "tip_deviation"):
        assert MEASURES[key].formula(after) == pytest.approx(MEASURES[key].formula(before), abs=0.1), key


def test_the_next_operation_leaves_the_first_as_asked(subject, hump):
    both = solve_plan(subject, hump.plan.with_operation(Operation("chin_projection", 3.0)))
    assert both.achieved["dorsum"] == pytest.approx(-2.0, abs=0.1)
    assert both.achieved["chin_projection"] == pytest.approx(3.0, abs=0.1)
    again = solve_plan(subject, both.plan.moved("chin_projection", 0))
    assert again.plan.strengths == both.plan.strengths


def test_a_plan_holds_on_its_face_whatever_the_last_digits_are(subject, hump):
    def shifted(by):
        landmarks = tuple((name, (x + by, y, z)) for name, (x, y, z) in hump.plan.landmarks)
        return replace(hump.plan, landmarks=landmarks)

    assert holds(subject, shifted(1e-4))
    assert not holds(subject, shifted(0.05))
    assert not holds(subject, replace(hump.plan, landmarks=hump.plan.landmarks[1:]))


def test_a_plan_without_operations_is_none(subject, hump):
    assert solve_plan(subject, hump.plan.without("dorsum")).plan == NO_PLAN


def test_what_an_operation_changes_by_nature_is_not_held(subject):
    keys = {kind.key for kind in unknowns(subject, NO_PLAN.with_operation(Operation("radix", 2.0)))}
    assert "dorsum" not in keys
    assert {"radix", "tip_rotation", "bony_width"} <= keys


def test_a_lip_that_is_called_shorter_is_lifted(subject):
    result = solve_plan(subject, NO_PLAN.with_operation(Operation("lip_height", -1.0)))
    face = subject.face(dict(result.plan.strengths))
    lifted = face.landmarks.points["ls"] - subject.before.landmarks.points["ls"]
    assert subject.frame.along(lifted)[1] == pytest.approx(1.0, abs=0.2)
    (told,) = described(subject, result.plan)
    assert told.startswith("Upper lip length −1.0 mm, shorter, a lip lift (measured −1.0 mm: ")


def test_what_would_break_the_face_is_refused_with_what_can_be_had(subject):
    plan = NO_PLAN.with_operation(Operation("lip_height", 10.0))
    outcome = carry_out(subject, plan, NO_PLAN)
    nearest = outcome.result.plan.asked["lip_height"]
    assert 0.8 < nearest < 10.0
    assert f"the limit is +{nearest:.1f} mm" in outcome.refused
    assert subject.judged(dict(outcome.result.plan.strengths)).fault == ""
    assert outcome.result.missed == {}


def test_amounts_are_told_apart_by_sides(subject):
    kind = BY_KEY["bony_deviation"]
    left, right = (kind.measure(subject.face({"bony_deviation": sign})) for sign in (1.0, -1.0))
    assert 1.4 < left - right < 2.1
    np.testing.assert_allclose(left + right, 2.0 * kind.measure(subject.before), atol=0.1)


def test_a_refused_operation_leaves_face_list_and_report_as_one(subject, hump):
    before = hump.plan
    for key, amount in (("chin_projection", 60.0), ("dorsum", -30.0)):
        outcome = carry_out(subject, before.with_operation(Operation(key, amount)), before)
        asked = outcome.result.plan.asked
        assert 0.0 < abs(asked[key]) < abs(amount)
        assert f"the limit is {shown(asked[key], 'mm', 'mm', '+')}" in outcome.refused
        assert "nose" not in outcome.refused.casefold()
        assert {**before.asked, key: asked[key]} == asked
        assert measured(subject, outcome.result.plan) == pytest.approx(dict(outcome.result.achieved), abs=1e-3)
        assert outcome.result.missed == {}
        assert outcome.result.achieved[key] == pytest.approx(asked[key], abs=0.1)
        assert subject.judged(dict(outcome.result.plan.strengths)).fault == ""


def test_a_limit_is_the_same_whatever_is_asked_for_beyond_it(subject, hump):
    limits = set()
    for amount in (50.0, 8.0, 15.0):
        outcome = carry_out(subject, hump.plan.with_operation(Operation("tip_projection", amount)), hump.plan)
        assert outcome.refused
        limits.add(outcome.result.plan)
    assert len(limits) == 1
    (limit,) = limits
    assert carry_out(subject, limit, hump.plan).result.plan == limit


def test_what_cannot_be_had_at_all_stays_what_it_was(subject, hump, monkeypatch):
    judged = subject.judged
    broken = Soundness(longest=9.0)
    monkeypatch.setattr(
        subject, "judged", lambda strengths: broken if strengths.get("radix", 0.0) > 0.05 else judged(strengths)
    )
    for old in (None, Operation("radix", 2.0, on=False)):
        before = hump.plan.with_operation(old) if old else hump.plan
        outcome = carry_out(subject, before.with_operation(Operation("radix", 2.0)), before)
        assert "the limit is 0.0 mm" in outcome.refused
        assert outcome.result.plan.operations == before.operations
        assert outcome.result.plan.strengths == hump.plan.strengths


def test_on_a_face_that_has_changed_each_operation_goes_as_far_as_it_can(subject):
    stale = NO_PLAN.with_operation(Operation("lip_height", 10.0)).with_operation(Operation("chin_projection", 4.0))
    outcome = carry_out(subject, stale, stale)
    assert 0.0 < outcome.result.plan.asked["lip_height"] < 10.0
    assert outcome.result.plan.asked["chin_projection"] == 4.0
    assert outcome.refused.startswith("Upper lip length")
    assert "Chin" not in outcome.refused
    assert outcome.result.missed == {}
