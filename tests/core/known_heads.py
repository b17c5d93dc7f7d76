"""Heads of the tiny model, known by their own distances."""

import numpy as np
import torch

from facewright.core.network.jet import Jet
from facewright.core.objective import Target
from facewright.core.parameters import Parameters
from facewright.core.surface.extraction import head_mesh

HEADS = (
    Parameters(nose=(1.0, -1.0), remainder=(0.5, 1.0, -1.0)),
    Parameters(expression=(1.0,), mouth=(-1.5,), remainder=(-1.0,)),
)


def normals_of(model, parameters, points):
    stages = model.network.condition(model.codes(parameters))
    jet = Jet.points(torch.from_numpy(model.frame.to_network(points))[None], derivatives=True)
    gradient = model.network(jet, stages).gradient[0].numpy()
    return gradient / np.linalg.norm(gradient, axis=1, keepdims=True)


def target_of(model, heads):
    rng = np.random.default_rng(3)
    columns = []
    for parameters in heads:
        on = rng.permutation(head_mesh(model, parameters, 8.0).vertices)[:1500]
        field = model.field(parameters)
        on = on - field.distance(on)[:, None] * normals_of(model, parameters, on)
        space = (on + rng.standard_normal(on.shape) * 5.0).astype(np.float32)
        columns.append((on, normals_of(model, parameters, on), space, field.distance(space)))
    return Target(*(np.stack(arrays) for arrays in zip(*columns, strict=True)))
