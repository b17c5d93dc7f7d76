import numpy as np
import pytest
import torch

from facewright.core.network.jet import Jet
from facewright.core.network.window import Window, united, weights
from facewright.core.network.window_weight import WindowShape

IDENTITY = torch.eye(3, 4)[None]
AT = np.array([0.1, -0.2, 0.5])


def ring(radius_x, radius_y, count=200):
    """Points of an ellipse about AT, facing +z."""
    angle = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    return AT + np.column_stack([radius_x * np.cos(angle), radius_y * np.sin(angle), np.zeros(count)])


@pytest.fixture
def window():
    drawn = Window()
    drawn.fit(rim=ring(0.2, 0.3), inside=AT[None], collar=ring(0.25, 0.35), depth_margin=0.1)
    return drawn


def weight(window, points, to_template=IDENTITY):
    return window(Jet.points(torch.tensor(np.atleast_2d(points)[None], dtype=torch.float32), False), to_template).value


def test_is_one_on_the_part_and_exactly_zero_past_its_collar(window):
    assert (weight(window, ring(0.19, 0.29)) == 1.0).all()
    assert (weight(window, AT) == 1.0).all()
    assert (weight(window, ring(0.26, 0.36)) == 0.0).all()
    assert (weight(window, AT + np.array([0.0, 0.0, 0.3])) == 0.0).all()
    assert (weight(window, AT - np.array([0.0, 0.0, 0.3])) == 0.0).all()


def test_falls_monotonically_across_the_collar(window):
    out = AT + np.linspace(0.19, 0.27, 50)[:, None] * [1.0, 0.0, 0.0]
    values = weight(window, out)[0, :, 0].numpy()
    assert (np.diff(values) <= 0.0).all()
    assert values[0] == 1.0
    assert values[-1] == 0.0
    assert 0.2 < values[len(values) // 2] < 0.9


def test_follows_the_graft_site(window):
    shift = np.array([0.3, 0.1, -0.2])
    to_template = torch.cat([torch.eye(3), -torch.tensor(shift, dtype=torch.float32)[:, None]], dim=1)[None]
    near = ring(0.22, 0.33)
    torch.testing.assert_close(weight(window, near + shift, to_template), weight(window, near), atol=1e-4, rtol=0)


def test_where_it_does_not_reach_it_is_zero_for_certain(window):
    points = Jet.points(torch.tensor(AT + np.random.default_rng(0).uniform(-0.5, 0.5, (1, 20_000, 3))).float(), False)
    to_template = IDENTITY + torch.tensor([[[0.1, 0.2, 0.0, 0.05], [0.0, -0.1, 0.1, 0.0], [0.2, 0.0, 0.0, -0.1]]])
    reaches, inside = window.reaches(points, to_template), window(points, to_template).value[..., 0] > 0.0
    assert (reaches | ~inside).all()
    assert inside.sum() < reaches.sum() < 3 * inside.sum()


def test_gradient_is_that_of_automatic_differentiation(window):
    window.double()
    points = torch.tensor(ring(0.22, 0.32)[None] + [0.0, 0.0, 0.12], requires_grad=True)
    jet = window(Jet.points(points, derivatives=True), IDENTITY.double())
    (expected,) = torch.autograd.grad(jet.value.sum(), points)
    assert expected.abs().max() > 1.0
    torch.testing.assert_close(jet.gradient, expected, atol=1e-9, rtol=1e-6)


@pytest.mark.parametrize("sloped", [0, 30])
def test_the_backward_pass_is_that_of_finite_differences(window, sloped):
    """Across the collar, in front of the window and behind it, of the weight and of its derivatives."""
    window.double()
    generator = torch.Generator().manual_seed(0)
    at = torch.tensor(np.concatenate([ring(0.2, 0.3, 20), ring(0.24, 0.34, 10), ring(0.27, 0.37, 10)]))
    points = (at + 0.02 * torch.randn(40, 3, generator=generator).double() + torch.tensor([0.0, 0.0, 0.11]))[None]
    tilt = torch.eye(3, 4).double()[None] + 0.1 * torch.randn(1, 3, 4, generator=generator).double()

    def weights(points):
        flat = window(Jet.points(points, derivatives=sloped), tilt).flat
        return flat * torch.linspace(0.5, 1.5, flat.shape[1])[:, None]

    assert float(((weights(points) > 0.0) & (weights(points) < 1.0)).double().mean()) > 0.1
    assert torch.autograd.gradcheck(weights, points.requires_grad_())


def test_an_outline_that_is_changed_or_loaded_is_the_one_that_counts(window):
    """What is made of it once must not outlive it."""
    across = AT + np.linspace(0.19, 0.27, 50)[:, None] * [1.0, 0.0, 0.0]
    before = weight(window, across)
    other = Window()
    other.load_state_dict(window.state_dict())
    window.outline[0] += 0.05
    assert not torch.equal(weight(window, across), before)
    assert torch.equal(weight(other, across), before)
    window.load_state_dict(other.state_dict())
    assert torch.equal(weight(window, across), before)


def test_what_was_shown_first_can_be_fitted_then(window):
    """What is made of an outline while no gradient can be had is not what a backward pass meets later."""
    with torch.inference_mode():
        weight(window, ring(0.22, 0.32))
    points = torch.tensor(ring(0.22, 0.32)[None], dtype=torch.float32, requires_grad=True)
    window(Jet.points(points, derivatives=True), IDENTITY).flat.sum().backward()
    assert points.grad is not None
    assert points.grad.abs().max() > 0.0


@pytest.mark.parametrize("sloped", [0, 30])
def test_windows_side_by_side_weigh_as_each_does_alone(window, sloped):
    """The weights, their derivatives and the backward pass, of two windows at places of their own."""
    other = Window()
    other.fit(rim=ring(0.25, 0.2), inside=AT[None], collar=ring(0.3, 0.28), depth_margin=0.2)
    windows = [window.double(), other.double()]
    generator = torch.Generator().manual_seed(0)
    at = torch.tensor(ring(0.24, 0.3, 40)) + 0.05 * torch.randn(2, 3, 40, 3, generator=generator).double()
    maps = torch.eye(3, 4).double() + 0.1 * torch.randn(2, 3, 3, 4, generator=generator).double()
    points, again = at.clone().requires_grad_(), at.clone().requires_grad_()
    together = weights(windows, Jet.points(points.flatten(0, 1), derivatives=sloped), maps)
    apart = [one(Jet.points(p, derivatives=sloped), m) for one, p, m in zip(windows, again, maps, strict=True)]
    torch.testing.assert_close(together.flat, torch.cat([jet.flat for jet in apart]))
    for jets, asked in ((together.flat.chunk(2), points), ([jet.flat for jet in apart], again)):
        united([Jet(flat, sloped) for flat in jets]).flat.square().sum().backward()
        assert asked.grad is not None
        assert asked.grad.abs().max() > 0.0
    torch.testing.assert_close(points.grad, again.grad)


def test_the_series_are_the_derivatives_of_the_outline(window):
    """r′ and r″ of r(θ), by differences of the outline's own Fourier series."""
    shape = WindowShape.of(window.outline.double(), window.extent.double())
    angle = torch.linspace(0.0, 6.0, 50).double()

    def of(angle):
        turned = angle[:, None] * shape.order
        return torch.cat([turned.cos(), turned.sin()], dim=1) @ shape.series

    bend, turn, _ = of(angle).unbind(dim=1)
    step = 1e-5
    torch.testing.assert_close((of(angle + step)[:, 2] - of(angle - step)[:, 2]) / (2 * step), turn)
    torch.testing.assert_close((of(angle + step)[:, 1] - of(angle - step)[:, 1]) / (2 * step), bend)
