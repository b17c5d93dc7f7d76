"""What carries operations out: its landmark moves by its strength, and nothing beyond its window moves at all."""

from dataclasses import replace

import numpy as np
import pytest

from facewright.core.surgery.fields import SHIFTS, PlanWarp, tried
from facewright.core.surgery.plan import NO_PLAN, Operation
from tests.core.surgery.faces import FRAME, PLAN

MARK = {
    "radix": "n", "tip_deviation": "prn", "tip_projection": "prn", "columella": "c'", "chin_projection": "pg",
    "chin_height": "gn", "lip_projection": "ls", "lip_height": "ls", "alar_base": "al_l",
}  # fmt: skip
NOSE = ["radix", "tip_rotation", "tip_projection", "tip_deviation", "dorsum", "bony_width", "columella", "alar_rim"]
SPACE = np.random.default_rng(0).uniform((-60.0, -110.0, 60.0), (60.0, 90.0, 150.0), (20000, 3))


@pytest.mark.parametrize("key", MARK)
def test_the_landmark_moves_by_the_strength(key):
    shift = PlanWarp(FRAME, {key: 1.7}).shift(FRAME.landmarks[MARK[key]][None])
    assert np.linalg.norm(shift) == pytest.approx(1.7, abs=1e-6)


@pytest.mark.parametrize("key", SHIFTS)
def test_points_outside_the_window_keep_every_bit(key):
    points = SPACE.astype(np.float32)
    far = np.abs(points[:, 0]) > 45.0
    moved = PlanWarp(FRAME, {key: 4.0}).moved(points)
    assert moved.dtype == np.float32
    assert (moved[far] == points[far]).all()
    assert (moved != points).any()


@pytest.mark.parametrize("key", NOSE)
def test_operations_of_the_nose_leave_eyes_lips_brow_and_chin(key):
    held = np.stack([FRAME.landmarks[name] for name in ("en_l", "ex_l", "g", "ls", "pg", "gn", "sto")])
    assert not PlanWarp(FRAME, {key: 5.0}).shift(held).any()


@pytest.mark.parametrize("key", ["tip_rotation", "tip_projection", "tip_deviation", "columella", "dorsum"])
def test_nasion_and_subnasale_stay_when_the_tip_moves(key):
    held = np.stack([FRAME.landmarks[name] for name in ("n", "sn")])
    np.testing.assert_allclose(PlanWarp(FRAME, {key: 4.0}).shift(held), 0.0, atol=1e-9)


def test_what_was_moved_is_undone():
    warp = PlanWarp(FRAME, {"tip_rotation": 4.0, "dorsum": -2.0, "chin_projection": 4.0, "alar_base": -1.0})
    face = SPACE[SPACE[:, 2] < FRAME.landmarks["prn"][2] + 1.0]
    np.testing.assert_allclose(warp.undone(warp.moved(face)), face, atol=5e-3)


def test_displacements_add_up_and_grow_with_their_strengths():
    both = PlanWarp(FRAME, {"dorsum": -2.0, "tip_projection": 1.0}).shift(SPACE)
    apart = PlanWarp(FRAME, {"dorsum": -1.0}).shift(SPACE) * 2.0 + PlanWarp(FRAME, {"tip_projection": 1.0}).shift(SPACE)
    np.testing.assert_allclose(both, apart, atol=1e-9)


@pytest.mark.parametrize(
    ("key", "place", "axis"),
    [("bony_width", (0.5, 0.76, 0.5), 0), ("bony_width", (0.44, 0.7, 0.5), 0), ("alar_base", (1.05, 0.1, 0.1), 0)],
)
def test_walls_and_alae_move_alike_wherever_they_stand(key, place, axis):
    nose = FRAME.nose
    sides = np.stack(
        [nose.point(np.array([sign * place[0] * nose.half, place[1], place[2] * nose.tip])) for sign in (1, -1)]
    )
    shift = PlanWarp(FRAME, {key: -1.5}).shift(sides) @ nose.axes[axis]
    expected = 1.5 if key == "alar_base" else 1.5 * (1.0 - ((place[1] - 0.76) / 0.38) ** 2) ** 3
    np.testing.assert_allclose(shift, [-expected, expected], rtol=2e-3)


def test_the_chin_moves_whole_about_pogonion_and_gnathion():
    marks = FRAME.landmarks
    middle = (marks["pg"] + marks["gn"]) / 2.0
    about = np.stack([marks["pg"], marks["gn"], middle, marks["pg"] + [0.0, 2.0, 0.5], marks["gn"] + [3.0, 0.0, 0.0]])
    np.testing.assert_allclose(
        PlanWarp(FRAME, {"chin_projection": 5.0}).shift(about), np.tile([0.0, 0.0, 5.0], (5, 1)), atol=1e-9
    )


@pytest.mark.parametrize("key", SHIFTS)
def test_a_plan_of_a_face_is_tried_whatever_its_operation(key):
    plan = replace(PLAN, strengths=((key, 4.0),))
    assert tried(plan) is plan
    with pytest.raises(ValueError, match="lack landmarks"):
        tried(replace(plan, landmarks=()))
    with pytest.raises(ValueError, match="lack landmarks or axes"):
        tried(replace(plan, axes=()))


def test_a_plan_that_carries_out_nothing_needs_no_face():
    for plan in (NO_PLAN, NO_PLAN.with_operation(Operation("dorsum", 1.0, on=False))):
        assert tried(plan) is plan
    with pytest.raises(ValueError, match="no operation 'ears'"):
        tried(NO_PLAN.with_operation(Operation("ears", 1.0, on=False)))


def test_axes_without_a_length_are_found():
    with pytest.raises(ValueError, match="lack landmarks or axes"):
        tried(replace(PLAN, axes=((0.0, 0.0, 0.0),) * 3))
