"""Leaks and seams of edits of a part, of heads and windows that are known."""

import numpy as np
import pytest
import torch

from facewright.core.parameters import Parameters
from facewright.core.parts import LOCAL_PARTS
from facewright.core.surface.cascade import Cascade
from facewright.core.surface.extraction import head_mesh
from facewright.train.evaluation.disentanglement import SeamMeter, mean_curvature, measure_leak
from facewright.train.sampling.registered import RegisteredHeads
from facewright.train.windows import TemplateWindows
from tests.core.tiny_model import tiny_model
from tests.train.ball import ball


def test_a_balls_mean_curvature_is_one_over_its_radius():
    mesh = ball(20.0)
    np.testing.assert_allclose(mean_curvature(mesh.vertices, mesh.faces.astype(np.int64)), 1 / 20.0, rtol=0.05)


def test_the_plain_swap_has_a_worse_seam_than_the_collars(heads):
    meter = SeamMeter(heads)
    own = np.mean([meter.jump("nose", head) for head in heads.neutral])
    assert own < meter.swapped("nose", collar=True) < meter.swapped("nose", collar=False)


@pytest.fixture(scope="module")
def windows(heads):
    """The windows of real heads, in the tiny model's frame."""
    return TemplateWindows(RegisteredHeads(heads, torch.device("cpu"), collar=False), tiny_model().frame)


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_windows_leave_no_leak(part, windows):
    model = tiny_model()
    leak = measure_leak(model, part, head_mesh(model, Parameters(), 16.0).vertices, windows, 1)
    assert leak.max_mm == leak.mean_mm == 0.0
    assert leak.inside_max_mm >= leak.inside_mean_mm > 0.0


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_a_model_without_windows_leaks_out_of_those_of_its_heads(part, windows):
    model = tiny_model(windows=False)
    leak = measure_leak(model, part, head_mesh(model, Parameters(), 16.0).vertices, windows, 1)
    assert leak.max_mm > 0.1


def test_a_window_of_the_heads_holds_its_part_and_not_the_others(heads, windows):
    template = heads.symmetric_mean
    own = {part: template[heads.surface.landmarks[part]] for part in LOCAL_PARTS}
    for part in LOCAL_PARTS:
        assert windows.inside(part, own[part]).mean() > 0.7
        assert not windows.inside(part, template[heads.surface.landmarks["remainder"]]).any()
    stomion = own["mouth"][2:3]
    assert not windows.inside("nose", stomion).any()


def test_points_come_back_from_the_template():
    model = tiny_model()
    cascade = Cascade(model, Parameters(remainder=(1.0,), nose=(1.0,)))
    points = head_mesh(model, Parameters(remainder=(1.0,), nose=(1.0,)), 16.0).vertices
    start = points + np.random.default_rng(0).uniform(-1.0, 1.0, points.shape).astype(np.float32)
    back = cascade.from_template(cascade.to_template(points), start)
    assert np.median(np.linalg.norm(back - points, axis=1)) < 0.3  # the mesh is off its surface by so much
