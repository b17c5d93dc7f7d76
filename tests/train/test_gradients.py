"""Gradients that workers average are those of one worker that learns from everything."""

import pytest
import torch

from facewright.train.gradients import Gradients
from facewright.train.workers import Sent, Workers


class Twins(Workers):
    """Two workers of which the other has learnt the same: their mean is each one's own."""

    def __init__(self):
        super().__init__(0, 2)

    def send(self, tensor):
        tensor.mul_(2)
        return Sent(None)

    def gather(self, tensor, into):
        into.copy_(tensor)
        return Sent(None)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 3))


def loss(network, seed):
    points = torch.randn(5, 4, generator=torch.Generator().manual_seed(seed))
    return network(points).square().sum()


def plain(network, seeds):
    """The gradients of the sum of losses, as torch has them."""
    return torch.autograd.grad(sum(loss(network, seed) for seed in seeds), [*network.parameters()])


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("kind", [Workers, Twins])
def test_a_step_in_portions_has_the_gradients_of_its_sum(network, kind, wide):
    expected = [plain(network, (1, 2)), plain(network, (3, 4))]
    gradients = Gradients([*network.parameters()], kind(), [network[2]] if wide else [])
    for step, seeds in enumerate(((1, 2), (3, 4))):
        gradients.clear()
        for index, seed in enumerate(seeds):
            gradients.complete = index == 1
            loss(network, seed).backward()
        gradients.average()
        for parameter, own in zip(network.parameters(), expected[step], strict=True):
            torch.testing.assert_close(parameter.grad, own)
        length = torch.cat([own.flatten() for own in expected[step]]).norm()
        assert float(gradients.excess(0.5)) == pytest.approx(float(length) / 0.5, rel=1e-5)
        assert float(gradients.excess(1e6)) == 1.0


def test_a_phase_that_ended_leaves_no_gradients_behind(network):
    gradients = Gradients([*network.parameters()], Twins(), [network[2]])
    gradients.clear()
    loss(network, 1).backward()
    gradients.average()
    gradients.release()
    assert all(parameter.grad is None for parameter in network.parameters())
