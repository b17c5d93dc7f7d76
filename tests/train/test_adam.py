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
