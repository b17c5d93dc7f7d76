"""Adam (Kingma and Ba 2015) with one count of steps for all weights of a group.

torch's own counts the steps of every weight by itself, in an operator each.
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
            torch._fused_adam_(
                weights,
                [weight.grad for weight in weights],
                [state["exp_avg"] for state in states],
                [state["exp_avg_sq"] for state in states],
                [],
                [step] * len(weights),
                lr=group["lr"],
                beta1=_BETAS[0],
                beta2=_BETAS[1],
                weight_decay=0.0,
                eps=_EPSILON,
                amsgrad=False,
                maximize=False,
                grad_scale=self.grad_scale,
            )
