"""How far the model's surface is from heads that it never saw, measured while it trains.

Cheap, for it is asked for often: the distance is |Φ| at points of the true surface, and their codes are not fitted but
carried over. The codes began as principal scores of shapes; how the training heads' codes have moved since, a linear
map says, and it moves the unseen heads' scores alike. `facewright-train evaluate` fits codes and measures surfaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from core.model.jet import Jet
from core.parts import CODES, PARTS
from train.codes import code_shapes
from train.sampling.samples import surface_points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from core.model.head_model import Frame
    from core.model.network import Network
    from core.parts import CodeName
    from train.codes import CodeTables, ShapeSpace
    from train.data.heads import HeadSet
    from train.sampling.registered import RegisteredHeads

SUBJECTS = 4
_EXPRESSIONS = 3
"""How many of its expressions, neutral first, are taken of each subject."""

_POINTS = 300
"""On each part of each head."""

_RIDGE = 1e-3


class UnseenHeads(NamedTuple):
    """vertices : (H, V, 3) float32, mm; subject, expression : (H,) int64, where they stand in their data set."""

    vertices: np.ndarray
    subject: np.ndarray
    expression: np.ndarray

    @classmethod
    def chosen(cls, vertices: np.ndarray) -> UnseenHeads:
        """Some of heads (S, E, V, 3): every subject neutral, and in expressions that not every other one has."""
        subjects, expressions = vertices.shape[:2]
        pairs = [(s, 0) for s in range(subjects)]
        if expressions > 1:
            for s in range(subjects):
                pairs += [(s, 1 + (s + k * SUBJECTS) % (expressions - 1)) for k in range(_EXPRESSIONS - 1)]
        subject, expression = np.array(pairs).T
        return cls(vertices[subject, expression], subject, expression)


class HeldOut:
    """Points on unseen heads, part by part."""

    def __init__(self, unseen: UnseenHeads, heads: HeadSet, frame: Frame, device: torch.device) -> None:
        """heads : what has the unseen heads' topology."""
        rng = np.random.default_rng(0)
        points = [
            np.concatenate([
                surface_points(v, heads.surface.faces, heads.face_parts == part, _POINTS, rng)[0]
                for part in range(len(PARTS))
            ])
            for v in unseen.vertices
        ]
        self._points = torch.from_numpy(frame.to_network(np.stack(points))).to(device)  # (H, parts · N, 3)
        self._mm = frame.radius_mm

    @torch.inference_mode()
    def error_mm(self, network: Network, codes: Mapping[CodeName, Tensor]) -> dict[str, float]:
        """Mean |Φ| at the true surface of every part, mm, at the heads' codes (H, d)."""
        distance = network(Jet.points(self._points, derivatives=False), network.condition(codes)).value[..., 0]
        means = self._mm * distance.abs().unflatten(1, (len(PARTS), _POINTS)).mean(dim=(0, 2))
        return dict(zip(PARTS, means.tolist(), strict=True))


class CarriedCodes:
    """Codes of unseen heads by what became of the training heads'."""

    def __init__(
        self,
        unseen: UnseenHeads,
        heads: RegisteredHeads,
        spaces: Mapping[CodeName, ShapeSpace],
        start: Mapping[CodeName, Tensor],
    ) -> None:
        """heads : the unseen heads' whole data set; start : the training heads' codes as they began, (rows, d)."""
        self._start = start
        subject = torch.from_numpy(2 * unseen.subject)  # its mirror image is in the row after it
        moving = torch.from_numpy(unseen.expression > 0).float()[:, None]
        row = subject * heads.expressions + torch.from_numpy(unseen.expression).clamp(min=1) - 1
        self._scores = {}
        for code in CODES:
            scores = spaces[code].scores(code_shapes(heads, code)).cpu()
            self._scores[code] = scores[row] * moving if code == "expression" else scores[subject]

    @torch.no_grad()
    def __call__(self, tables: CodeTables) -> dict[CodeName, Tensor]:
        """Their codes (H, d) now, by ridge regression of the tables on the codes at the start."""
        found: dict[CodeName, Tensor] = {}
        for code in CODES:
            now, before = tables.rows(code), self._start[code]
            held = self._scores[code].to(before.device)
            if code != "expression":  # whose neutral is 0 and stays there
                before, held = (torch.nn.functional.pad(x, (0, 1), value=1.0) for x in (before, held))
            ridge = _RIDGE * len(before) * torch.eye(before.shape[1], device=before.device)
            found[code] = held @ torch.linalg.solve(before.T @ before + ridge, before.T @ now)
        return found
