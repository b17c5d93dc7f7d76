"""A mirrored plan does to the mirror image what the plan does to the face."""

import numpy as np
import pytest

from facewright.core.surgery.fields import SHIFTS, plan_warp
from facewright.core.surgery.mirror import mirrored, symmetric
from facewright.core.surgery.plan import NO_PLAN, Operation, SurgicalPlan, point
from tests.core.surgery.faces import FRAME

MIRROR = np.array([-1.0, 1.0, 1.0])
SPACE = np.random.default_rng(0).uniform((-40.0, -90.0, 80.0), (40.0, 60.0, 150.0), (5000, 3))


def plan_of(*keys, landmarks=FRAME.landmarks, axes=FRAME.axes):
    points = sorted((name, point(place)) for name, place in landmarks.items())
    operations = tuple(Operation(key, 3.0) for key in keys)
    strengths = tuple((key, 2.5) for key in sorted(keys))
    return SurgicalPlan(operations, strengths, tuple(points), tuple(point(row) for row in axes))


@pytest.mark.parametrize("key", SHIFTS)
def test_the_mirrored_displacement_is_that_of_mirrored_points(key):
    plan = plan_of(key)
    there = plan_warp(mirrored(plan)).shift(SPACE * MIRROR)
    np.testing.assert_allclose(there, plan_warp(plan).shift(SPACE) * MIRROR, atol=1e-9)
    assert np.abs(there).max() > 0.5


def leaning():
    """A face turned by 10° about an axis out of it, with one ala lower than the other."""
    cos, sin = np.cos(np.radians(10.0)), np.sin(np.radians(10.0))
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    landmarks = {**FRAME.landmarks, "al_l": FRAME.landmarks["al_l"] + [1.0, -2.0, 0.5]}
    return plan_of("tip_deviation", "dorsum", landmarks={n: p @ turn for n, p in landmarks.items()}, axes=turn)


def test_a_plan_of_a_face_that_leans_is_mirrored_with_it():
    plan = leaning()
    image = mirrored(plan)
    assert mirrored(image) == plan
    assert [each.amount for each in image.operations] == [-3.0, 3.0]
    np.testing.assert_allclose(dict(image.landmarks)["al_r"], dict(plan.landmarks)["al_l"] * MIRROR)
    assert np.linalg.det(np.array(image.axes)) == pytest.approx(1.0)
    off = plan_warp(image).shift(SPACE * MIRROR) - plan_warp(plan).shift(SPACE) * MIRROR
    assert np.abs(off).max() < 0.1  # the height of the left ala counts for both sides


def test_a_symmetric_plan_is_its_own_mirror_image_and_has_nothing_to_one_side():
    even = symmetric(leaning())
    image = mirrored(even)
    assert [each.key for each in even.operations] == ["dorsum"]
    assert even.strengths == image.strengths == (("dorsum", 2.5),)
    for (name, place), (other, there) in zip(even.landmarks, image.landmarks, strict=True):
        if name != "ex_l":  # which has no twin here
            assert name == other
            np.testing.assert_allclose(place, there, atol=1e-12)
    np.testing.assert_allclose(np.array(even.axes) @ np.array(even.axes).T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(even.axes, image.axes, atol=1e-12)


def test_plans_without_a_face_or_without_operations_stay():
    plan = SurgicalPlan((Operation("bony_deviation", 2.0, on=False), Operation("radix", 1.0)))
    assert mirrored(plan).operations == (Operation("bony_deviation", -2.0, on=False), Operation("radix", 1.0))
    assert symmetric(plan) == SurgicalPlan((Operation("radix", 1.0),))
    assert symmetric(plan_of("tip_deviation")) == NO_PLAN
    assert mirrored(NO_PLAN) == symmetric(NO_PLAN) == NO_PLAN
