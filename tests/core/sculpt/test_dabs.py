"""A brush's work as a value."""

import math

import pytest

from facewright.core.errors import FacewrightError
from facewright.core.parameters import Parameters
from facewright.core.sculpt.dabs import MOST_DABS, STEEPEST, Dab, dab, from_record, to_record


def test_a_steep_dab_goes_as_far_as_skin_does_without_folding():
    assert dab((1.0, 2.0, 3.0), (0.0, 1.0, 0.0), 10.0) == Dab((1.0, 2.0, 3.0), (0.0, 1.0, 0.0), 10.0)
    steep = dab((1.0, 2.0, 3.0), (0.0, 30.0, 40.0), 10.0)
    assert math.hypot(*steep.way) == pytest.approx(STEEPEST * 10.0, abs=1e-3)
    assert steep.way[2] / steep.way[1] == pytest.approx(4.0 / 3.0, abs=1e-3)


def test_a_record_gives_back_what_was_written_and_nothing_else_is_read():
    work = (dab((1.0, 2.0, 3.0), (0.1, -0.2, 0.3), 8.0), dab((-40.5, 0.25, 60.0), (0.0, 0.0, 0.0), 1.0))
    assert from_record(to_record(work)) == work
    steep = [0.0, 0.0, 0.0, 0.0, 0.0, 6.0, 10.0]
    for wrong in ([[1.0] * 6], [[1.0] * 6 + [math.nan]], [[1.0] * 6 + [0.5]], [[1e6] + [1.0] * 6], [steep]):
        with pytest.raises(ValueError, match=r"none of a face|not enough values"):
            from_record(wrong)
    with pytest.raises(FacewrightError, match="undo it"):
        dab((math.inf, 0.0, 0.0), (0.0, 0.0, 1.0), 5.0)
    with pytest.raises(ValueError, match="more dabs"):
        from_record(to_record(work[:1] * (MOST_DABS + 1)))


def test_a_head_with_brush_work_is_another_head_and_holds_no_more_than_can_be_dragged():
    work = (dab((1.0, 2.0, 3.0), (0.1, -0.2, 0.3), 8.0),)
    head = Parameters(nose=(1.0,)).with_dabs(work)
    assert head != Parameters(nose=(1.0,))
    assert head.bare == Parameters(nose=(1.0,))
    assert head.with_value("nose", 0, 2.0).dabs == work
    with pytest.raises(FacewrightError, match="clear the brush work"):
        head.with_dabs(work * (MOST_DABS + 1))


def test_mirrored_twice_a_dab_is_itself():
    one = dab((1.0, 2.0, 3.0), (0.1, -0.2, 0.3), 8.0)
    assert one.mirrored == Dab((-1.0, 2.0, 3.0), (-0.1, -0.2, 0.3), 8.0)
    assert one.mirrored.mirrored == one
