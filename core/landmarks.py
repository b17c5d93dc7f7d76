"""Where the landmarks that carry the local fields lie on a head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from core.parts import CODES

if TYPE_CHECKING:
    import numpy as np

    from core.head_model import HeadModel
    from core.parameters import Parameters
    from core.parts import CodeName

_STEPS = 30
_CLOSE_MM = 0.01


@torch.inference_mode()
def stage_landmarks(model: HeadModel, parameters: Parameters) -> dict[CodeName, np.ndarray]:
    """The landmarks (5, 3) float32 of every stage on a head, mm, head frame, as the model predicts them.

    A stage's landmarks lie in the space that it reads; the stages before it are undone by fixed-point iteration
    on p = goal − (states(p) − p), which converges since they move neighbouring points alike. It ends within a
    hundredth of a millimetre, or after 30 steps.
    """
    field = model.field(parameters)
    predicted = model.network.landmarks(model.codes(parameters))
    landmarks = {}
    for code in CODES:
        goal = model.frame.to_head(predicted[code][0].cpu().numpy())
        points = goal
        for _ in range(_STEPS):
            residual = goal - model.frame.to_head(field.states(points, code))
            points = points + residual
            if abs(residual).max() < _CLOSE_MM:
                break
        landmarks[code] = points
    return landmarks
