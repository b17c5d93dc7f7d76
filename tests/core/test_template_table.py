"""The table of SDFNet: its samples are the network's, and between them little is lost."""

import numpy as np
import pytest

from facewright.core.parameters import Parameters
from facewright.core.parts import LOCAL_PARTS
from facewright.core.surface.template_table import BAND_MM, HEAD_STEPS, PART_STEPS, SPACING_MM
from tests.core.tiny_model import BALL, FRAME, PLANES, tiny_model


@pytest.fixture(scope="module")
def field():
    field = tiny_model().field(Parameters(nose=(1.0,), remainder=(1.0,)))
    field.prepare()
    return field


def off_mm(field, states):
    return np.abs(field.trace(states, "remainder", draft=True).distance - field.trace(states, "remainder").distance)


def on_ball(rng, count):
    """Points on the template and a little beside it, network frame."""
    points = rng.normal(size=(count, 3))
    radius = BALL + rng.uniform(-0.5, 0.5, (count, 1)) * BAND_MM / FRAME.radius_mm
    return (points / np.linalg.norm(points, axis=1, keepdims=True) * radius).astype(np.float32)


def test_near_the_surface_little_is_lost_and_least_about_the_parts(field):
    points = on_ball(np.random.default_rng(0), 4000)
    off = off_mm(field, points)
    assert 0.0 < off.mean() < 2e-4
    assert off.max() < 1e-2  # where the last stage carries a point out of the band
    about = np.any(
        [np.linalg.norm(points - plane, axis=1) < 0.1 for part in LOCAL_PARTS for plane in PLANES[part]], axis=0
    )
    assert off[about].mean() < 0.7 * off[~about].mean()
    assert PART_STEPS > HEAD_STEPS


def test_everywhere_else_the_error_is_small_against_the_distance(field):
    points = np.random.default_rng(1).uniform(-0.99, 0.99, (4000, 3)).astype(np.float32)
    far = np.abs(np.linalg.norm(points, axis=1) - BALL) > 2.0 * SPACING_MM / FRAME.radius_mm
    assert off_mm(field, points[far]).max() < 1.0


def test_beyond_the_table_the_network_is_asked(field):
    points = np.random.default_rng(2).uniform(1.2, 1.6, (50, 3)).astype(np.float32)
    assert not off_mm(field, points).any()
    assert not off_mm(field, -points).any()
