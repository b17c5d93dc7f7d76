"""What the kernels read, unpacked again by a plain loop, against the layers that were packed."""

import itertools

import numpy as np
import pytest
import torch

from facewright.core.field.packed import (
    OUTPUTS,
    FieldPacker,
    Unplaced,
    field_packer,
    matrices,
    packed,
    window_numbers,
    with_half_turns,
)
from facewright.core.network.hypernet import HyperNet
from facewright.core.network.layers import layer_shapes
from facewright.core.network.window import Window
from tests.core.tiny_model import tiny_model

RNG = np.random.default_rng(0)


def layers(*sizes):
    pairs = itertools.pairwise(sizes)
    return [
        (RNG.standard_normal((i, o)).astype(np.float32), RNG.standard_normal(o).astype(np.float32)) for i, o in pairs
    ]


def unpacked(mlp):
    """Weight (C, D) and bias (D,) of each layer, read number by number."""
    found = []
    for inputs, outputs, start in mlp.table.tolist():
        weight = np.empty((inputs, outputs), np.float32)
        for i in range(inputs):
            for o in range(outputs):
                weight[i, o] = mlp.numbers[start + (o // OUTPUTS * inputs + i) * OUTPUTS + o % OUTPUTS]
        found.append((weight, mlp.numbers[start + inputs * outputs :][:outputs]))
    return found


@pytest.mark.parametrize("sizes", [(3, 8, 8, 4), (3, 7, 5, 1), (3, 1, 2)])
def test_layers_come_back_and_what_fills_a_pack_is_0(sizes):
    mlp = layers(*sizes)
    for (weight, bias), (own, shift) in zip(mlp, unpacked(packed(mlp)), strict=True):
        inputs, outputs = weight.shape
        np.testing.assert_array_equal(own[:inputs, :outputs], weight)
        np.testing.assert_array_equal(shift[:outputs], bias)
        assert not own[inputs:].any()
        assert not own[:, outputs:].any()
        assert not shift[outputs:].any()


def test_sines_take_half_turns():
    (weight, bias), last = layers(3, 4, 2)
    (turned, turned_bias), same = with_half_turns([(weight, bias), last])
    np.testing.assert_allclose(turned * np.pi, weight, rtol=1e-6)
    np.testing.assert_allclose(turned_bias * np.pi, bias, rtol=1e-6)
    assert same is last


def test_landmarks_are_placed_into_the_first_bias():
    mlp, landmarks, point = layers(15, 6, 3), RNG.standard_normal((5, 3)), RNG.standard_normal(3)
    weight, bias = unpacked(Unplaced.of(mlp).placed(landmarks.astype(np.float32)))[0]
    expected = (point - landmarks).reshape(-1) @ mlp[0][0] + mlp[0][1]
    np.testing.assert_allclose((point @ weight[:3] + bias)[:6], expected, atol=1e-5)


def test_a_packer_gives_what_packing_the_hypernets_layers_gives():
    net = HyperNet(5, 7, layer_shapes(15, 6, 15, 3), 30.0, True)
    with torch.no_grad():
        inner, last = net.all_heads(torch.randn(1, 5, generator=torch.Generator().manual_seed(0)))
        mlp = matrices([*net.inner_layers(inner * 30.0), net.outer_layer(last)])
        found = FieldPacker(net, 30.0)(torch.cat([inner, last], dim=1)[0].numpy())
    landmarks = RNG.standard_normal((5, 3)).astype(np.float32)
    for own, expected in zip(found.placed(landmarks), Unplaced.of(with_half_turns(mlp)).placed(landmarks), strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-5)


def test_stages_of_the_same_sizes_share_a_packer():
    network = tiny_model().network
    assert field_packer(network.stage("nose")) is field_packer(network.stage("mouth"))
    assert field_packer(network.stage("nose")) is not field_packer(network.stage("remainder"))


def test_a_windows_row_maps_into_its_own_frame_and_holds_its_extent():
    window = Window()
    window.get_buffer("extent").copy_(torch.tensor([0.125, -0.5, 0.25]))
    turn = np.linalg.qr(RNG.standard_normal((3, 3)))[0]
    graft = np.column_stack([turn, RNG.standard_normal(3)])
    [row] = window_numbers([window], torch.tensor(graft[None]).float())
    point = RNG.standard_normal(3)
    plane = window.get_buffer("to_plane").numpy()
    expected = plane[:, :3] @ (graft[:, :3] @ point + graft[:, 3]) + plane[:, 3]
    np.testing.assert_allclose(row[:12].reshape(3, 4) @ [*point, 1.0], expected, atol=1e-5)
    np.testing.assert_allclose(row[12:15], [8.0, -0.125, 0.375])
    assert row[-1] >= window.cylinder()[0] ** 2
