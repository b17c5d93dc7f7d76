"""HyperNets, layers and stages side by side against a plain loop over heads, stages and landmarks."""

import copy
import itertools
import math

import pytest
import torch

from facewright.core.network.hypernet import HyperNet
from facewright.core.network.jet import Jet
from facewright.core.network.layers import (
    Layer,
    layer_shapes,
    on_points,
    relu_mlp,
    sine_mlp,
    siren_bound,
    split_heads,
    with_frequency,
)
from facewright.core.network.side_by_side import SideBySide
from facewright.core.parts import CODE_SIZES, LANDMARKS_PER_STAGE
from tests.core.tiny_model import tiny_model

SHAPES = layer_shapes(6, 8, 3, 3)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def layers(generator, heads=2, sizes=SHAPES):
    return [
        Layer(torch.randn(heads, i, o, generator=generator) / i, torch.randn(heads, o, generator=generator))
        for i, o in sizes
    ]


def plain_mlp(points, mlp):
    """Sines between layers, one head and one point after the other."""
    rows = []
    for head in range(len(points)):
        for point in points[head]:
            x = point
            for number, (weight, bias) in enumerate(mlp):
                x = x @ weight[head] + bias[head]
                x = x.sin() if number < len(mlp) - 1 else x
            rows.append(x)
    return torch.stack(rows).view(*points.shape[:2], -1)


def test_an_mlp_is_its_layers_one_after_the_other(generator):
    assert SHAPES == [(6, 8), (8, 8), (8, 3)]
    mlp, points = layers(generator), torch.randn(2, 4, 6, generator=generator)
    torch.testing.assert_close(sine_mlp(Jet.points(points, derivatives=False), mlp).value, plain_mlp(points, mlp))


def test_the_frequency_is_of_every_layer_that_a_sine_follows(generator):
    mlp = layers(generator)
    fast = with_frequency(mlp, 7.0)
    x = torch.randn(2, 4, 6, generator=generator)
    for (weight, bias), (own, shift) in itertools.islice(zip(mlp, fast, strict=True), 2):
        torch.testing.assert_close(x @ own + shift[:, None], 7.0 * (x @ weight + bias[:, None]))
        x = torch.sin(x @ own + shift[:, None])
    assert fast[-1] is mlp[-1]


def test_layers_on_offsets_from_landmarks_are_folded_into_such_on_points(generator):
    count = LANDMARKS_PER_STAGE
    [layer] = layers(generator, 2, [(3 * count, 4)])
    landmarks, points = torch.randn(1, 2, count, 3, generator=generator), torch.randn(2, 7, 3, generator=generator)
    folded = on_points(Layer(layer.weight[None], layer.bias[None]), landmarks)
    offsets = (points[:, :, None] - landmarks[0][:, None]).flatten(2)
    torch.testing.assert_close(
        points @ folded.weight[0] + folded.bias[0][:, None], offsets @ layer.weight + layer.bias[:, None]
    )


def test_heads_are_split_and_what_they_share_is_everybodys(generator):
    own, shared = layers(generator, 3, [(4, 5)])[0], Layer(torch.ones(4, 5), torch.ones(5))
    first, second = split_heads([own, shared], [1, 2])
    torch.testing.assert_close(torch.cat([first[0].weight, second[0].weight]), own.weight)
    assert [len(first[0].bias), len(second[0].bias)] == [1, 2]
    assert first[1].weight is second[1].weight is shared.weight


def test_a_relu_mlp_starts_close_to_zero(generator):
    out = relu_mlp(4, 32, 3)(torch.randn(100, 4, generator=generator))
    assert 0.0 < out.abs().max() < 0.01


@pytest.mark.parametrize("direct", [False, True])
def test_a_hypernets_heads_are_linear_maps_of_what_they_read(generator, direct):
    net = HyperNet(5, 7, SHAPES, 30.0, direct)
    codes = torch.randn(2, 5, generator=generator)
    state = net.state_dict()
    for head, code in enumerate(codes):
        read = torch.relu(state["hidden.0.weight"] @ code + state["hidden.0.bias"])
        read = torch.cat([read, code]) if direct else read
        for number, (layer, shape) in enumerate(zip(net(codes), SHAPES, strict=True)):
            for kind, got, size in (("weights", layer.weight, shape), ("biases", layer.bias, shape[1:])):
                expected = state[f"{kind}.{number}.weight"] @ read + state[f"{kind}.{number}.bias"]
                torch.testing.assert_close(got[head], expected.view(size))


def test_a_hypernet_starts_as_siren_and_is_loaded_by_its_heads_names(generator):
    net, other = HyperNet(5, 7, SHAPES, 30.0, True), HyperNet(5, 7, SHAPES, 30.0, True)
    for number, (inputs, _) in enumerate(SHAPES):
        starts = net.state_dict()[f"weights.{number}.bias"]
        bound = siren_bound(inputs, 30.0, first=number == 0)
        assert 0.5 * bound < starts.abs().max() <= bound
    assert math.isclose(siren_bound(6, 30.0, first=False), 1.0 / 30.0)
    codes = torch.randn(2, 5, generator=generator)
    assert not torch.equal(net.all_heads(codes)[0], other.all_heads(codes)[0])
    other.load_state_dict(copy.deepcopy(net.state_dict()))
    for own, loaded in zip(net.all_heads(codes), other.all_heads(codes), strict=True):
        assert torch.equal(own, loaded)


def test_stages_side_by_side_are_each_stage_by_itself(generator):
    network, heads = tiny_model().network, 2
    stages = [network.stage(code) for code in network.config.stages]
    codes = [torch.randn(heads, CODE_SIZES[code], generator=generator) for code in network.config.stages]
    points = torch.rand(len(stages), heads, 9, 3, generator=generator) - 0.5
    landmarks = torch.rand(len(stages), heads, LANDMARKS_PER_STAGE, 3, generator=generator)
    with torch.no_grad():
        together = SideBySide.of(stages, codes, landmarks)
        blended = together.blended(points)
        for number, (stage, code) in enumerate(zip(stages, codes, strict=True)):
            offsets = (points[number][:, :, None] - landmarks[number][:, None]).flatten(2)
            fields = plain_mlp(offsets, with_frequency(stage.hypernet(code), stage.omega))
            blend = [Layer(*(t.expand(heads, *t.shape) for t in layer)) for layer in stage.blend_layers()]
            shares = plain_mlp(offsets, blend).softmax(dim=-1)
            expected = (shares[..., None] * fields.unflatten(-1, (LANDMARKS_PER_STAGE, -1))).sum(dim=-2)
            torch.testing.assert_close(blended[number, ..., : stage.channels], expected, atol=1e-5, rtol=1e-4)
            assert (blended[number, ..., stage.channels :] == 0.0).all()
        apart = [own.blended(points[:, [head]]) for head, own in enumerate(together.split([1, 1]))]
        torch.testing.assert_close(torch.cat(apart, dim=1), blended)
