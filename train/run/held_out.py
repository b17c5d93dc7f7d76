"""How far the model's surface is from heads that it never saw, measured while it trains.

The distance is that from the true surface to the one that is extracted: |Φ| is none where |∇Φ| is far from 1. It is
asked for often, and takes about a quarter of a second a head on one core: voxels are coarse, their box holds the front
of the face alone, and codes are not fitted but carried over. They began as principal scores of shapes; how the training
heads' codes have moved since, a linear map says, and it moves the unseen heads' scores alike.
`facewright-train evaluate` fits codes and measures whole faces, both ways.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from facewright.core.field.field import Field
from facewright.core.metrics import nearest_on_surface
from facewright.core.parts import CODES, PARTS
from facewright.core.surface.extraction import NoSurface
from facewright.train.codes import code_shapes
from facewright.train.evaluation.cropped import cropped_head
from facewright.train.samples import surface_points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from facewright.core.network.frame import Frame
    from facewright.core.network.network import Network
    from facewright.core.parts import CodeName
    from facewright.train.code_tables import CodeTables
    from facewright.train.codes import ShapeSpace
    from facewright.train.data.heads import HeadSet
    from facewright.train.sampling.registered import RegisteredHeads

SUBJECTS = 4

HEADS = 4
"""How many heads are measured: half of them neutral, of as many subjects as there are up to `SUBJECTS`."""

_POINTS = 300
"""On each part of each head."""

_VOXEL_MM = 2.0
"""At this size the surface of a true head is 0.02 mm off on smooth skin, 0.06 at the nose and 0.17 between the lips."""

_AROUND_MM = 25.0
"""How far beyond nose, eyes and mouth the box reaches that is extracted; remainder is measured to half of that."""

FARTHEST_MM = 50.0
"""What no surface is near is told to be so far away."""

_RIDGE = 1e-3


class UnseenHeads(NamedTuple):
    """vertices : (H, V, 3) float32, mm; subject, expression : (H,) int64, where they stand in their data set."""

    vertices: np.ndarray
    subject: np.ndarray
    expression: np.ndarray

    @classmethod
    def chosen(cls, vertices: np.ndarray) -> UnseenHeads:
        """Up to `HEADS` of heads (S, E, V, 3): by turns neutral and in expressions of which none comes twice."""
        subjects, expressions = vertices.shape[:2]
        step = max(1, (expressions - 1) // (HEADS // 2))
        pairs = {(h % subjects, (1 + h // 2 * step) % expressions if h % 2 else 0) for h in range(HEADS)}
        subject, expression = np.array(sorted(pairs)).T
        return cls(vertices[subject, expression], subject, expression)


class HeldOut:
    """Points on unseen heads, part by part, and the boxes in which the model's surface is looked for."""

    def __init__(self, unseen: UnseenHeads, heads: HeadSet, frame: Frame, bounds_mm: np.ndarray) -> None:
        """heads : what has the unseen heads' topology; bounds_mm : (2, 3), mm, a box about the model's heads."""
        self._frame, self._bounds, rng = frame, bounds_mm, np.random.default_rng(0)
        parts, faces = heads.face_parts, heads.surface.faces
        own = np.unique(faces[parts != PARTS.index("remainder")])
        shares = [(parts == index).astype(float) for index in range(len(PARTS))]
        self._boxes, self._points = list[np.ndarray](), list[np.ndarray]()  # (2, 3) and (parts · N, 3), mm
        for vertices in unseen.vertices:
            low, high = vertices[own].min(axis=0), vertices[own].max(axis=0)
            near = ((vertices > low - _AROUND_MM / 2) & (vertices < high + _AROUND_MM / 2)).all(axis=1)
            within = near[faces].all(axis=1)
            drawn = [surface_points(vertices, faces, share * within, _POINTS, rng)[0] for share in shares]
            self._boxes.append(np.stack([low - _AROUND_MM, high + _AROUND_MM]))
            self._points.append(np.concatenate(drawn))

    def error_mm(self, network: Network, codes: Mapping[CodeName, Tensor]) -> dict[str, float]:
        """Mean distance of every part's true surface from the model's, mm, at the heads' codes (H, d)."""
        still = deepcopy(network).requires_grad_(False)
        errors = []
        for index, (box, points) in enumerate(zip(self._boxes, self._points, strict=True)):
            field = Field(still, self._frame, {code: rows[index : index + 1] for code, rows in codes.items()})
            errors.append(surface_distances(field, box, self._bounds, points).reshape(len(PARTS), _POINTS))
        torch.set_num_threads(torch.get_num_threads())  # a field's own threads have one each, as later ones would
        return dict(zip(PARTS, np.mean(errors, axis=(0, 2)).tolist(), strict=True))


def surface_distances(field: Field, box: np.ndarray, bounds_mm: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Distances (N,) of points (N, 3) from a head's surface within a box (2, 3), at most `FARTHEST_MM`; all in mm.

    field : the head's; bounds_mm : (2, 3), a box about all of it. A cavity is no surface, even where the box cuts it.
    """
    try:
        mesh = cropped_head(field.distance, box, bounds_mm, _VOXEL_MM)
    except NoSurface:
        return np.full(len(points), FARTHEST_MM)
    if not len(mesh.faces):
        return np.full(len(points), FARTHEST_MM)
    distance: np.ndarray = nearest_on_surface(points, mesh.vertices, mesh.faces).distance
    return distance.clip(max=FARTHEST_MM)


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
        codes_of: dict[CodeName, Tensor] = {}
        for code in CODES:
            now, before = tables.rows(code), self._start[code]
            held = self._scores[code].to(before.device)
            if code != "expression":  # whose neutral is 0 and stays there
                before, held = (torch.nn.functional.pad(x, (0, 1), value=1.0) for x in (before, held))
            ridge = _RIDGE * len(before) * torch.eye(before.shape[1], device=before.device)
            codes_of[code] = held @ torch.linalg.solve(before.T @ before + ridge, before.T @ now)
        return codes_of
