import pytest
import torch

from core.model.jet import Jet


def derivatives_of(function, points):
    """Value and Jacobian (B, N, C, 3) of a function of jets by automatic differentiation."""
    value = function(Jet.points(points, derivatives=False)).value
    columns = [torch.autograd.grad(value[..., c].sum(), points, retain_graph=True)[0] for c in range(value.shape[-1])]
    return value, torch.stack(columns, dim=2)


W = torch.randn(3, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
V = torch.randn(2, 3, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
b = torch.randn(6, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize(
    "function",
    [
        lambda p: p.linear(W, b).sin(),
        lambda p: p.linear(V, b.expand(2, 6)),
        lambda p: p.linear(W, b).softmax(),
        lambda p: p * p.linear(W, b)[:3] - p.scale(2.0),
        lambda p: p[0:1] * p.linear(W, b) + p.linear(W, b),
        lambda p: p.linear(W, b).blend(p[0:2].softmax()),
    ],
    ids=["sine layer", "layer a head", "softmax", "product", "broadcast", "blend"],
)
def test_derivatives_carried_forward_are_those_of_automatic_differentiation(function):
    points = torch.randn(2, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    value, jacobian = derivatives_of(function, points)
    jet = function(Jet.points(points, derivatives=True))
    torch.testing.assert_close(jet.value, value)
    torch.testing.assert_close(jet.rows[:, 1:].permute(0, 2, 3, 1), jacobian)


def test_a_gradient_loss_can_be_differentiated_once_more():
    points = torch.randn(1, 4, 3, dtype=torch.float64)
    weight = W.clone().requires_grad_()
    loss = Jet.points(points, derivatives=True).linear(weight, b).sin()[0:1].gradient.square().sum()
    (slope,) = torch.autograd.grad(loss, weight)
    step = 1e-6
    moved = W.clone()
    moved[1, 0] += step
    after = Jet.points(points, derivatives=True).linear(moved, b).sin()[0:1].gradient.square().sum()
    assert (after - loss).item() / step == pytest.approx(slope[1, 0].item(), rel=1e-4)
