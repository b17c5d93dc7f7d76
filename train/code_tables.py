"""The training heads' latent codes, and how a step moves those that it touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from facewright.core.parts import CODES, LOCAL_PARTS, CodeName

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from facewright.train.sampling.registered import Recipe
    from facewright.train.workers import Workers

_TABLES: dict[str, tuple[CodeName, ...]] = {
    "expression": ("expression",),
    "owner": LOCAL_PARTS,
    "receiver": ("remainder",),
}
"""By what of a recipe its rows are: the codes that stand side by side in a table."""

_BETAS, _EPSILON = (0.9, 0.999), 1e-8


class RowGradients(NamedTuple):
    """A step's gradients of one table: rows (…,) int64, in which one may stand more than once, and values (…, d)."""

    rows: Tensor
    values: Tensor


class RowExchange:
    """Gives every worker all workers' gradients of rows: some kilobytes, for a step touches four subjects a head."""

    def __init__(self, workers: Workers) -> None:
        """Nothing is allocated yet; what is, stays where it is."""
        self._workers = workers
        self._rows, self._values = torch.empty(0, dtype=torch.int64), torch.empty(0)

    def __call__(self, own: Mapping[str, RowGradients]) -> Mapping[str, RowGradients]:
        """All workers' gradients, (workers, N) rows a table, as parts of the mean over the workers."""
        count = self._workers.count
        if count == 1 or not own:
            return own
        rows = torch.cat([gradients.rows for gradients in own.values()])
        values = torch.cat([gradients.values.flatten() for gradients in own.values()])
        if self._rows.shape != (count, len(rows)):
            self._rows, self._values = rows.new_empty(count, len(rows)), values.new_empty(count, len(values))
        for sent in (self._workers.gather(rows, self._rows), self._workers.gather(values, self._values)):
            sent.wait()
        self._values.div_(count)
        rows_apart = self._rows.split([len(gradients.rows) for gradients in own.values()], dim=1)
        values_apart = self._values.split([gradients.values.numel() for gradients in own.values()], dim=1)
        shapes = [gradients.values.shape for gradients in own.values()]
        return {
            name: RowGradients(rows, values.view(count, *shape))
            for name, rows, values, shape in zip(own, rows_apart, values_apart, shapes, strict=True)
        }


class CodeTables(nn.Module):
    """One code a row: nose, eyes, mouth and remainder by subject row, expression by (subject, expression) row.

    Row 2s is subject s, row 2s + 1 its mirror image. A neutral head's expression code is 0. Beside each table lie the
    moments of its updates, by Adam on the rows that a step touched (as `torch.optim.SparseAdam`, but with tensors that
    have the same shape in every step).
    """

    def __init__(self, initial: Mapping[CodeName, Tensor]) -> None:
        """Start at `initial`, (rows, d) for each code."""
        super().__init__()
        self._columns: dict[CodeName, tuple[str, slice]] = {}
        for name, codes in _TABLES.items():
            table = torch.cat([initial[code] for code in codes], dim=1)
            for kind, values in (("", table), ("_mean", torch.zeros_like(table)), ("_square", torch.zeros_like(table))):
                self.register_buffer(name + kind, values.clone())
            self.register_buffer(f"{name}_steps", torch.zeros((), device=table.device))
            begin = 0
            for code in codes:
                size = initial[code].shape[1]
                self._columns[code] = name, slice(begin, begin + size)
                begin += size

    def rows(self, code: CodeName) -> Tensor:
        """All rows of one code, (rows, d) float32, on their device; a view."""
        name, columns = self._columns[code]
        return self.get_buffer(name)[:, columns]

    def gathered(self, recipe: Recipe) -> dict[str, Tensor]:
        """Codes (B, d) of heads, table by table, which ask for gradients."""
        tensors = {}
        for name, blend in recipe._asdict().items():
            rows = self.get_buffer(name).index_select(0, blend.rows.flatten()).unflatten(0, (-1, 2))
            tensors[name] = (blend.weights.unsqueeze(-1) * rows).sum(dim=1).requires_grad_()
        return tensors

    def by_code(self, gathered: Mapping[str, Tensor]) -> dict[CodeName, Tensor]:
        """The same, code by code."""
        apart = {name: iter(t.split([self.rows(c).shape[1] for c in _TABLES[name]], 1)) for name, t in gathered.items()}
        return {code: next(apart[self._columns[code][0]]) for code in CODES}

    @staticmethod
    def gradients(gathered: Mapping[str, Tensor], recipe: Recipe) -> dict[str, RowGradients]:
        """Of the rows that heads are made of, from those of the codes that `gathered` gave."""
        rows = {}
        for name, blend in recipe._asdict().items():
            by_head = gathered[name].grad
            assert by_head is not None
            values = blend.weights.unsqueeze(-1) * by_head.unsqueeze(1)
            rows[name] = RowGradients(blend.rows.flatten(), values.flatten(0, 1))
        return rows

    @torch.no_grad()
    def update(self, gradients: Mapping[str, RowGradients], rate: Tensor) -> None:
        """Adam (Kingma and Ba 2015) on the rows that have gradients; entries of one row count together.

        Every entry of a row is summed and moved alike, so that it does not matter which of them is written last.
        """
        for name, (apart, values) in gradients.items():
            rows = apart.flatten()
            table, mean, square, steps = (self.get_buffer(name + kind) for kind in ("", "_mean", "_square", "_steps"))
            gradient = (rows.unsqueeze(1) == rows).to(values.dtype) @ values.reshape(len(rows), -1)
            steps.add_(1.0)
            first, second = _BETAS
            new_mean = mean.index_select(0, rows).lerp_(gradient, 1.0 - first)
            new_square = square.index_select(0, rows).mul_(second).addcmul_(gradient, gradient, value=1.0 - second)
            size = rate * (1.0 - second**steps).sqrt() / (1.0 - first**steps)
            moved = table.index_select(0, rows) - size * new_mean / (new_square.sqrt() + _EPSILON)
            for old, new in ((mean, new_mean), (square, new_square), (table, moved)):
                old.index_copy_(0, rows, new)

    def table(self, code: CodeName) -> np.ndarray:
        """All rows of one code, (rows, d) float32."""
        return self.rows(code).cpu().numpy()
