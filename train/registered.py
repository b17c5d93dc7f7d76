"""The training heads on the device: rows, mirror images, and where every vertex is after every stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from core.head_model import Frame
from core.parts import CODES, CodeName
from train.swap import PartSwap

if TYPE_CHECKING:
    from torch import Tensor

    from train.heads import HeadSet

FRAME_MARGIN = 1.08
"""The unit ball holds the largest training head this many times over, so that ±3 σ fits too."""


@dataclass(frozen=True)
class Batch:
    """Heads of one step. The first half are subjects with an expression, the second half neutral composites.

    states : p₀ … p₅, each (B, V, 3) float32, mm: observed, neutral, then without nose, eyes, mouth, and the
    template; rows : each code's row in the tables, (B,) int64, −1 for the neutral expression.
    """

    states: list[Tensor]
    rows: dict[CodeName, Tensor]

    @property
    def expressive(self) -> int:
        """How many heads, from the first, have an expression."""
        return int((self.rows["expression"] >= 0).sum())


class RegisteredHeads:
    """A `HeadSet` held in memory on the training device, with every head's mirror image.

    Subject row 2s is subject s, row 2s + 1 its mirror image; expression row (subject row)·(E − 1) + e − 1 is
    that row with expression e ≥ 1. All vertices are mm, head frame.
    """

    def __init__(self, heads: HeadSet, device: torch.device, collar: bool) -> None:
        """Moves the heads to `device`; the template is the symmetric mean of the neutral heads."""
        self.surface = heads.surface
        self.expressions = heads.vertices.shape[1] - 1
        self._vertices = torch.from_numpy(heads.vertices).to(device)
        self._mirror = torch.from_numpy(heads.surface.mirror).to(device)
        self._flip = torch.tensor([-1.0, 1.0, 1.0], device=device)
        mean = self._vertices[:, 0].mean(dim=0)
        self.template = (mean + self._flip * mean[self._mirror]) / 2
        names = [component.name for component in heads.anatomy.components]
        self.swap = PartSwap(self.template.cpu().numpy(), heads.surface, names, collar).to(device)
        self.faces = torch.from_numpy(heads.surface.faces).long().to(device)
        self.landmarks = {code: torch.from_numpy(heads.surface.landmarks[code]).to(device) for code in CODES}

    @property
    def device(self) -> torch.device:
        """Where the vertices are."""
        return self._vertices.device

    @property
    def subject_rows(self) -> int:
        """Subjects and their mirror images."""
        return 2 * len(self._vertices)

    @property
    def expression_rows(self) -> int:
        """Expressive heads and their mirror images."""
        return self.subject_rows * self.expressions

    @property
    def vertex_count(self) -> int:
        """Vertices of a head."""
        return self._vertices.shape[2]

    def subject_row(self, expression_row: Tensor) -> Tensor:
        """The subject row of expression rows."""
        return expression_row // self.expressions

    def neutral(self, rows: Tensor) -> Tensor:
        """Neutral heads (B, V, 3) at subject rows (B,)."""
        return self._head(rows, torch.zeros_like(rows))

    def expressive(self, rows: Tensor) -> Tensor:
        """Expressive heads (B, V, 3) at expression rows (B,)."""
        return self._head(self.subject_row(rows), rows % self.expressions + 1)

    def _head(self, rows: Tensor, expression: Tensor) -> Tensor:
        head = self._vertices[rows // 2, expression]
        odd = (rows % 2 == 1).nonzero().squeeze(1)
        head[odd] = head[odd][:, self._mirror] * self._flip
        return head

    def batch(self, count: int, generator: torch.Generator) -> Batch:
        """Draw `count` heads: half with expressions, half composites of two subjects."""
        half = count // 2
        drawn = torch.randint(self.expression_rows, (half,), generator=generator).to(self.device)
        pairs = torch.randint(self.subject_rows, (2, count - half), generator=generator).to(self.device)
        alone = self.subject_row(drawn)
        return self.states(
            torch.cat([alone, pairs[0]]),
            torch.cat([alone, pairs[1]]),
            torch.cat([drawn, torch.full_like(pairs[0], -1)]),
        )

    def states(self, owner: Tensor, receiver: Tensor, expression: Tensor) -> Batch:
        """Heads of owners' parts on receivers' remainders; expressive ones, owner = receiver, come first."""
        neutral = self.swap.states(self.neutral(owner), self.neutral(receiver))
        known = expression >= 0
        observed = neutral[0].clone()
        observed[known] = self.expressive(expression[known])
        rows: dict[CodeName, Tensor] = {
            "expression": expression,
            "nose": owner,
            "eyes": owner,
            "mouth": owner,
            "remainder": receiver,
        }
        return Batch([observed, *neutral], rows)

    def frame(self) -> Frame:
        """The network frame: about the middle of all heads, a little wider than the widest."""
        low, high = self._bounds()
        centre = (low + high) / 2
        reach = max(float(np.linalg.norm(v.cpu().numpy() - centre, axis=-1).max()) for v in self._vertices)
        x, y, z = (float(value) for value in centre)
        return Frame((x, y, z), reach * FRAME_MARGIN)

    def bounds_mm(self) -> np.ndarray:
        """A box (2, 3) float32, mm, about all heads, with room for ±3 σ."""
        low, high = self._bounds()
        margin = (FRAME_MARGIN - 1.0) * (high - low)
        return np.stack([low - margin, high + margin]).astype(np.float32)

    def _bounds(self) -> tuple[np.ndarray, np.ndarray]:
        flat = self._vertices.reshape(-1, 3)
        low, high = flat.amin(dim=0).cpu().numpy(), flat.amax(dim=0).cpu().numpy()
        reach = max(-low[0], high[0])
        return np.array([-reach, *low[1:]]), np.array([reach, *high[1:]])
