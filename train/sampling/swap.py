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

from facewright.core.parts import COMPONENTS, LOCAL_PARTS, CodeName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from facewright.train.anatomy.closed_surface import ClosedSurface

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
    mean = moving.new_full((1, moving.shape[1]), 1.0 / moving.shape[1])
    return _affine_maps(moving, fixed, mean, torch.zeros_like(mean[0], dtype=torch.int64), ridge)[:, 0]


def _affine_maps(moving: Tensor, fixed: Tensor, mean: Tensor, group: Tensor, ridge: float) -> Tensor:
    """`affine_map` (B, C, 3, 4) of C groups of points: mean (C, R) averages each, group (R,) says whose a point is."""
    average, points, goal = mean.double(), moving.double(), fixed.double()
    a, b = average @ points, average @ goal  # (B, C, 3)
    p, q = points - a.index_select(1, group), goal - b.index_select(1, group)
    products = p.unsqueeze(-1) * torch.cat([p, q], dim=-1).unsqueeze(-2)  # (B, R, 3, 6)
    moments = (average @ products.flatten(2)).view(*a.shape[:2], 3, 6)
    spread = moments.diagonal(dim1=-2, dim2=-1).sum(dim=-1)[..., None, None]
    prior = (ridge**2 + _FLAT * spread) * torch.eye(3, dtype=a.dtype, device=a.device).repeat(1, 2)
    linear = _solve(*(moments + prior).split(3, dim=-1)).transpose(-1, -2)
    return torch.cat([linear, b.unsqueeze(-1) - linear @ a.unsqueeze(-1)], dim=-1).to(moving.dtype)


def _solve(matrix: Tensor, right: Tensor) -> Tensor:
    """matrix⁻¹ · right for symmetric matrices (…, 3, 3), by cofactors: torch's solver waits for the device's answer."""
    cofactors = torch.linalg.cross(matrix.roll(-1, dims=-2), matrix.roll(-2, dims=-2), dim=-1)
    determinant = (matrix[..., :1, :] * cofactors[..., :1, :]).sum(dim=-1, keepdim=True)
    return cofactors.transpose(-1, -2) @ right / determinant


def apply_affine(maps: Tensor, points: Tensor) -> Tensor:
    """Maps (B, 3, 4) applied to points (B, N, 3)."""
    return points @ maps[:, :, :3].transpose(1, 2) + maps[:, None, :, 3]


def biharmonic_extension(vertices: np.ndarray, faces: np.ndarray, held: np.ndarray, free: np.ndarray) -> np.ndarray:
    """How values known on some vertices, and 0 on all others, spread smoothly over the `free` ones.

    vertices (V, 3), faces (F, 3); known (k,), free (f,) : vertex indices. Returns the (f, k) matrix of the
    solution of L M⁻¹ L u = 0 on `free` (L the cotangent Laplacian, M the Voronoi masses).
    """
    laplacian = igl.cotmatrix(vertices, faces).tocsr()
    masses = igl.massmatrix(vertices, faces).diagonal()
    bilaplacian = (laplacian @ diags_array(1.0 / masses) @ laplacian).tocsr()
    spread: np.ndarray = -splu(bilaplacian[free][:, free].tocsc()).solve(bilaplacian[free][:, held].toarray())
    return spread


class Graft:
    """One component's swap: its vertices, its rim, and how its displacement spreads into the collar.

    vertices, rim, collar : vertex indices; extension : (collar, sources), None for the plain swap; sources : which of
    the vertices the collar follows.
    """

    def __init__(self, index: int, template: np.ndarray, surface: ClosedSurface, collar: bool) -> None:
        """The component at `index` of the surface's anatomy."""
        vertices = np.flatnonzero(surface.component == index)
        self.vertices, self.rim = torch.from_numpy(vertices), torch.from_numpy(surface.rims[index])
        self.collar = torch.from_numpy(surface.collars[index])
        self.sources, self.extension = torch.empty(0, dtype=torch.int64), torch.empty(0, 0)
        if collar:
            spread = biharmonic_extension(
                template.astype(np.float64), surface.faces.astype(np.int64), vertices, surface.collars[index]
            )
            used = np.flatnonzero(np.abs(spread).max(axis=0))
            self.sources = torch.from_numpy(used)
            self.extension = torch.from_numpy(spread[:, used].astype(np.float32))

    @property
    def moved(self) -> Tensor:
        """Vertices that a graft moves: the component's, then its collar's."""
        return torch.cat([self.vertices, self.collar]) if len(self.extension) else self.vertices

    def to(self, device: torch.device) -> None:
        """Move everything to a device."""
        for name, value in vars(self).items():
            if isinstance(value, torch.Tensor):
                setattr(self, name, value.to(device))

    def map(self, owner: Tensor, receiver: Tensor) -> Tensor:
        """The affine map (B, 3, 4) from owner's rim onto receiver's graft site that places windows and shapes."""
        return affine_map(owner[:, self.rim], receiver[:, self.rim], RIDGE_MM)


class PartSwap:
    """Swaps of all local parts between heads of one topology; all heads are (B, V, 3) float32, mm.

    All components are grafted at once: their rims, vertices and collars stand one after the other.
    grafts : those of each part; rims : (R,) vertices of all rims; rim_component : (R,) whose each is; rim_means :
    (C, R), averages over the rim of each component.
    """

    def __init__(self, template: np.ndarray, surface: ClosedSurface, names: Sequence[str], collar: bool = True) -> None:
        """Factorise for a topology whose components are called `names`.

        template (V, 3), mm, is the head whose parts remain when a stage is done.
        """
        self.template = torch.from_numpy(template.astype(np.float32))[None]
        self.grafts = {
            part: [Graft(names.index(name), template, surface, collar) for name in COMPONENTS[part]]
            for part in LOCAL_PARTS
        }
        grafts = self._all()
        self._ridge = RIDGE_MM if collar else 0.0
        self.rims, self.rim_component = torch.cat([g.rim for g in grafts]), _numbered([len(g.rim) for g in grafts])
        self.rim_means = torch.block_diag(*(torch.full((1, len(g.rim)), 1.0 / len(g.rim)) for g in grafts))
        own, spread = [len(g.vertices) for g in grafts], [len(g.extension) for g in grafts]
        self._vertices, self._vertex_component = torch.cat([g.vertices for g in grafts]), _numbered(own)
        first = np.cumsum([0, *own[:-1]])
        self._sources = torch.cat([g.sources + int(at) for g, at in zip(grafts, first, strict=True)])
        self._extension = torch.block_diag(*(g.extension for g in grafts)) if collar else torch.empty(0, 0)
        pieces = zip(
            torch.arange(sum(own)).split(own), (sum(own) + torch.arange(sum(spread))).split(spread), strict=True
        )
        self._order = torch.cat([piece for pair in pieces for piece in pair])  # a component's collar after its vertices
        self._moved = torch.cat([g.moved for g in grafts])
        sizes = [[len(g.moved) for g in self.grafts[part]] for part in LOCAL_PARTS]
        self._spans = dict(zip(LOCAL_PARTS, _spans([sum(each) for each in sizes]), strict=True))

    def to(self, device: torch.device) -> PartSwap:
        """Move everything to a device."""
        for name, value in vars(self).items():
            if isinstance(value, torch.Tensor):
                setattr(self, name, value.to(device))
        for graft in self._all():
            graft.to(device)
        return self

    def _all(self) -> list[Graft]:
        return [graft for part in LOCAL_PARTS for graft in self.grafts[part]]

    def displacement(self, part: CodeName, owner: Tensor, receiver: Tensor) -> Tensor:
        """What moves, (B, V, 3), when `receiver` gets its `part` from `owner`; 0 beyond the part's collar."""
        span = self._spans[part]
        moved = self._displacements(owner.expand_as(receiver), receiver)[:, span]
        return torch.zeros_like(receiver).index_add(1, self._moved[span], moved)

    def _displacements(self, owner: Tensor, receiver: Tensor) -> Tensor:
        """The same (B, M, 3) for all components, at the vertices that each moves."""
        maps = self._maps(owner, receiver, self._ridge).index_select(1, self._vertex_component)  # (B, P, 3, 4)
        points = owner.index_select(1, self._vertices)
        grafted = (maps[..., :3] * points.unsqueeze(-2)).sum(dim=-1) + maps[..., 3]
        moved = grafted - receiver.index_select(1, self._vertices)
        if not len(self._extension):
            return moved
        sources = moved.index_select(1, self._sources).transpose(0, 1)  # all heads' in one product
        beyond = (self._extension @ sources.flatten(1)).view(-1, len(moved), 3).transpose(0, 1)
        return torch.cat([moved, beyond], dim=1).index_select(1, self._order)

    def states(self, owner: Tensor, receiver: Tensor) -> list[Tensor]:
        """A composite of owner's parts on receiver's remainder, and what is left of it after each stage.

        Returns five heads: the composite, then with the template's nose, then its eyes, then its mouth too,
        then the template. Where owner is receiver, the first is that very head.
        """
        template = self.template.expand_as(receiver)
        both = self._displacements(torch.cat([owner, template]), torch.cat([receiver, receiver]))
        own, bare = both.chunk(2)
        states = [receiver.index_add(1, self._moved, own)]
        undone = bare - own
        for part in LOCAL_PARTS:
            span = self._spans[part]
            states.append(states[-1].index_add(1, self._moved[span], undone[:, span]))
        return [*states, template]

    def _maps(self, owner: Tensor, receiver: Tensor, ridge: float) -> Tensor:
        """The maps (B, C, 3, 4), mm, that carry owner's rims onto receiver's graft sites, of all components."""
        moving, fixed = (head.index_select(1, self.rims) for head in (owner, receiver))
        return _affine_maps(moving, fixed, self.rim_means, self.rim_component, ridge)

    def graft_sites(self, receiver: Tensor) -> tuple[Tensor, Tensor]:
        """All rims (B, R, 3) of heads, and where `Graft.map` carries them on the template, mm."""
        rims = receiver.index_select(1, self.rims)
        maps = self._maps(receiver, self.template.expand_as(receiver), RIDGE_MM).index_select(1, self.rim_component)
        return rims, (maps[..., :3] * rims.unsqueeze(-2)).sum(dim=-1) + maps[..., 3]

    def canonical(self, part: CodeName, owner: Tensor) -> Tensor:
        """Owner's part carried to the template's graft site, (B, P, 3): its shape free of where it sits."""
        template = self.template.expand_as(owner)
        parts = [apply_affine(g.map(owner, template), owner[:, g.vertices]) for g in self.grafts[part]]
        return torch.cat(parts, dim=1)


def _numbered(sizes: Sequence[int]) -> Tensor:
    """0 as often as the first size says, then 1, and so on."""
    return torch.repeat_interleave(torch.tensor(sizes))


def _spans(sizes: Sequence[int]) -> list[slice]:
    """Where pieces of these sizes stand, one after the other."""
    ends = np.cumsum(sizes).tolist()
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
