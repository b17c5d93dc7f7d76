"""Zones of a head in words."""

import numpy as np
import torch

from facewright.core.model.model_file import bundled_model, load
from facewright.core.parameters import Parameters
from facewright.core.surface.cascade import Cascade
from facewright.core.zones import Zones, named_points
from tests.core.tiny_model import tiny_model


def test_the_bundled_models_landmarks_lie_in_the_zones_that_they_name():
    model, head = load(bundled_model(), torch.device("cpu")), Parameters(remainder=(1.0, -1.0))
    expected = {
        "prn": "nose", "ls": "mouth", "gn": "chin", "go_l": "jaw", "cheek_r": "cheek", "forehead": "forehead",
        "t_r": "ear", "sa_l": "ear", "neck_l": "neck", "v": "skull",
    }  # fmt: skip
    points = named_points(model)
    template = np.stack([points[name] for name in expected]).astype(np.float32)
    there = Cascade(model, head).from_template(template, template)
    assert list(Zones(model, head).of(there)) == list(expected.values())


def test_a_model_without_landmarks_has_parts_all_the_same():
    model = tiny_model()
    zones = Zones(model, Parameters()).of(
        model.frame.to_head(np.array([[0.0, 0.0, 0.7], [0.0, 0.0, -0.7]], np.float32))
    )
    assert list(zones) == ["nose", "head"]
