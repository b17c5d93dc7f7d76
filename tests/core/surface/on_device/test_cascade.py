"""The network in buffers that stay where they are, in pieces and with its windows, against the network itself."""

import itertools

import numpy as np
import pytest
import torch

from facewright.core.errors import Cancelled
from facewright.core.network.jet import Jet
from facewright.core.network.window import Window
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES, LOCAL_PARTS
from facewright.core.surface.on_device.cascade import DeviceCascade
from facewright.core.surface.on_device.pieces import InPieces
from facewright.core.surface.on_device.windows import Windows
from tests.core.tiny_model import BALL, PLANES, tiny_model

ROWS = 64
HEAD = Parameters(nose=(1.0,), eyes=(-1.0,), mouth=(0.5,), remainder=(1.0,), expression=(-1.0,))
CPU = torch.device("cpu")


@pytest.fixture
def points():
    return torch.rand(16 * ROWS, 3, generator=torch.Generator().manual_seed(0)) * 1.6 - 0.8


def conditioned(head=HEAD):
    model = tiny_model()
    cascade = DeviceCascade(model.network, ROWS)
    for code, value in model.codes(head).items():
        cascade.codes[code].copy_(value)
    with torch.no_grad():
        cascade.condition()
    return model, cascade


def test_distances_are_the_networks_and_windows_are_noted(points):
    model, cascade = conditioned()
    with torch.no_grad():
        fixed = model.network.condition(model.codes(HEAD))
        expected = model.network(Jet.points(points[None], derivatives=False), fixed).value[0, :, 0]
        found = cascade.trace(points)
        for part in LOCAL_PARTS:
            held = cascade.weight(part, cascade.states(points, part))[:, 0] > 0.0
            assert held.any()
            assert torch.equal((found.inside >> CODES.index(part)) & 1 > 0, held)
    torch.testing.assert_close(found.distance, expected, atol=1e-5, rtol=0)
    assert cascade.windowed == LOCAL_PARTS


def test_a_point_is_the_same_to_the_bit_whichever_are_asked_with_it(points):
    _, cascade = conditioned()
    with torch.no_grad():
        whole = cascade.trace(points).distance
        order = torch.randperm(len(points), generator=torch.Generator().manual_seed(1))
        assert torch.equal(cascade.trace(points[order]).distance, whole[order])
        states = cascade.states(points, "nose")
        assert torch.equal(cascade.trace(states, "nose", cascade.weight("nose", states)).distance, whole)


def test_one_parts_code_alone_is_conditioned_as_all_are(points):
    model, cascade = conditioned()
    other = HEAD.with_value("mouth", 0, -2.0)
    _, expected = conditioned(other)
    cascade.codes["mouth"].copy_(model.codes(other)["mouth"])
    with torch.no_grad():
        before = cascade.trace(points).distance
        cascade.condition_part("mouth")
        after = cascade.trace(points).distance
        assert torch.equal(after, expected.trace(points).distance)
    assert not torch.equal(before, after)


def test_a_step_leads_towards_the_surface_with_normals_of_unit_length(points):
    _, cascade = conditioned()
    near = torch.nn.functional.normalize(points, dim=1) * (BALL + 0.03)
    moved, normals = cascade.onto_surface(near, 0.05)
    with torch.no_grad():
        before, after = (cascade.trace(each).distance.abs() for each in (near, moved))
    assert after.mean() < 0.2 * before.mean()
    torch.testing.assert_close(normals.norm(dim=1), torch.ones(len(near)), atol=1e-4, rtol=0)
    assert (moved - near).norm(dim=1).max() <= 0.05 + 1e-6
    assert (normals * near).sum(dim=1).min() > 0.0


def test_windows_of_a_stage_are_one_weight_as_in_the_network(points):
    stage = tiny_model().network.stage("eyes")
    turn = torch.from_numpy(np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]).float()
    graft = torch.eye(3, 4).repeat(2, 1, 1)
    graft[1, :, :3] += 0.1 * turn
    windows = Windows(stage.windows)
    with torch.no_grad():
        layer = windows.to_plane(graft)
        found = windows.weight(points @ layer.weight + layer.bias)
        each = [
            window(Jet.points(points[None], derivatives=False), graft[None, number]).value[0]
            for number, window in enumerate(stage.windows)
            if isinstance(window, Window)
        ]
    expected = 1.0 - (1.0 - each[0]) * (1.0 - each[1])
    assert len(each) == len(PLANES["eyes"]) == 2
    assert 0.0 < (found > 0.0).float().mean() < 0.5
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 100, 133])
def test_any_number_of_points_goes_in_pieces_of_few_sizes(points, count):
    sizes: list[int] = []

    def function(some):
        sizes.append(len(some))
        return some.square(), some.sum(dim=1)

    squares, sums = InPieces(function, (8, 64), CPU, None)(points[:count])
    assert torch.equal(squares, points[:count].square())
    assert torch.equal(sums, points[:count].sum(dim=1))
    assert set(sizes) <= {8, 64}


def test_pieces_stop_between_them_when_cancelled(points):
    answers = itertools.chain([False, False], itertools.repeat(True))
    done: list[int] = []

    def function(some):
        done.append(len(some))
        return (some,)

    pieces = InPieces(function, (8,), CPU, None)
    with pytest.raises(Cancelled):
        pieces(points, lambda: next(answers))
    assert len(done) == 3  # once for the shapes, then two pieces
