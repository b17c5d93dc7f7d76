"""A face is measured by landmarks and by markers of its skin."""

import numpy as np
import pytest

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.anthropometry.own_face import OwnFace
from facewright.core.errors import Cancelled
from facewright.core.parameters import Parameters
from facewright.core.surgery.fields import PlanWarp
from facewright.core.surgery.plan import Operation, SurgicalPlan
from facewright.core.surgery.subject import Subject, _within
from tests.core.people import people


@pytest.fixture(scope="module")
def model():
    return people()


def test_markers_lie_on_the_skin_and_move_with_it(model):
    subject = Subject(model, Parameters())
    points = np.array([subject.before.markers[name] for name in ("bone_l", "bone_r", "tip_l", "dome_r", "rim_l")])
    assert abs(model.field(Parameters()).distance(points)).max() < 0.1
    moved = subject.face({"bony_width": 1.0}).markers
    assert moved["bone_l"][0] - subject.before.markers["bone_l"][0] == pytest.approx(1.0, abs=0.15)
    assert (moved["tip_l"] == subject.before.markers["tip_l"]).all()


def test_markers_of_a_tip_that_does_not_reach_so_far_are_further_back():
    def ball(points):
        return np.linalg.norm(points, axis=1) - 10.0

    starts = np.array([[0.0, 2.0, 15.0], [0.0, 2.0, 9.0]])
    begun = _within(ball, starts, np.array([0.0, 0.0, -1.0]))
    np.testing.assert_array_equal(begun, [[0.0, 2.0, 8.5], [0.0, 2.0, 9.0]])


def test_a_face_that_was_measured_is_not_measured_again(model):
    subject = Subject(model, Parameters())
    assert subject.face({}) is subject.before
    first = subject.face({"dorsum": -1.0})
    assert subject.face({"dorsum": -1.0, "radix": 0.0}) is first


def test_a_landmark_whose_skin_stays_is_where_it_was(model):
    """A hump that goes and a tip that turns change the bends about n and sn, and not their skin."""
    subject = Subject(model, Parameters())
    strengths = {"dorsum": -2.5, "tip_rotation": 6.0}
    face, before = subject.face(strengths).landmarks.points, subject.before.landmarks.points
    warp = PlanWarp(subject.frame, strengths)
    shifts = warp.shift(np.stack(list(before.values())))
    moving = {name for name, shift in zip(before, shifts, strict=True) if shift.any()}
    assert "prn" in moving
    assert not moving & {"n", "sn"}
    for name in before.keys() - moving:
        np.testing.assert_array_equal(face[name], before[name], err_msg=name)
    plan = SurgicalPlan(
        (Operation("dorsum", -2.5), Operation("tip_rotation", 6.0)),
        tuple(sorted(strengths.items())),
        tuple((name, tuple(point.tolist())) for name, point in subject.frame.landmarks.items()),
        tuple(tuple(row.tolist()) for row in subject.frame.axes),
    )
    planned = find_landmarks(model, Parameters().with_plan(plan)).points
    for name in ("n", "sn", "prn", "al_l"):
        np.testing.assert_allclose(planned[name], face[name], atol=0.02, err_msg=name)


def test_a_landmark_slides_no_further_than_its_skin_is_moved(model):
    """A trace of an operation must not let a landmark go to where it would be sought anew."""
    subject = Subject(model, Parameters())
    strengths = {"dorsum": -2.5, "radix": 1e-3, "alar_base": 1e-3, "columella": 1e-3, "chin_projection": 1e-3}
    face, before = subject.face(strengths).landmarks.points, subject.before.landmarks.points
    for name in ("n", "sn", "al_l", "al_r", "pg", "gn", "ls"):
        np.testing.assert_allclose(face[name], before[name], atol=0.01, err_msg=name)


def test_a_landmark_that_may_not_slide_stays_on_the_skin(model):
    """The middle of an advanced chin is lower; held at its height, pogonion is as far forward as the skin there."""
    subject = Subject(model, Parameters())
    before = subject.before.landmarks.points["pg"]
    for amount in (4.0, -4.0):
        after = subject.face({"chin_projection": amount}).landmarks.points["pg"]
        assert subject.frame.along(after - before)[2] == pytest.approx(amount, abs=0.1)


def test_operations_are_planned_on_the_patients_own_surface(model):
    """Of a patient whose nose is higher than the head that was fitted, the nose of the scan is operated on."""
    head = Subject(model, Parameters())
    skin = head.surface.vertices
    higher = PlanWarp(head.frame, {"tip_projection": 1.5})
    own = OwnFace.of(model, Parameters(), higher.moved(skin))
    subject = Subject(model, Parameters(), scan=own)
    tip, moved = (np.asarray(face.landmarks.points["prn"]) for face in (subject.before, head.face(higher.strengths)))
    np.testing.assert_allclose(tip, moved, atol=0.25)
    warp = PlanWarp(subject.frame, {"tip_projection": 2.0})
    plan = SurgicalPlan(
        (Operation("tip_projection", 2.0),),
        (("tip_projection", 2.0),),
        tuple((name, tuple(point.tolist())) for name, point in subject.frame.landmarks.items()),
        tuple(tuple(row.tolist()) for row in subject.frame.axes),
    )
    scan = own._replace(points=warp.moved(own.points))
    table = find_landmarks(model, Parameters().with_plan(plan), scan=scan).points
    after = subject.face(warp.strengths).landmarks.points
    for name in ("n", "sn", "prn", "al_l", "c'"):
        np.testing.assert_allclose(table[name], after[name], atol=0.03, err_msg=name)


def test_a_subject_is_cancelled(model):
    with pytest.raises(Cancelled):
        Subject(model, Parameters(), cancelled=lambda: True)
