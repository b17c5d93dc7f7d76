"""A face is measured by landmarks and by markers of its skin."""

import numpy as np
import pytest

from facewright.core.anthropometry.landmarks import find_landmarks
from facewright.core.errors import Cancelled
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.surgery.fields import Warp
from facewright.core.surgery.plan import Operation, SurgicalPlan
from facewright.core.surgery.subject import Subject


@pytest.fixture(scope="module")
def model():
    return load(bundled_model())


def test_markers_lie_on_the_skin_and_move_with_it(model):
    subject = Subject(model, Parameters())
    points = np.array([subject.before.markers[name] for name in ("bone_l", "bone_r", "tip_l", "dome_r", "rim_l", "c")])
    assert abs(model.field(Parameters()).distance(points)).max() < 0.1
    moved = subject.face({"bony_width": 1.0}).markers
    assert moved["bone_l"][0] - subject.before.markers["bone_l"][0] == pytest.approx(1.0, abs=0.15)
    assert (moved["tip_l"] == subject.before.markers["tip_l"]).all()


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
    warp = Warp(subject.frame, strengths)
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


def test_a_subject_is_cancelled(model):
    with pytest.raises(Cancelled):
        Subject(model, Parameters(), cancelled=lambda: True)
