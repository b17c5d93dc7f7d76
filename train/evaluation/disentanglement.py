"""Do the parts leave each other alone? Leak outside a part's window, seam at its rim."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import igl
import numpy as np
import torch
from scipy.sparse import diags_array

from facewright.core.parameters import Parameters
from facewright.core.parts import LOCAL_PARTS, CodeName
from facewright.core.surface.cascade import Cascade
from facewright.train.sampling.swap import PartSwap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from facewright.core.model.head_model import HeadModel
    from facewright.train.data.heads import HeadSet
    from facewright.train.windows import TemplateWindows

COMPONENTS = 10
"""Each of a part's first ten components is moved."""

SIGMA = 3.0
"""To ±3 σ."""

_GRID_MM = 8.0
_NEAR_MM = 8.0


@dataclass(frozen=True)
class Leak:
    """What edits of one part change of the signed distance, mm, largest and mean over points and edits.

    max_mm, mean_mm : outside the part's window; inside_max_mm, inside_mean_mm : inside, within 8 mm of the surface.
    """

    max_mm: float
    mean_mm: float
    inside_max_mm: float
    inside_mean_mm: float


@dataclass(frozen=True)
class Seam:
    """Mean |H_a − H_b| of the mean curvature over the edges ab that cross a part's rim, in 1/mm.

    true_heads : of the true heads; unedited : of the model's; edited : of the model's with the part moved to ±3 σ;
    composite : of the model's with another head's part; plain_swap, collar_swap : of the true heads with another's
    part, by the paper's affine map alone and with its residual carried into the collar. With one subject there is no
    other, and the last three are NaN.
    """

    true_heads: float
    unedited: float
    edited: float
    composite: float
    plain_swap: float
    collar_swap: float


def part_edits(
    model: HeadModel, head: Parameters, part: CodeName, components: int = COMPONENTS
) -> Iterator[Parameters]:
    """A head with each of a part's first components moved to −3 σ and to +3 σ."""
    for index in range(min(components, model.components[part])):
        for value in (-SIGMA, SIGMA):
            yield head.with_value(part, index, value)


def measure_leak(
    model: HeadModel,
    part: CodeName,
    surface: np.ndarray,
    windows: TemplateWindows | None,
    components: int = COMPONENTS,
) -> Leak:
    """Leak of a part's edits of the mean head, at `surface`, points (N, 3) mm of it, and on a grid of 8 mm about it.

    A model without windows of its own is held to `windows`, those of its training heads, which lie on the mean head.
    """
    from facewright.core.surface.sampling import Grid  # compiled by numba, which takes a second to import

    grid = Grid.covering(model.bounds_mm, _GRID_MM)
    everywhere = grid.points(np.column_stack(np.unravel_index(np.arange(np.prod(grid.shape)), grid.shape)))
    points = np.concatenate([surface, everywhere]).astype(np.float32)
    head = Parameters()
    before = model.field(head)
    distance = before.distance(points)
    if model.network.config.windows:
        within = before.window(part, points) > 0.0
    else:
        assert windows is not None
        within = windows.inside(part, points)
    outside, inside = ~within, within & (np.abs(distance) < _NEAR_MM)
    changes = np.stack(
        [np.abs(model.field(edit).distance(points) - distance) for edit in part_edits(model, head, part, components)]
    )
    return Leak(*(float(f(changes[:, at])) if at.any() else 0.0 for at in (outside, inside) for f in (np.max, np.mean)))


class SeamMeter:
    """Measures seams of heads on one registered topology."""

    def __init__(self, heads: HeadSet) -> None:
        """Finds the edges across every part's rim."""
        self._heads, self._faces = heads, heads.surface.faces.astype(np.int64)
        edges = np.concatenate([self._faces[:, [0, 1]], self._faces[:, [1, 2]], self._faces[:, [2, 0]]])
        component = heads.surface.component
        self._edges: dict[CodeName, np.ndarray] = {}
        self._reach: dict[CodeName, np.ndarray] = {}
        for part in LOCAL_PARTS:
            own = [i for i, c in enumerate(heads.anatomy.components) if c.part == part]
            inside = np.isin(component, own)
            self._edges[part] = edges[inside[edges[:, 0]] & (component[edges[:, 1]] < 0)]
            reach = [np.flatnonzero(inside), *(heads.surface.collars[i] for i in own)]
            self._reach[part] = np.unique(np.concatenate(reach))

    def jump(self, part: CodeName, vertices: np.ndarray) -> float:
        """The jump of the mean curvature across a part's rim, 1/mm, of registered vertices (V, 3), mm."""
        curvature = mean_curvature(vertices, self._faces)
        a, b = curvature[self._edges[part].T]
        return float(np.abs(a - b).mean())

    def swapped(self, part: CodeName, collar: bool) -> float:
        """Mean jump of true neutral heads, each with the next one's part; NaN if there is one alone."""
        if len(self._heads.neutral) < 2:
            return math.nan
        neutral = torch.from_numpy(np.ascontiguousarray(self._heads.neutral))
        names = [component.name for component in self._heads.anatomy.components]
        swap = PartSwap(self._heads.neutral.mean(axis=0), self._heads.surface, names, collar)
        grafted = neutral + swap.displacement(part, neutral.roll(-1, dims=0), neutral)
        return float(np.mean([self.jump(part, vertices) for vertices in grafted.numpy()]))

    def edited(
        self, part: CodeName, model: HeadModel, vertices: np.ndarray, before: Parameters, after: Parameters
    ) -> float:
        """The jump after an edit of a part of the model's head `before`, whose registered vertices (V, 3) are known."""
        reach = self._reach[part]
        start = vertices[reach]
        moved = vertices.copy()
        moved[reach] = Cascade(model, after).from_template(Cascade(model, before).to_template(start), start)
        return self.jump(part, moved)

    def measure(
        self,
        part: CodeName,
        model: HeadModel,
        fitted: Sequence[tuple[Parameters, np.ndarray]],
        components: int = COMPONENTS,
    ) -> Seam:
        """Seams of one part.

        fitted : the true neutral heads' parameters and their registered vertices (V, 3) on the model's surfaces;
        edits are of the first of them.
        """
        first, vertices = fitted[0]
        edited = [
            self.edited(part, model, vertices, first, after) for after in part_edits(model, first, part, components)
        ]
        composite = [
            self.edited(part, model, vertices, receiver, receiver.with_code(part, owner.code(part)))
            for (receiver, vertices), (owner, _) in zip(fitted, [*fitted[1:], fitted[0]], strict=True)
            if len(fitted) > 1
        ]
        return Seam(
            true_heads=float(np.mean([self.jump(part, head) for head in self._heads.neutral])),
            unedited=float(np.mean([self.jump(part, vertices) for _, vertices in fitted])),
            edited=float(np.mean(edited)),
            composite=float(np.mean(composite)) if composite else math.nan,
            plain_swap=self.swapped(part, collar=False),
            collar_swap=self.swapped(part, collar=True),
        )


def mean_curvature(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Mean curvature H (V,) at vertices (V, 3) of a closed mesh, in one over their unit, positive where it bulges.

    −½ M⁻¹ L x · n, with the cotangent Laplacian L and Voronoi masses M (Meyer et al. 2003).
    """
    vertices = np.ascontiguousarray(vertices, dtype=np.float64)
    laplacian, masses = igl.cotmatrix(vertices, faces), igl.massmatrix(vertices, faces).diagonal()
    vector = diags_array(-0.5 / np.maximum(masses, 1e-12)) @ (laplacian @ vertices)
    curvature: np.ndarray = (vector * igl.per_vertex_normals(vertices, faces)).sum(axis=1)
    return curvature
