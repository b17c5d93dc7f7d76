"""Adam with one count of steps a group moves weights as torch's own does."""

from typing import Any

import torch

from facewright.train.adam import GroupAdam


def test_weights_are_moved_as_torch_moves_them():
    torch.manual_seed(0)
    weights = [torch.nn.Parameter(torch.randn(shape)) for shape in ((3, 5), (7,), (4,))]
    others = [torch.nn.Parameter(weight.detach().clone()) for weight in weights]
    rates = torch.tensor(0.01), torch.tensor(0.1)
    optimizer = GroupAdam([{"params": weights[:2], "lr": rates[0]}, {"params": weights[2:], "lr": rates[1]}])
    theirs: Any = torch.optim.Adam(
        [{"params": others[:2], "lr": rates[0]}, {"params": others[2:], "lr": rates[1]}], fused=True
    )
    for step in range(5):
        rates[0].fill_(0.01 / (step + 1))
        optimizer.grad_scale = theirs.grad_scale = torch.tensor(1.0 + step)
        for weight, other in zip(weights, others, strict=True):
            weight.grad = torch.randn_like(weight)
            other.grad = weight.grad.clone()
        if step < 2:  # what has no gradient stays, and is counted from its first step on
            weights[2].grad = others[2].grad = None
        optimizer.step()
        theirs.step()
        assert all(torch.equal(weight, other) for weight, other in zip(weights, others, strict=True))
    for weight, other in zip(weights, others, strict=True):
        own, their = optimizer.state[weight], theirs.state[other]
        assert own.keys() == their.keys()
        assert all(torch.equal(own[kind], their[kind]) for kind in own)


def test_a_torch_without_the_fused_kernel_moves_them_alike(monkeypatch):
    def moved():
        torch.manual_seed(0)
        weights = [torch.nn.Parameter(torch.randn(shape)) for shape in ((3, 5), (7,))]
        optimizer = GroupAdam([{"params": weights, "lr": torch.tensor(0.05)}])
        for scale in (1.0, 4.0, 2.0, 1.0):
            optimizer.grad_scale = torch.tensor(scale)
            for weight in weights:
                weight.grad = torch.randn_like(weight)
            optimizer.step()
        return weights, optimizer.state

    fused, states = moved()
    monkeypatch.delattr(torch, "_fused_adam_")
    alone, others = moved()
    for weight, other in zip(fused, alone, strict=True):
        torch.testing.assert_close(weight, other, atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(states[weight], others[other], atol=1e-6, rtol=1e-5)
