"""A face is measured by landmarks and by markers of its skin."""

import numpy as np
import pytest

from facewright.core.errors import Cancelled
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
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


def test_a_subject_is_cancelled(model):
    with pytest.raises(Cancelled):
        Subject(model, Parameters(), cancelled=lambda: True)
