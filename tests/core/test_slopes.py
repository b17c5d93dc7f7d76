"""How points move with a code, against heads themselves."""

import numpy as np

from facewright.core.parameters import Parameters
from facewright.core.slopes import slopes
from facewright.core.surface.cascade import Cascade
from tests.core.tiny_model import PLANES, tiny_model


def test_slopes_are_how_points_of_the_template_go_from_head_to_head():
    model, head = tiny_model(), Parameters(nose=(0.5,), remainder=(0.3, -0.2))
    template = model.frame.to_head(np.array([PLANES["nose"][0], PLANES["mouth"][0]], np.float32))
    points = Cascade(model, head).inverse(template, template)
    moves = slopes(model, head, "nose", points)
    assert moves.shape == (2, 3, 3)
    np.testing.assert_allclose(moves[1], 0.0, atol=1e-5)  # the mouth is out of the nose's window
    for index in range(3):
        there = head.with_value("nose", index, head.value("nose", index) + 0.1)
        way = Cascade(model, there).inverse(template, points) - points
        np.testing.assert_allclose(moves[:, :, index], way / 0.1, atol=0.03)
