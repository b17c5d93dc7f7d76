"""A plan is a value: changed, reordered, switched off, packed and checked."""

import json

import pytest

from facewright.core.anthropometry.measure import BY_KEY as MEASURES
from facewright.core.anthropometry.repeatability import LEVELLED
from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.surgery.operations import OPERATIONS
from facewright.core.surgery.plan import NO_PLAN, Operation, SurgicalPlan, from_record, to_record

HUMP, TIP = Operation("dorsum", -3.0), Operation("tip_rotation", 5.0)
PLAN = SurgicalPlan((HUMP, TIP), (("dorsum", -3.1),), (("n", (0.0, 1.5, 2.0)),), ((1, 0, 0), (0, 1, 0), (0, 0, 1)))


def test_operations_are_added_changed_moved_and_taken_away():
    plan = NO_PLAN.with_operation(HUMP).with_operation(TIP)
    assert plan.operations == (HUMP, TIP)
    assert plan.with_operation(Operation("dorsum", -1.0)).operations == (Operation("dorsum", -1.0), TIP)
    assert plan.moved("tip_rotation", 0).operations == (TIP, HUMP)
    assert plan.without("dorsum").operations == (TIP,)


def test_no_operation_is_called_as_a_measurement_of_the_horizontal_that_it_is_not_measured_by():
    own = {kind.title for kind in OPERATIONS if kind.table not in LEVELLED}
    assert not own & {MEASURES[key].name for key in LEVELLED}  # not measured where a scan has no ears


def test_what_is_off_is_kept_and_not_asked_for():
    plan = PLAN.with_operation(Operation("dorsum", -3.0, on=False))
    assert plan.asked == {"tip_rotation": 5.0}
    assert len(plan.operations) == 2


def test_a_plan_comes_back_from_its_record():
    assert from_record(json.loads(json.dumps(to_record(PLAN)))) == PLAN


def test_a_head_with_a_plan_is_another_head_with_the_same_codes():
    head = Parameters(nose=(1.0,))
    operated = head.with_plan(PLAN)
    assert operated != head
    assert operated.changed_from(head) == ()
    assert operated.with_value("nose", 0, 2.0).plan == PLAN


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), 2000.0])
def test_no_number_is_beyond_any_face(amount):
    with pytest.raises(FacewrightError, match="beyond any face"):
        NO_PLAN.with_operation(Operation("dorsum", amount))


def test_no_operation_comes_twice():
    with pytest.raises(FacewrightError, match="twice"):
        SurgicalPlan((HUMP, HUMP))
