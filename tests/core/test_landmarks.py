"""Landmarks carried back from the space that their stage reads to the head."""

from __future__ import annotations

import numpy as np

from core.landmarks import stage_landmarks
from core.parameters import Parameters
from core.parts import CODES
from tests.core.tiny_model import tiny_model


def test_the_stages_before_carry_a_heads_landmarks_to_what_the_model_predicts() -> None:
    model, parameters = tiny_model(), Parameters(expression=(1.0,), nose=(1.0,), remainder=(0.5,))
    found, field = stage_landmarks(model, parameters), model.field(parameters)
    predicted = model.network.landmarks(model.codes(parameters))
    assert tuple(found) == CODES
    for code in CODES:
        goal = model.frame.to_head(predicted[code][0].detach().numpy())
        np.testing.assert_allclose(model.frame.to_head(field.states(found[code], code)), goal, atol=0.02)
