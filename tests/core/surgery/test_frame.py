"""The frame of a plan is that of the landmarks it was made with."""

import numpy as np

from facewright.core.surgery.frame import frame_of
from facewright.core.surgery.plan import SurgicalPlan, point
from tests.core.surgery.faces import FRAME


def test_a_frame_comes_back_from_its_plan():
    landmarks = tuple((name, point(place)) for name, place in FRAME.landmarks.items())
    frame = frame_of(SurgicalPlan((), (), landmarks, tuple(point(row) for row in FRAME.axes)))
    np.testing.assert_allclose(frame.nose.origin, FRAME.nose.origin)
    np.testing.assert_allclose(frame.along(frame.landmarks["prn"]), [0.0, 3.0, 130.0])
