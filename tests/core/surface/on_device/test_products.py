"""Products of many rows, against those of few."""

import pytest
import torch

from facewright.core.network.layers import Layer
from facewright.core.surface.on_device import products as module
from facewright.core.surface.on_device.products import Products

ROWS = 32
CPU = torch.device("cpu")


@pytest.fixture
def drawn():
    random = torch.Generator().manual_seed(3)
    x, weight, bias = (torch.randn(shape, generator=random) for shape in [(8 * ROWS, 5), (5, 7), (7,)])
    return x.requires_grad_(), Layer(weight, bias)


@pytest.fixture
def tried():
    products = Products(ROWS, CPU)
    products._is_tried = True  # as on a GPU
    return products


def test_a_product_and_its_derivative_are_those_of_autograd(drawn, tried):
    x, layer = drawn
    for products in (Products(ROWS, CPU), tried):
        out = products.of(x, layer)
        (found,) = torch.autograd.grad(out.square().sum(), x)
        expected = x @ layer.weight + layer.bias
        torch.testing.assert_close(out, expected)
        torch.testing.assert_close(found, torch.autograd.grad(expected.square().sum(), x)[0])


def test_bits_are_those_of_pieces_whatever_the_device_does_with_all_at_once(drawn, tried, monkeypatch):
    x, layer = drawn
    expected = Products(ROWS, CPU).of(x, layer)
    assert torch.equal(tried.of(x, layer), expected)
    multiplied = module.multiplied

    def otherwise(x, weight, bias, rows):  # a library that adds in another order where there are more rows
        return multiplied(x, weight, bias, rows) + (rows > ROWS) * 1e-7

    monkeypatch.setattr(module, "multiplied", otherwise)
    tried = Products(ROWS, CPU)
    tried._is_tried = True
    assert torch.equal(tried.of(x, layer), expected)
    assert tried.at_once(8 * ROWS, 5, 7) == ROWS


def test_a_shape_is_tried_once_and_never_where_nothing_is_gained(tried, monkeypatch):
    asked = []

    def alike(_, *shape):
        asked.append(shape)
        return True

    monkeypatch.setattr(Products, "_try", alike)
    assert [tried.at_once(4 * ROWS, 5, 7) for _ in range(3)] == [4 * ROWS] * 3
    assert tried.at_once(4 * ROWS, 5, 7, backward=True) == 4 * ROWS
    assert tried.at_once(ROWS, 5, 7) == ROWS
    assert Products(ROWS, CPU).at_once(4 * ROWS, 5, 7) == ROWS
    assert len(asked) == 2
