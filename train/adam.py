"""Adam (Kingma and Ba 2015) with one count of steps for all weights of a group.

torch's own counts the steps of every weight by itself, in an operator each. The kernel that its fused form calls has no
public name; where a torch has none of that name, the same is done weight by weight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

_BETAS, _EPSILON = (0.9, 0.999), 1e-8


class GroupAdam(torch.optim.Optimizer):
    """Groups of weights that are moved together, each at a learning rate that lies on their device.

    grad_scale : what all gradients are divided by on the way, a scalar on the device, or None. The state of a weight is
    that of torch's Adam: exp_avg, exp_avg_sq and step.
    """

    def __init__(self, groups: Iterable[dict[str, Any]]) -> None:
        """groups : each with `params` and a tensor `lr`."""
        super().__init__(groups, {})
        self.grad_scale: Tensor | None = None

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every weight that has a gradient."""
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if not weights:
                continue
            for weight in weights:
                if not self.state[weight]:
                    self.state[weight] = {"exp_avg": torch.zeros_like(weight), "exp_avg_sq": torch.zeros_like(weight)}
            states = [self.state[weight] for weight in weights]
            step = next((s["step"] for s in states if "step" in s), None)
            step = torch.zeros((), device=weights[0].device) if step is None else step
            for state in states:
                state["step"] = step
            step.add_(1.0)
            moments = [state["exp_avg"] for state in states], [state["exp_avg_sq"] for state in states]
            _moved(weights, [weight.grad for weight in weights], *moments, step, group["lr"], self.grad_scale)


def _moved(
    weights: list[Tensor],
    gradients: list[Tensor],
    means: list[Tensor],
    squares: list[Tensor],
    step: Tensor,
    rate: Tensor,
    scale: Tensor | None,
) -> None:
    """Move weights, and their moments, in place."""
    if not hasattr(torch, "_fused_adam_"):
        for each in zip(weights, gradients, means, squares, strict=True):
            _moved_alone(*each, step, rate, scale)
        return
    torch._fused_adam_(
        weights,
        gradients,
        means,
        squares,
        [],
        [step] * len(weights),
        lr=rate,
        beta1=_BETAS[0],
        beta2=_BETAS[1],
        weight_decay=0.0,
        eps=_EPSILON,
        amsgrad=False,
        maximize=False,
        grad_scale=scale,
    )


def _moved_alone(
    weight: Tensor, gradient: Tensor, mean: Tensor, square: Tensor, step: Tensor, rate: Tensor, scale: Tensor | None
) -> None:
    """The same of one weight, by operators that torch documents."""
    first, second = _BETAS
    if scale is not None:
        gradient.div_(scale)
    mean.lerp_(gradient, 1.0 - first)
    square.mul_(second).addcmul_(gradient, gradient, value=1.0 - second)
    size = rate / (1.0 - first**step)
    weight.sub_(size * mean / ((square / (1.0 - second**step)).sqrt() + _EPSILON))
