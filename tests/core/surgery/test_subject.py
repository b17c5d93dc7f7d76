"""A face is measured by landmarks and by markers of its skin."""

import numpy as np
import pytest

from facewright.core.errors import Cancelled
from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.surgery.subject import Subject


def test_markers_lie_on_the_skin_and_move_with_it():
    model = load(bundled_model())
    subject = Subject(model, Parameters())
    points = np.array([subject.before.markers[name] for name in ("bone_l", "bone_r", "tip_l", "dome_r", "rim_l", "c")])
    assert abs(model.field(Parameters()).distance(points)).max() < 0.1
    moved = subject.face({"bony_width": 1.0}).markers
    assert moved["bone_l"][0] - subject.before.markers["bone_l"][0] == pytest.approx(1.0, abs=0.15)
    assert (moved["tip_l"] == subject.before.markers["tip_l"]).all()


def test_a_subject_is_cancelled():
    with pytest.raises(Cancelled):
        Subject(load(bundled_model()), Parameters(), cancelled=lambda: True)
