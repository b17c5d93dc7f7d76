"""The training heads' latent codes: where they start, and what becomes of them.

Codes start at the answer: the principal components of each part's shape over the training subjects. A
subject's mirror image is a subject of its own, in the row after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from core.latent_space import LatentSpace
from core.parts import CODE_SIZES, CODES, LOCAL_PARTS, PARTS, CodeName
from train.registered import Blend

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from train.registered import RegisteredHeads

SCALE_POWER = 0.8
"""1 leaves the principal scores as they are, 0 whitens them."""

_EXPRESSION_VERTICES = 3000
_BATCH = 64


class CodeTables(nn.Module):
    """One code a row: nose, eyes, mouth and remainder by subject row, expression by (subject, expression) row.

    Row 2s is subject s, row 2s + 1 its mirror image. A neutral head's expression code is 0.
    """

    def __init__(self, initial: Mapping[CodeName, Tensor]) -> None:
        """Start at `initial`, (rows, d) for each code."""
        super().__init__()
        self.tables = nn.ModuleDict(
            {
                code: nn.Embedding.from_pretrained(initial[code].contiguous(), freeze=False, sparse=True)
                for code in CODES
            }
        )

    def forward(self, code: CodeName, blend: Blend) -> Tensor:
        """Codes (B, d) of heads blended from rows."""
        table = self.tables[code]
        assert isinstance(table, nn.Embedding)
        codes: Tensor = (blend.weights.unsqueeze(-1) * table(blend.rows)).sum(dim=1)
        return codes

    def table(self, code: CodeName) -> np.ndarray:
        """All rows of one code, (rows, d) float32."""
        weight = self.tables[code].weight
        assert isinstance(weight, torch.Tensor)
        return weight.detach().cpu().numpy()


def initial_codes(heads: RegisteredHeads) -> dict[CodeName, Tensor]:
    """Each code's rows from the principal components of what it stands for, (rows, d) float32.

    A local part: its shape on the template's graft site. The remainder: the head with the template's parts.
    The expression: the displacement from the neutral head, not centred, so that neutral is 0.
    """
    rows = torch.arange(heads.subject_rows, device=heads.device)
    result: dict[CodeName, Tensor] = {}
    shapes: dict[CodeName, list[Tensor]] = {part: [] for part in PARTS}
    for batch in rows.split(_BATCH):
        head = heads.neutral(Blend.single(batch))
        for part in LOCAL_PARTS:
            shapes[part].append(heads.swap.canonical(part, head).flatten(1))
        shapes["remainder"].append(heads.swap.states(head, head)[3].flatten(1))
    for part in PARTS:
        shape = torch.cat(shapes[part])
        result[part] = _scores(shape - shape.mean(dim=0), CODE_SIZES[part])
    result["expression"] = _scores(_expression_displacements(heads), CODE_SIZES["expression"])
    return result


def _expression_displacements(heads: RegisteredHeads) -> Tensor:
    """Displacements (rows, 3n) of a sample of vertices from neutral, for every (subject, expression) row."""
    sample = torch.linspace(0, heads.vertex_count - 1, min(_EXPRESSION_VERTICES, heads.vertex_count)).long()
    return torch.cat(
        [
            heads.displacement(Blend.single(rows))[:, sample].flatten(1)
            for rows in torch.arange(heads.expression_rows, device=heads.device).split(_BATCH)
        ]
    )


def _scores(data: Tensor, size: int) -> Tensor:
    """The first `size` principal scores of data (n, m), zero-padded to (n, size).

    Scaled between raw and whitened: the first has standard deviation 1, the others their share of it to the
    power of `SCALE_POWER`. Whitened scores drown the large components in the fine ones.
    """
    rank = min(size, *data.shape)
    left, singular, _ = torch.svd_lowrank(data.double(), q=min(rank + 8, *data.shape), niter=4)
    share = (singular / singular[0].clamp(min=1e-12)) ** SCALE_POWER
    scores = (left * share * len(data) ** 0.5)[:, :rank].float()
    return torch.nn.functional.pad(scores, (0, size - rank))


def latent_spaces(tables: CodeTables) -> dict[CodeName, LatentSpace]:
    """Principal components of every code over its rows; the expression's about neutral."""
    return {
        code: LatentSpace.fit(
            tables.table(code), origin=np.zeros(tables.table(code).shape[1]) if code == "expression" else None
        )
        for code in CODES
    }


def mirror_maps(tables: CodeTables) -> dict[CodeName, np.ndarray]:
    """Per code, the (d, d) float32 map M with code @ M ≈ the mirrored head's code, by ridge regression.

    A subject's rows, one or one for each expression, stand before those of its mirror image.
    """
    subjects = len(tables.table("remainder")) // 2
    maps: dict[CodeName, np.ndarray] = {}
    for code in CODES:
        codes = tables.table(code).astype(np.float64)
        twins = codes.reshape(subjects, 2, -1, codes.shape[1])[:, ::-1].reshape(codes.shape)
        ridge = 1e-3 * len(codes) * np.eye(codes.shape[1])
        maps[code] = np.linalg.solve(codes.T @ codes + ridge, codes.T @ twins).astype(np.float32)
    return maps


def spreads(tables: CodeTables, latent: Mapping[CodeName, LatentSpace]) -> dict[CodeName, np.ndarray]:
    """How the training heads lie along every code's components: see `LatentSpace.spread`."""
    return {code: latent[code].spread(tables.table(code)) for code in CODES}


def expression_codes(tables: CodeTables, expressions: Sequence[str]) -> dict[str, np.ndarray]:
    """Mean code (d,) float32 of each expression over the subjects, their mirror images left out.

    expressions : names in the data's order, the first of them neutral, which has no code.
    """
    subjects = len(tables.table("remainder")) // 2
    if len(expressions) == 1:
        return {}
    codes = tables.table("expression").reshape(subjects, 2, len(expressions) - 1, -1)
    return dict(zip(expressions[1:], codes[:, 0].mean(axis=0), strict=True))
