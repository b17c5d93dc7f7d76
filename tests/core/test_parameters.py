import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.core.parameters import LIMIT, Parameters, parse_assignments
from facewright.core.parts import CodeName
from facewright.core.sculpt.dabs import dab
from facewright.core.surgery.plan import NO_PLAN, Operation

COMPONENTS: dict[CodeName, int] = {"expression": 4, "nose": 3, "eyes": 3, "mouth": 3, "remainder": 5}


def test_trailing_zeros_make_no_difference():
    assert Parameters(nose=(1.0, 0.0, 0.0)) == Parameters(nose=(1.0,))
    assert Parameters().with_value("nose", 2, 0.0) == Parameters()
    assert hash(Parameters(nose=(0.0,))) == hash(Parameters())


def test_a_value_set_is_read_back_and_the_rest_stays():
    head = Parameters(nose=(1.0, 2.0), mouth=(0.5,)).with_value("nose", 4, -3.0)
    assert head.code("nose") == (1.0, 2.0, 0.0, 0.0, -3.0)
    assert head.value("nose", 4) == -3.0
    assert head.value("nose", 9) == 0.0
    assert head.mouth == (0.5,)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), LIMIT + 0.1, -LIMIT - 0.1])
def test_a_value_that_is_no_head_is_refused(value):
    with pytest.raises(FacewrightError, match=r"eyes\.2 .* out of range"):
        Parameters(eyes=(0.0, value))


def test_random_draws_stay_within_three_sigma_and_follow_the_seed():
    draw = [Parameters().with_random("nose", 500, np.random.default_rng(3)) for _ in range(2)]
    assert draw[0] == draw[1]
    values = np.array(draw[0].nose)
    assert np.abs(values).max() <= 3.0
    assert values.std() == pytest.approx(1.0, abs=0.1)


def test_assignments_count_components_from_one():
    assert parse_assignments(["nose.1=3", "expression.4=-1.5"], COMPONENTS) == Parameters(
        nose=(3.0,), expression=(0.0, 0.0, 0.0, -1.5)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ear.1=2", "is not a setting"),
        ("nose=2", "is not a setting"),
        ("nose.x=2", "is not a setting"),
        ("nose.1=", "is not a setting"),
        ("nose.0=2", "does not exist"),
        ("nose.4=2", "components 1 to 3"),
        ("nose.1=big", "is not a number"),
        ("nose.1=nan", "out of range"),
        ("nose.1=99", "out of range"),
    ],
)
def test_a_bad_assignment_is_refused_in_one_sentence(text, message):
    with pytest.raises(FacewrightError, match=message):
        parse_assignments([text], COMPONENTS)


def test_over_another_head_it_has_what_was_done_to_that_one_unless_it_has_its_own():
    plan, other_plan = (NO_PLAN.with_operation(Operation("dorsum", mm)) for mm in (-2.0, 1.0))
    work, other_work = ((dab((0.0, 0.0, 90.0), (0.0, 0.0, mm), 9.0),) for mm in (1.0, 2.0))
    other = Parameters(nose=(1.0, 2.0), plan=other_plan, dabs=other_work)
    assert Parameters(nose=(0.0, 3.0)).over(other) == Parameters(nose=(1.0, 3.0), plan=other_plan, dabs=other_work)
    own = Parameters(plan=plan, dabs=work).over(other)
    assert (own.code("nose"), own.plan, own.dabs) == ((1.0, 2.0), plan, work)


def test_on_the_way_to_another_head_the_ends_are_exact():
    head, other = Parameters(nose=(1.0,), eyes=(0.5,)), Parameters(nose=(0.0, 2.0))
    assert head.toward(other, "nose", 0.25) == Parameters(nose=(0.75, 0.5), eyes=(0.5,))
    assert head.toward(other, "nose", 0.0) == head
    assert head.toward(other, "nose", 1.0).nose == other.nose
