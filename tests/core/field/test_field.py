import numpy as np
import pytest
import torch

from facewright.core.field.workers import CHUNK
from facewright.core.network.jet import Jet
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, LOCAL_PARTS
from tests.core.tiny_model import tiny_model

POINTS = np.random.default_rng(0).uniform(-130, 130, (CHUNK + 500, 3)).astype(np.float32)


def test_a_points_distance_does_not_depend_on_the_points_asked_with_it():
    field = tiny_model().field(Parameters(nose=(1.0,)))
    whole = field.distance(POINTS)
    shuffled = np.random.default_rng(1).permutation(len(POINTS))
    assert (field.distance(POINTS[shuffled]) == whole[shuffled]).all()
    assert (field.distance(POINTS[7:8]) == whole[7:8]).all()


@pytest.mark.parametrize("part", LOCAL_PARTS)
def test_a_part_moves_nothing_outside_its_window(part):
    model = tiny_model()
    mean, moved = model.field(Parameters()), model.field(Parameters().with_value(part, 0, 3.0))
    outside = mean.window(part, POINTS) == 0.0
    difference = mean.distance(POINTS) != moved.distance(POINTS)
    assert difference.any()
    assert not difference[outside].any()


@pytest.mark.parametrize("code", CODES)
def test_points_stopped_before_a_stage_go_on_to_the_same_distance(code):
    field = tiny_model().field(Parameters(nose=(1.0,), eyes=(-1.0,), expression=(2.0,)))
    traced = field.trace(field.states(POINTS, code), code)
    assert (traced.distance == field.distance(POINTS)).all()
    for part, inside in traced.inside.items():
        assert (inside == (field.window(part, POINTS) > 0.0)).all()
        assert (inside == field.inside(field.states(POINTS, part), part)).all()
    assert tuple(traced.inside) == tuple(part for part in LOCAL_PARTS if CODES.index(part) >= CODES.index(code))


@pytest.mark.parametrize("windows", [True, False])
def test_distance_is_the_networks(windows):
    model = tiny_model(windows)
    parameters = Parameters(mouth=(2.0,), eyes=(-1.0,), remainder=(1.0,))
    points = POINTS[:1000]
    with torch.inference_mode():
        network_points = torch.from_numpy(model.frame.to_network(points))[None]
        stages = model.network.condition(model.codes(parameters))
        expected = model.network(Jet.points(network_points, derivatives=False), stages).value[0, :, 0]
    distance = model.field(parameters).distance(points)
    np.testing.assert_allclose(distance, expected * model.frame.radius_mm, atol=1e-3)


def test_the_remainder_has_no_window():
    assert (tiny_model().field(Parameters()).window("remainder", POINTS[:10]) == 1.0).all()


def test_distance_is_in_millimetres_and_negative_inside():
    field = tiny_model().field(Parameters())
    inside, far = field.distance(np.array([[0.0, 10.0, -5.0], [0.0, 10.0, 140.0]], np.float32))
    assert inside < -50.0
    assert far > 20.0
