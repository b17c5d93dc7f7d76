"""Matrix products that compute each row alike however many rows stand beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from facewright.core.network.layers import Layer


class Products:
    """x W + b for points x (N, k), N a multiple of `rows`, and its derivative by x alone.

    Products of one shape compute each row alike wherever it stands; for another shape a library may add in another
    order. So `rows` points are multiplied at a time. But where a device's product of all N has the same bits, which is
    tried once for each shape, one product is made in place of N / rows: on a card each takes about as long as it does
    to start it.
    """

    def __init__(self, rows: int, device: torch.device) -> None:
        """Products of all are tried on a GPU alone; on a CPU they gain nothing."""
        self.rows = rows
        self._device = device
        self._is_tried = device.type in ("cuda", "mps")
        self._is_alike: dict[tuple[int, int, int], bool] = {}

    def of(self, x: Tensor, layer: Layer) -> Tensor:
        """x W + b, (N, m) for weights (k, m)."""
        return _Linear.apply(x, layer.weight, layer.bias, self)  # type: ignore[no-untyped-call]

    def at_once(self, count: int, inner: int, outer: int, *, backward: bool = False) -> int:
        """How many of `count` rows to multiply at once by a matrix (inner, outer), transposed if backward."""
        if not self._is_tried or count == self.rows:
            return self.rows
        shape = (count, -inner if backward else inner, outer)
        if shape not in self._is_alike:
            self._is_alike[shape] = self._try(count, inner, outer, backward)
        return count if self._is_alike[shape] else self.rows

    def _try(self, count: int, inner: int, outer: int, backward: bool) -> bool:
        """Whether a product of random numbers has the same bits in one as in pieces."""
        random = torch.Generator(self._device).manual_seed(0)

        def drawn(*shape: int) -> Tensor:
            return torch.randn(shape, generator=random, device=self._device)

        x = drawn(count, inner)
        if backward:
            weight = drawn(outer, inner)
            whole, pieces = (multiplied_back(x, weight, rows) for rows in (count, self.rows))
        else:
            weight, bias = drawn(inner, outer), drawn(outer)
            whole, pieces = (multiplied(x, weight, bias, rows) for rows in (count, self.rows))
        return torch.equal(whole, pieces)


def multiplied(x: Tensor, weight: Tensor, bias: Tensor, rows: int) -> Tensor:
    """x W + b (N, m) of x (N, k), W (k, m) and b (m,), `rows` rows at a time."""
    out = x.new_empty(len(x), weight.shape[1])
    for part, target in zip(x.split(rows), out.split(rows), strict=True):
        torch.addmm(bias, part, weight, out=target)
    return out


def multiplied_back(grad: Tensor, weight: Tensor, rows: int) -> Tensor:
    """Its derivative by x, (N, k), of that by the product, (N, m), `rows` rows at a time."""
    out = grad.new_empty(len(grad), weight.shape[0])
    for part, target in zip(grad.split(rows), out.split(rows), strict=True):
        torch.mm(part, weight.T, out=target)
    return out


class _Linear(torch.autograd.Function):
    """x W + b by some products, and its derivative by x alone."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, products: Products) -> Tensor:
        ctx.weight, ctx.products = weight, products
        return multiplied(x, weight, bias, products.at_once(len(x), *weight.shape))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        grad, weight = grads[0].contiguous(), ctx.weight
        rows = ctx.products.at_once(len(grad), weight.shape[1], weight.shape[0], backward=True)
        return multiplied_back(grad, weight, rows), None, None, None
