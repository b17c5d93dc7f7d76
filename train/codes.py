"""The training heads' latent codes: where they start, and what becomes of them.

Codes start at the answer: the principal components of each part's shape over the training subjects. A
subject's mirror image is a subject of its own, in the row after it.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from facewright.core.model.latent_space import LatentSpace
from facewright.core.parts import CODE_SIZES, CODES, CodeName
from facewright.train.sampling.registered import HeadBlend

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facewright.train.code_tables import CodeTables
    from facewright.train.data.heads import Member
    from facewright.train.sampling.registered import RegisteredHeads

SCALE_POWER = 0.8
"""1 leaves the principal scores as they are, 0 whitens them."""

RANDOM_SIGMA = 0.01
"""Standard deviation of codes that start at random, in network units: the reference implementation's."""

_EXPRESSION_VERTICES = 3000
_BATCH = 64


class ShapeSpace(NamedTuple):
    """Where codes start: principal scores of shapes.

    mean : (m,) float32, mm; axes : (m, d) float32, a shape's scores being (shape - mean) @ axes.
    """

    mean: Tensor
    axes: Tensor

    @classmethod
    def fit(cls, shapes: Tensor, size: int, centred: bool) -> ShapeSpace:
        """The first `size` components of shapes (n, m), the axes of those that are missing 0.

        Scaled between raw and whitened: the first has standard deviation 1, the others their share of it to the
        power of `SCALE_POWER`. Whitened scores drown the large components in the fine ones.
        """
        mean = shapes.mean(dim=0) if centred else torch.zeros_like(shapes[0])
        rank = min(size, *shapes.shape)
        _, singular, right = torch.svd_lowrank((shapes - mean).double(), q=min(rank + 8, *shapes.shape), niter=4)
        share = (singular / singular[0].clamp(min=1e-12)) ** SCALE_POWER
        scale = torch.where(singular > 1e-9 * singular[0], share / singular.clamp(min=1e-12), 0.0)
        axes = (right * scale * len(shapes) ** 0.5)[:, :rank].float()
        return cls(mean, torch.nn.functional.pad(axes, (0, size - rank)))

    def scores(self, shapes: Tensor) -> Tensor:
        """Scores (n, d) of shapes (n, m)."""
        return (shapes - self.mean) @ self.axes


def initial_codes(heads: RegisteredHeads) -> tuple[dict[CodeName, Tensor], dict[CodeName, ShapeSpace]]:
    """Each code's rows, (rows, d) float32, from the principal components of what it stands for; and those."""
    codes: dict[CodeName, Tensor] = {}
    spaces: dict[CodeName, ShapeSpace] = {}
    for code in CODES:
        shapes = code_shapes(heads, code)
        spaces[code] = ShapeSpace.fit(shapes, CODE_SIZES[code], centred=code != "expression")
        codes[code] = spaces[code].scores(shapes)
    return codes, spaces


def random_codes(like: Mapping[CodeName, Tensor]) -> dict[CodeName, Tensor]:
    """Codes as many as those of `like`, drawn from N(0, `RANDOM_SIGMA`²) (paper 3.3)."""
    return {code: RANDOM_SIGMA * torch.randn_like(rows) for code, rows in like.items()}


def code_shapes(heads: RegisteredHeads, code: CodeName) -> Tensor:
    """What a code stands for in every one of its rows, (rows, m) float32, mm.

    A local part: its shape on the template's graft site. The remainder: the head with the template's parts.
    The expression: the displacement of a sample of vertices from the neutral head.
    """
    count = heads.expression_rows if code == "expression" else heads.subject_rows
    sample = torch.linspace(0, heads.vertex_count - 1, min(_EXPRESSION_VERTICES, heads.vertex_count)).long()
    shapes = []
    for batch in torch.arange(count, device=heads.device).split(_BATCH):
        rows = HeadBlend.single(batch)
        if code == "expression":
            shape = heads.displacement(rows)[:, sample]
        elif code == "remainder":
            head = heads.neutral(rows)
            shape = heads.swap.states(head, head)[3]
        else:
            shape = heads.swap.canonical(code, heads.neutral(rows))
        shapes.append(shape.flatten(1))
    return torch.cat(shapes)


def latent_spaces(tables: CodeTables, members: Sequence[Member] = ()) -> dict[CodeName, LatentSpace]:
    """Principal components of every code over its rows; the expression's about neutral.

    Of several sources what tells them apart, such as how deep nostrils are modelled, is no way in which people differ:
    each source lies in a narrow place along it, and most of what a slider of it reaches is beyond all heads. It has
    components of its own after all others, along which the middle between the sources is 0.
    """
    spaces: dict[CodeName, LatentSpace] = {}
    for code in CODES:
        table = tables.table(code)
        if code == "expression":
            spaces[code] = LatentSpace.fit(table, origin=np.zeros(table.shape[1]))
            continue
        means = np.stack([table[rows].mean(axis=0) for rows in _rows_of(table, members)]).astype(np.float64)
        apart = LatentSpace.fit(means) if len(means) > 1 else None
        spaces[code] = LatentSpace.fit(table) if apart is None else _beside(table, apart)
    return spaces


def _beside(table: np.ndarray, apart: LatentSpace) -> LatentSpace:
    """Principal components of rows (n, d) across some directions, then these, with σ of the rows along them."""
    about = table.astype(np.float64) - apart.mean
    along = about @ apart.components.T
    rest = LatentSpace.fit(about - along @ apart.components, origin=np.zeros(table.shape[1]))
    components = np.concatenate([rest.components, apart.components])
    sigma = np.concatenate([rest.sigma, np.sqrt(np.mean(along**2, axis=0)).astype(np.float32)])
    return LatentSpace(apart.mean, components, sigma)


def _rows_of(table: np.ndarray, members: Sequence[Member]) -> list[slice]:
    """Which rows of a code's table are each source's; all, where there is but one."""
    if len(members) < 2:
        return [slice(None)]
    ends = np.cumsum([0, *(member.subjects for member in members)]) * (len(table) // sum(m.subjects for m in members))
    return [slice(first, last) for first, last in itertools.pairwise(ends.tolist())]


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


def source_spreads(
    tables: CodeTables, latent: Mapping[CodeName, LatentSpace], members: Sequence[Member]
) -> dict[str, np.ndarray]:
    """The same for the heads of each source alone, as `HeadModel.source_spread` has it; empty where there is one."""
    if len(members) < 2:
        return {}
    return {
        f"{member.name}.{code}": latent[code].spread(tables.table(code)[rows])
        for code in CODES
        for member, rows in zip(members, _rows_of(tables.table(code), members), strict=True)
    }


def expression_codes(tables: CodeTables, expressions: Sequence[str]) -> dict[str, np.ndarray]:
    """Mean code (d,) float32 of each expression over the subjects, their mirror images left out.

    expressions : names in the data's order, the first of them neutral, which has no code.
    """
    subjects = len(tables.table("remainder")) // 2
    if len(expressions) == 1:
        return {}
    codes = tables.table("expression").reshape(subjects, 2, len(expressions) - 1, -1)
    return dict(zip(expressions[1:], codes[:, 0].mean(axis=0), strict=True))
