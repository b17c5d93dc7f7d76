"""The network's gradients: cleared, averaged over the workers while they are still being computed, and shortened.

Alone, every parameter has the gradient that the backward pass gives it. With others they lie side by side in one
buffer, which is averaged piece by piece: a piece is sent as soon as the backward pass is done with its parameters.
A HyperNet's heads have nine tenths of all weights, and their gradient is a product of two small factors, a row for
each head that was learnt from: these are exchanged, and every worker multiplies them out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from facewright.train.workers import Sent, Workers

_PIECE = 1 << 20
"""Numbers of a piece that is sent, at least."""

_SMALL = 1 << 16
"""Numbers of a gradient that is quicker put together with others than looked at by itself."""


class Gradients:
    """Gradients of the parameters that learn in a phase.

    complete : whether the coming backward pass is the step's last, after which they can be sent.
    """

    def __init__(
        self, parameters: Sequence[torch.nn.Parameter], workers: Workers, wide: Sequence[torch.nn.Linear] = ()
    ) -> None:
        """Of these parameters, in the order in which a forward pass uses them; wide : maps with the most of them."""
        self._wide = [_Wide(linear, workers) for linear in wide] if workers.count > 1 else []
        apart = {id(parameter) for each in self._wide for parameter in each.linear.parameters()}
        parameters = [parameter for parameter in parameters if id(parameter) not in apart]
        self._parameters, self._workers = parameters, workers
        self.complete = True
        self._sent: list[Sent] = []
        self._pieces: list[Tensor] = []
        self._hooks: list[torch.utils.hooks.RemovableHandle] = []
        for parameter in parameters:
            parameter.grad = None
        if workers.count > 1 and parameters:
            self._lay_out()

    def _lay_out(self) -> None:
        """Give all gradients their place in one buffer, the last first, for so the backward pass comes to them."""
        self._flat = torch.zeros(sum(p.numel() for p in self._parameters), device=self._parameters[0].device)
        self._missing: list[int] = []
        self._counts: list[int] = []
        begin = at = count = 0
        for parameter in reversed(self._parameters):
            parameter.grad = self._flat[at : at + parameter.numel()].view_as(parameter)
            at, count = at + parameter.numel(), count + 1
            self._hooks.append(parameter.register_post_accumulate_grad_hook(self._done(len(self._pieces))))
            if at - begin >= _PIECE or at == len(self._flat):
                self._pieces.append(self._flat[begin:at])
                self._counts.append(count)
                begin, count = at, 0
        self._missing = list(self._counts)

    def _done(self, piece: int) -> _Hook:
        def hook(_: Tensor) -> None:
            self._missing[piece] -= self.complete
            if self._missing[piece] == 0 and self._flat.device.type == "cpu":  # a card's pass is replayed, not run
                self._send(piece)

        return hook

    def _send(self, piece: int) -> None:
        self._missing[piece] = -1
        self._sent.append(self._workers.send(self._pieces[piece]))

    def clear(self) -> None:
        """Begin a step."""
        for wide in self._wide:
            wide.clear()
        if self._pieces:
            self._flat.zero_()
            self._missing = list(self._counts)
        else:
            for parameter in self._parameters:
                parameter.grad = None

    def average(self) -> None:
        """Make them the mean over all workers."""
        if not self._pieces:
            return
        for piece, missing in enumerate(self._missing):
            if missing >= 0:
                self._send(piece)
        for wide in self._wide:  # all are on their way while the first is multiplied out
            wide.send()
        for sent in self._sent:
            sent.wait()
        self._sent.clear()
        self._flat.div_(self._workers.count)
        for wide in self._wide:
            wide.average()

    def excess(self, longest: float) -> Tensor:
        """By how much all of them together are longer than `longest`, a scalar; 1 if they are not."""
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        if self._pieces:
            gradients = [self._flat, *(g for wide in self._wide for g in wide.gradients)]
        small = [gradient.flatten() for gradient in gradients if gradient.numel() < _SMALL]
        gradients = [*(g for g in gradients if g.numel() >= _SMALL), *([torch.cat(small)] if small else [])]
        return (torch.nn.utils.get_total_norm(gradients) / longest).clamp(min=1.0)

    def release(self) -> None:
        """End the phase."""
        for hook in self._hooks:
            hook.remove()
        for wide in self._wide:
            wide.release()
        for parameter in self._parameters:
            parameter.grad = None


class _Wide:
    """A linear map whose gradient is Σ over a step's heads of what was asked of its outputs times what it read."""

    def __init__(self, linear: torch.nn.Linear, workers: Workers) -> None:
        """Its own gradient is made here, not by the backward pass."""
        self.linear, self._workers = linear.requires_grad_(False), workers
        self.gradients = [torch.zeros_like(linear.weight), torch.zeros_like(linear.bias)]
        linear.weight.grad, linear.bias.grad = self.gradients
        self._read: list[Tensor] = []
        self._asked: list[Tensor] = []
        self._all = [torch.empty(0), torch.empty(0)]
        self._sent: list[Sent] = []
        self._hook = linear.register_forward_hook(self._used)

    def _used(self, _: torch.nn.Module, read: tuple[Tensor, ...], out: Tensor) -> None:
        if out.requires_grad:
            self._read.append(read[0].detach())
            out.register_hook(self._asked.append)

    def clear(self) -> None:
        """Begin a step."""
        self._read.clear()
        self._asked.clear()

    def send(self) -> None:
        """Begin to exchange what was read and asked for."""
        count = self._workers.count
        for index, own in enumerate((torch.cat(self._asked), torch.cat(self._read))):
            if self._all[index].shape != (count, own.numel()):
                self._all[index] = own.new_empty(count, own.numel())
            self._sent.append(self._workers.gather(own.flatten(), self._all[index]))

    def average(self) -> None:
        """Multiply out what all workers read and were asked for."""
        for sent in self._sent:
            sent.wait()
        self._sent.clear()
        weight, bias = self.gradients
        asked = self._all[0].view(-1, len(weight)).div_(self._workers.count)
        read = self._all[1].view(-1, weight.shape[1])
        torch.mm(asked.T, read, out=weight)
        torch.sum(asked, dim=0, out=bias)

    def release(self) -> None:
        """End the phase."""
        self._hook.remove()
        self.linear.weight.grad = self.linear.bias.grad = None


if TYPE_CHECKING:
    from typing import Protocol

    class _Hook(Protocol):
        def __call__(self, parameter: Tensor, /) -> None: ...
