"""The frame of a plan is that of the landmarks it was made with."""

import numpy as np

from facewright.core.surgery.frame import SurgicalFrame, frame_of
from facewright.core.surgery.plan import SurgicalPlan, point
from tests.core.surgery.faces import FRAME


def test_a_frame_comes_back_from_its_plan():
    landmarks = tuple((name, point(place)) for name, place in FRAME.landmarks.items())
    frame = frame_of(SurgicalPlan((), (), landmarks, tuple(point(row) for row in FRAME.axes)))
    np.testing.assert_allclose(frame.nose.origin, FRAME.nose.origin)
    np.testing.assert_allclose(frame.along(frame.landmarks["prn"]), [0.0, 3.0, 130.0])


def test_an_ala_that_stands_lower_and_further_forward_leans_no_nose_over():
    """On a fitted scan one stood 4 mm out of line: the nose leant by 8°, and nasion was 6 mm beside its middle."""
    landmarks = {**FRAME.landmarks, "al_l": FRAME.landmarks["al_l"] + [0.0, -4.0, 4.0]}
    nose = SurgicalFrame(landmarks, FRAME.axes).nose
    np.testing.assert_allclose(nose.axes, FRAME.nose.axes, atol=1e-9)
    np.testing.assert_allclose(nose.at["n"], FRAME.nose.at["n"], atol=1e-9)
