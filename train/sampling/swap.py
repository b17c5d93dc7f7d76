"""Part swapping (paper 3.4): subject a's nose, eyes or mouth on subject b's remainder, without a seam.

A least-squares affine map carries a's rim onto b's graft site, and a's component with it. The paper stops
there, and names the visible seam as its limitation. Here the displacement that the graft makes, known on
the component and 0 beyond its collar, is carried across the collar by a biharmonic solve, so that the
composite is C¹ at the rim. `collar=False` is the paper's plain swap: least squares, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import igl
import numpy as np
import torch
from scipy.sparse import diags_array
from scipy.sparse.linalg import splu

from core.parts import COMPONENTS, LOCAL_PARTS, CodeName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from train.data.closed_surface import ClosedSurface

RIDGE_MM = 3.0
"""A rim is nearly flat, which leaves the affine map free across its plane; a prior holds it near the identity."""

_FLAT = 1e-10
"""Of a rim's spread squared: what is flatter than that has no extent of its own across its plane."""


def affine_map(moving: Tensor, fixed: Tensor, ridge: float) -> Tensor:
    """The affine map (B, 3, 4) that best carries points `moving` (B, R, 3) onto `fixed` (B, R, 3).

    Least squares with `ridge`² per point on the linear part's distance from the identity; same unit as the points.
    Without a ridge it is the least squares solution, of several the one nearest to the identity: across the plane of
    points that lie in one nothing else is known.
    """
    points, goal = moving.double(), fixed.double()
    a, b = points.mean(dim=1, keepdim=True), goal.mean(dim=1, keepdim=True)
    p, q = points - a, goal - b
    spread = p.square().sum(dim=(1, 2))[:, None, None]
    prior = (ridge**2 * points.shape[1] + _FLAT * spread) * torch.eye(3, dtype=p.dtype, device=p.device)
    linear = torch.linalg.solve(p.transpose(1, 2) @ p + prior, p.transpose(1, 2) @ q + prior).transpose(1, 2)
    return torch.cat([linear, (b - a @ linear.transpose(1, 2)).transpose(1, 2)], dim=2).to(moving.dtype)


def apply_affine(maps: Tensor, points: Tensor) -> Tensor:
    """Maps (B, 3, 4) applied to points (B, N, 3)."""
    return points @ maps[:, :, :3].transpose(1, 2) + maps[:, None, :, 3]


def biharmonic_extension(vertices: np.ndarray, faces: np.ndarray, known: np.ndarray, free: np.ndarray) -> np.ndarray:
    """How values known on some vertices, and 0 on all others, spread smoothly over the `free` ones.

    vertices (V, 3), faces (F, 3); known (k,), free (f,) : vertex indices. Returns the (f, k) matrix of the
    solution of L M⁻¹ L u = 0 on `free` (L the cotangent Laplacian, M the Voronoi masses).
    """
    laplacian = igl.cotmatrix(vertices, faces).tocsr()
    masses = igl.massmatrix(vertices, faces).diagonal()
    bilaplacian = (laplacian @ diags_array(1.0 / masses) @ laplacian).tocsr()
    spread: np.ndarray = -splu(bilaplacian[free][:, free].tocsc()).solve(bilaplacian[free][:, known].toarray())
    return spread


class _Graft:
    """One component's swap: its vertices, its rim, and how its displacement spreads into the collar."""

    def __init__(self, index: int, template: np.ndarray, surface: ClosedSurface, collar: bool) -> None:
        """The component at `index` of the surface's anatomy."""
        vertices = np.flatnonzero(surface.component == index)
        self.vertices, self.rim = torch.from_numpy(vertices), torch.from_numpy(surface.rims[index])
        self.collar = torch.from_numpy(surface.collars[index])
        self.extension: Tensor | None = None
        self._ridge = RIDGE_MM if collar else 0.0
        if collar:
            spread = biharmonic_extension(
                template.astype(np.float64), surface.faces.astype(np.int64), vertices, surface.collars[index]
            )
            used = np.flatnonzero(np.abs(spread).max(axis=0))
            self.sources = torch.from_numpy(vertices[used])
            self.extension = torch.from_numpy(spread[:, used].astype(np.float32))

    def to(self, device: torch.device) -> None:
        """Move everything to a device."""
        for name, value in vars(self).items():
            if isinstance(value, torch.Tensor):
                setattr(self, name, value.to(device))

    def displacement(self, owner: Tensor, receiver: Tensor) -> Tensor:
        """What moves when owner's component is grafted onto receiver: (B, V, 3), 0 beyond the collar."""
        carry = affine_map(owner[:, self.rim], receiver[:, self.rim], self._ridge)
        grafted = apply_affine(carry, owner[:, self.vertices])
        result = torch.zeros_like(receiver)
        result[:, self.vertices] = grafted - receiver[:, self.vertices]
        if self.extension is not None:
            result[:, self.collar] = self.extension @ result[:, self.sources]
        return result

    def map(self, owner: Tensor, receiver: Tensor) -> Tensor:
        """The affine map (B, 3, 4) from owner's rim onto receiver's graft site that places windows and shapes."""
        return affine_map(owner[:, self.rim], receiver[:, self.rim], RIDGE_MM)


class PartSwap:
    """Swaps of all local parts between heads of one topology; all heads are (B, V, 3) float32, mm."""

    def __init__(self, template: np.ndarray, surface: ClosedSurface, names: Sequence[str], collar: bool = True) -> None:
        """Factorise for a topology whose components are called `names`.

        template (V, 3), mm, is the head whose parts remain when a stage is done.
        """
        self.template = torch.from_numpy(template.astype(np.float32))[None]
        self.grafts = {
            part: [_Graft(names.index(name), template, surface, collar) for name in COMPONENTS[part]]
            for part in LOCAL_PARTS
        }

    def to(self, device: torch.device) -> PartSwap:
        """Move everything to a device."""
        self.template = self.template.to(device)
        for graft in self._all():
            graft.to(device)
        return self

    def _all(self) -> list[_Graft]:
        return [graft for part in LOCAL_PARTS for graft in self.grafts[part]]

    def displacement(self, part: CodeName, owner: Tensor, receiver: Tensor) -> Tensor:
        """What moves, (B, V, 3), when `receiver` gets its `part` from `owner`; 0 beyond the part's collar."""
        owner = owner.expand_as(receiver)
        return torch.stack([graft.displacement(owner, receiver) for graft in self.grafts[part]]).sum(dim=0)

    def states(self, owner: Tensor, receiver: Tensor) -> list[Tensor]:
        """A composite of owner's parts on receiver's remainder, and what is left of it after each stage.

        Returns five heads: the composite, then with the template's nose, then its eyes, then its mouth too,
        then the template. Where owner is receiver, the first is that very head.
        """
        grafted = {part: self.displacement(part, owner, receiver) for part in LOCAL_PARTS}
        state = receiver + torch.stack([grafted[part] for part in LOCAL_PARTS]).sum(dim=0)
        states = [state]
        for part in LOCAL_PARTS:
            state = state - grafted[part] + self.displacement(part, self.template, receiver)
            states.append(state)
        states.append(self.template.expand_as(receiver))
        return states

    def graft_maps(self, receiver: Tensor) -> dict[CodeName, Tensor]:
        """Per part, (B, components, 3, 4): the maps from each component's graft site to the template's, in mm."""
        template = self.template.expand_as(receiver)
        return {
            part: torch.stack([graft.map(receiver, template) for graft in self.grafts[part]], dim=1)
            for part in LOCAL_PARTS
        }

    def canonical(self, part: CodeName, owner: Tensor) -> Tensor:
        """Owner's part carried to the template's graft site, (B, P, 3): its shape free of where it sits."""
        template = self.template.expand_as(owner)
        parts = [apply_affine(g.map(owner, template), owner[:, g.vertices]) for g in self.grafts[part]]
        return torch.cat(parts, dim=1)
