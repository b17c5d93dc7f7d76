import pytest
import torch

from facewright.core.network.jet import Jet


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
        lambda p: p.sine_layer(W, b),
        lambda p: p.linear(V, b.expand(2, 6)),
        lambda p: p.sine_layer(V, b.expand(2, 6)),
        lambda p: p * p.linear(W, b)[:3] + p,
        lambda p: p[0:1] * p.linear(W, b) + p.linear(W, b),
        lambda p: p.linear(W, b).blend(p[0:2]),
    ],
    ids=["sine layer", "layer a head", "sine layer a head", "product", "broadcast", "blend"],
)
def test_derivatives_carried_forward_are_those_of_automatic_differentiation(function):
    points = torch.randn(2, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    value, jacobian = derivatives_of(function, points)
    jet = function(Jet.points(points, derivatives=True))
    torch.testing.assert_close(jet.value, value)
    torch.testing.assert_close(jet.slopes.permute(0, 2, 3, 1), jacobian)


def test_a_gradient_loss_can_be_differentiated_once_more():
    points = torch.randn(1, 4, 3, dtype=torch.float64)
    weight = W.clone().requires_grad_()
    loss = Jet.points(points, derivatives=True).sine_layer(weight, b)[0:1].gradient.square().sum()
    (slope,) = torch.autograd.grad(loss, weight)
    step = 1e-6
    moved = W.clone()
    moved[1, 0] += step
    after = Jet.points(points, derivatives=True).sine_layer(moved, b)[0:1].gradient.square().sum()
    assert (after - loss).item() / step == pytest.approx(slope[1, 0].item(), rel=1e-4)


def everything(points, weight, sloped):
    """A jet through all that can be done with one, with derivatives at the first `sloped` points."""
    jet = Jet.points(points, derivatives=sloped)
    hidden = jet.sine_layer(weight, b).linear(V[:, :1].expand(-1, 6, -1), b)
    return hidden[:2] * hidden.map(torch.exp, torch.exp)[0:1] + hidden.blend(jet[:3])


def test_points_with_and_without_derivatives_go_side_by_side():
    points = torch.randn(2, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    both, all_of_them = everything(points, W, 3), everything(points, W, True)
    torch.testing.assert_close(both.value, all_of_them.value)
    torch.testing.assert_close(both.slopes, all_of_them.slopes[:, :, :3])
    torch.testing.assert_close(everything(points, W, False).value, both.value)


def test_the_backward_pass_through_values_and_derivatives_is_that_of_finite_differences():
    points = torch.randn(2, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    weight = W.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda p, w: everything(p, w, 2).flat, (points, weight))
